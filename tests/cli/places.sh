#!/usr/bin/env bash
# Paths that are something else than a command takes, what `runs/*` brings along, and outputs that
# cannot be written, which are refused before any work is done.
# shellcheck source=tests/cli/check.sh
. "$(dirname "$0")/check.sh"

cat >study.yaml <<'END'
name: s
settings: {data: shapes, width: 4, epochs: 1, limit-train: 64, limit-test: 40, batch-size: 16}
seeds: [1]
groups: {a: {vary: {lr: [0.1, 0.01]}}}
END
mkdir -p runs/elsewhere
echo notes >runs/notes.txt
expect 0 "${reslab:?}" train "${tiny[@]:?}" --out runs/one
expect 0 "$reslab" study run study.yaml --out runs/study
expect 0 "$reslab" study run study.yaml --out runs/begun --index 2
cp -r runs/one runs/torn
head -c 40 runs/one/environment.json >runs/torn/environment.json

# A study stands for its runs, what is no run is left out with a warning, a torn run with an error.
expect 1 "$reslab" compare runs/*
for run in runs/one runs/study/runs/001-0.1-s1 runs/study/runs/002-0.01-s1 runs/begun/runs/002-0.01-s1; do
    says "${out:?}" "^$run +done"
done
[ "$(grep -c ' done ' <<<"$out")" -eq 4 ] || complain "not four runs: $out"
says "${err:?}" '^reslab: warning: runs/notes.txt: is a file, not the folder of a run; left out$'
says "$err" '^reslab: warning: runs/elsewhere: is another folder'
says "$err" '^reslab: runs/torn/environment.json'
[ "$(wc -l <stderr.txt)" -eq 3 ] || complain "a run of a study that is yet to begin is nothing to warn of: $err"
expect 1 "$reslab" plot runs/* -o curves.svg
[ "$(grep -oE '(s1|one)</text>' curves.svg | wc -l)" -eq 4 ] || complain 'not four curves'
expect 0 "$reslab" compare runs/one runs/begun runs/notes.txt
expect 1 "$reslab" compare runs/one runs/missing
one_line_error 'runs/missing: holds no config.yaml'
[ -z "$out" ] || complain "a path that was typed and is not there, and yet: $out"
expect 1 "$reslab" compare runs/notes.txt runs/elsewhere
says "$err" 'none of these is the folder of a run'

# What it is, and what takes it.
while IFS=: read -r words what; do
    read -r -a arguments <<<"$words"
    expect 1 "$reslab" "${arguments[@]}"
    one_line_error "$what"
done <<'END'
report runs/one:is the folder of a run, expected the folder of a study; 'reslab compare'
report runs:is a folder without the config.yaml of a run or the study.yaml of a study, expected the folder of a study
report study.yaml:is a file, expected the folder of a study
study status runs/one:is the folder of a run, expected the folder of a study
study run runs/one:is the folder of a run, expected the file of a study; .*train --resume runs/one'
study list runs/study:is the folder of a study, expected the file of a study
eval runs/study:is the folder of a study, expected the folder of a run or a model file; .* runs/study/runs$
predict runs/study x.png:is the folder of a study, .* runs/study/runs$
export runs/study -o x.onnx:is the folder of a study, .* runs/study/runs$
weights runs/study:is the folder of a study, expected a file of weights
train --resume runs/study:is the folder of a study, expected the folder of a run; .*'reslab study run' goes on
train --resume runs/one/model.safetensors:is a file, expected the folder of a run
compare runs/one/model.safetensors:is a file, expected the folder of a run
plot runs -o x.svg:is a folder without the config.yaml
END

# Outputs are tried first: what is to be worked on is not even looked at.
ln -s no/where dangling
while IFS=: read -r words what; do
    read -r -a arguments <<<"$words"
    expect 1 "$reslab" "${arguments[@]}"
    one_line_error "$what"
done <<'END'
export missing -o no/folder/x.onnx:no/folder/x.onnx. cannot write. there is no folder 'no/folder'
export missing -o runs:runs. cannot write. is a folder
export missing -o /proc/x:/proc/x. cannot write
export missing -o dangling:dangling. cannot write. there is no folder 'no'
plot missing -o no/x.svg:no/x.svg. cannot write
plot missing -o /proc/x.png:/proc/x.png. cannot write
data sheet missing -o no/x.png:no/x.png. cannot write
data sheet missing -o /proc/x.png:/proc/x.png. cannot write
train --data missing --out /proc/x:/proc/x. cannot write
END
mkdir runs/study/report.html
expect 1 "$reslab" report runs/study
one_line_error 'report.html: cannot write: is a folder'
[ ! -e runs/study/figures ] || complain 'a report that cannot be written was begun'
rmdir runs/study/report.html

# Outputs that are no files stay what they are.
mkfifo pipe
cat pipe >through.onnx &
expect 0 "$reslab" export runs/one -o pipe
wait
[ -p pipe ] || complain 'the pipe was replaced'
ln -s /proc/self/fd/1 stdout # as /dev/stdout is, which a broken program would take from the system
"$reslab" export runs/one --format onnx -o stdout >stdout.onnx || complain 'no export to stdout'
[ -L stdout ] || complain 'the link to standard output was replaced'
mkdir far
ln -s far/model.onnx link
expect 0 "$reslab" export runs/one -o link
[ -L link ] || complain 'the link was replaced'
expect 0 "$reslab" export runs/one -o plain.onnx
for file in through stdout far/model; do
    cmp -s plain.onnx "$file.onnx" || complain "$file.onnx is not the export"
done
finish
