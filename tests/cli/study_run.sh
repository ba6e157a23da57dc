#!/usr/bin/env bash
# A study from the shell: killed at random and started again, shared by two processes, one run at a
# time, stopped by a signal, refused when it is another one; status and comparison of its runs.
# shellcheck source=tests/cli/check.sh
. "$(dirname "$0")/check.sh"
unset SLURM_ARRAY_TASK_ID

cat >study.yaml <<'EOF'
name: Tiny "study"
settings: {data: shapes, width: 4, limit_train: 64, limit_test: 40, batch_size: 16, epochs: 6, threads: 1}
seeds: [5]
groups:
  activations: {vary: {activation: [sigmoid, relu, gelu]}}
  rates: {vary: {lr: [0.01, 1000]}}
EOF

# Undisturbed, in the folder that the name gives. A diverged run is an outcome.
expect 0 "$reslab" study run study.yaml
says "$out" 'study  Tiny "study": 4 runs'
says "$out" 'run 1/4  001-[^ ]+ +done +acc +[0-9.]+%  0:0[0-9]+  .* left'
says "$out" 'run 4/4  004-[^ ]+ +diverged'
says "$out" 'is not finite'
says "$out" '3 of 4 runs done, 1 diverged'
says "$out" 'written to runs/tiny-study'
if grep -q $'[\r\033]' <<<"$out"; then
    complain 'control characters in plain output'
fi
whole=runs/tiny-study
[ -s "$whole/study.yaml" ] || complain 'the folder has no study.yaml'
[ -s "$whole/samples.png" ] || complain 'the folder has no samples.png'
mapfile -t names < <(cd "$whole/runs" && ls)
[ "${#names[@]}" -eq 4 ] || complain "there are ${#names[@]} runs"

# same_results FOLDER: bits of models and figures, times aside, as undisturbed.
same_results() {
    local name file
    for name in "${names[@]}"; do
        for file in checkpoint.safetensors model.safetensors steps.csv; do
            [ ! -e "$whole/runs/$name/$file" ] || cmp "$whole/runs/$name/$file" "$1/runs/$name/$file" ||
                complain "$1: $file of $name differs"
        done
        cmp <(cut -d, -f1-7 "$whole/runs/$name/metrics.csv") \
            <(cut -d, -f1-7 "$1/runs/$name/metrics.csv") || complain "$1: metrics.csv of $name differs"
    done
}

# same_report FOLDER: the report says and draws what the undisturbed study's does, but for how long
# things took: tables and sentences with seconds, speeds and what follows from them are left out.
timeless() {
    sed -E "/^Table [0-9]+\. (How soon|Size, arithmetic)/,/^(Table|#)/{/^\|/d}; /^\| Time computed/d
        s/ and [0-9.]+ (s|min|h)([,;.])/\2/g; s#$1/runs#runs#" "$1/report.md"
}
same_report() {
    local figure
    expect 0 "$reslab" report "$1" --format md
    cmp <(timeless "$whole") <(timeless "$1") || complain "$1: the report differs"
    for figure in "$whole"/figures/*.svg; do
        cmp "$figure" "$1/figures/${figure##*/}" || complain "$1: $figure differs"
    done
}
expect 0 "$reslab" report "$whole" --format md
grep -q 'Analysis' "$whole/report.md" || complain 'the report has no analysis'

# Again: nothing is done twice.
before=$(stat -c '%i %Y' "$whole"/runs/*/summary.json)
expect 0 "$reslab" study run study.yaml
says "$out" '4 runs, 3 done, 1 diverged'
[ "$before" = "$(stat -c '%i %Y' "$whole"/runs/*/summary.json)" ] || complain 'a run was done again'

# Killed at random moments, however far it came, the study ends as if nothing had happened.
RANDOM=17
for _ in 1 2 3 4 5 6; do
    "$reslab" study run study.yaml --out killed --quiet 2>/dev/null &
    pid=$!
    sleep "$((RANDOM % 2)).$((100 + RANDOM % 900))"
    kill -s KILL "$pid" 2>/dev/null
    wait "$pid" 2>/dev/null
done
expect 0 "$reslab" study run study.yaml --out killed
same_results killed
same_report killed
[ -z "$(find killed/runs -name '*.tmp')" ] || complain 'a killed process left temporary files in a run'

# Two at once: every run is done, and by one of them only.
"$reslab" study run study.yaml --out shared >first.txt 2>&1 &
first=$!
"$reslab" study run study.yaml --out shared >second.txt 2>&1 &
second=$!
wait "$first" || complain "the first of two exited with $?: $(<first.txt)"
wait "$second" || complain "the second of two exited with $?: $(<second.txt)"
for name in "${names[@]}"; do
    ended=$(cat first.txt second.txt | grep -cE "$name +(done|diverged)")
    [ "$ended" -eq 1 ] || complain "$name was done $ended times: $(cat first.txt second.txt)"
    if grep -q '"resumed"' "shared/runs/$name/environment.json"; then
        complain "$name was begun twice"
    fi
done
same_results shared

# One run at a time, as the tasks of a job array.
expect 0 "$reslab" study run study.yaml --out tasks --index 2
[ -s "tasks/runs/${names[1]}/summary.json" ] || complain '--index 2 did not do run 2'
[ ! -e "tasks/runs/${names[0]}" ] || complain '--index 2 did another run'
SLURM_ARRAY_TASK_ID=1 expect 0 "$reslab" study run study.yaml --out tasks --quiet
[ -s "tasks/runs/${names[0]}/summary.json" ] || complain 'task 1 did not do run 1'
[ ! -e "tasks/runs/${names[2]}" ] || complain 'task 1 did another run'
expect 2 "$reslab" study run study.yaml --out tasks --index 5
one_line_error "option '--index' is '5'; expected a whole number from 1 to 4"
SLURM_ARRAY_TASK_ID=x expect 2 "$reslab" study run study.yaml --out tasks
one_line_error "SLURM_ARRAY_TASK_ID is 'x'; expected the number of a run, 1 to 4"

# Where it stands, by file or by folder.
expect 0 "$reslab" study status study.yaml --out tasks
says "$out" '4 runs: 2 done, 2 waiting'
says "$out" 'about [0-9:]+ to go'
expect 0 "$reslab" study status tasks --json
says "$out" '"waiting": 2'
says "$out" '"seconds_left": [0-9]'
expect 0 "$reslab" study status "$whole"
says "$out" '4 runs: 3 done, 1 diverged'
expect 0 "$reslab" study status study.yaml --out nowhere
says "$out" '4 runs: 4 waiting'
[ ! -e nowhere ] || complain 'looking at a study made its folder'
mkdir empty
expect 1 "$reslab" study status empty
one_line_error "empty/study.yaml"

# Another study in a folder is refused, and nothing is lost.
sed 's/epochs: 6/epochs: 7/' study.yaml >changed.yaml
expect 1 "$reslab" study run changed.yaml --out tasks --quiet
one_line_error "tasks/study.yaml: holds another study: epochs of run 1 is '6', expected '7'"
expect 1 "$reslab" study run study.yaml --out tasks --quiet --epochs 7
one_line_error "epochs of run 1 is '6', expected '7'"
[ -s "tasks/runs/${names[1]}/model.safetensors" ] || complain 'a refused study took a run away'
expect 0 "$reslab" study run study.yaml --out tasks --quiet --threads 2
same_results tasks

# The same runs under another name are the same study, and its file follows.
sed 's/^name: .*/name: renamed/' study.yaml >renamed.yaml
expect 0 "$reslab" study run renamed.yaml --out tasks --quiet
grep -q '^name: "renamed"' tasks/study.yaml || complain 'study.yaml does not follow a new name'
same_results tasks
expect 1 "$reslab" study run study.yaml --out nodata --data /nonexistent --quiet
one_line_error "data '/nonexistent'"
[ ! -e nodata ] || complain 'a study without data made a folder'
expect 1 "$reslab" study run missing.yaml
one_line_error 'missing.yaml'

# Signals save and say how to go on.
for signal in INT TERM HUP; do
    env --default-signal=INT,HUP "$reslab" study run study.yaml --epochs 100000 \
        --out "stopped-$signal" >stopped.txt 2>stderr.txt &
    pid=$!
    wait_for has_steps "stopped-$signal/runs/${names[0]}"
    expect 0 "$reslab" study status "stopped-$signal"
    says "$out" "${names[0]} +running"
    kill -s "$signal" "$pid"
    code=0
    wait "$pid" || code=$?
    wanted=$((128 + $(kill -l "$signal")))
    [ "$code" -eq "$wanted" ] || complain "after SIG$signal the exit code is $code, not $wanted"
    says "$(<"stopped-$signal/runs/${names[0]}/summary.json")" '"outcome": "stopped"'
    expect 0 "$reslab" study status "stopped-$signal"
    says "$out" '1 interrupted, 3 waiting'
done

# On a terminal: a live line that names run and study, below a line for each run.
TERM=xterm script -qec "stty cols 120 rows 24; $(printf '%q ' "$reslab" study run study.yaml \
    --epochs 40 --out terminal)" terminal.txt >/dev/null 2>&1 </dev/null ||
    complain 'on a terminal the study failed'
grep -aqE $'\rrun 1/4 001-[^ ]+  epoch [0-9]+/40 \[' terminal.txt || complain 'no live line'
[ "$(grep -acE 'run [1-4]/4  00[1-4]-[^ ]+ +(done|diverged)' terminal.txt)" -eq 4 ] ||
    complain 'not a line for each run'

# Comparison of any runs.
expect 0 "$reslab" compare "$whole/runs/${names[0]}" "$whole/runs/${names[1]}"
says "$out" "${names[0]} +done +6 +[0-9.]+%"
says "$out" 'activation'
says "$out" 'sigmoid'
if grep -q 'batch-size' <<<"$out"; then
    complain 'an option that is the same was compared'
fi
expect 0 "$reslab" compare --json "$whole/runs/${names[0]}" "$whole/runs/${names[3]}"
says "$out" '"lr": \['
says "$out" '"state": "diverged"'
expect 0 "$reslab" compare "$whole/runs/${names[0]}" "killed/runs/${names[0]}"
says "$out" 'no option differs'
expect 0 "$reslab" compare "$whole/runs/${names[0]}" "$whole"
says "${out:?}" 'runs/tiny-study/runs/002'
says "$out" 'verdicts: reslab report STUDY'
expect 2 "$reslab" compare
one_line_error 'needs RUN'

# What cannot be written in is refused before steps are timed.
expect 1 "$reslab" study run study.yaml --out /proc/x
one_line_error '/proc/x: cannot write'
if grep -q '^takes' <<<"$out"; then
    complain 'a folder that cannot be made was refused after work'
fi
finish
