#!/usr/bin/env bash
# What becomes of standard output when the disk is full, the reader goes away or there is none; and of
# files when a limit or a signal ends the writing.
# shellcheck source=tests/cli/check.sh
. "$(dirname "$0")/check.sh"
tiny=("${tiny[@]:?}" --threads 1)

# columns FILE: a run's table without what is measured.
columns() {
    cut -d, -f1-7 "$1/metrics.csv"
}

expect 0 "${reslab:?}" train "${tiny[@]}" --out whole
cat >study.yaml <<'END'
name: s
settings: {data: shapes, epochs: 1}
seeds: [1]
groups: {a: {vary: {lr: [0.1, 0.2]}}}
END
printf 'P6 1 1 255\nabc' >dot.ppm

# Every command that prints: a full disk is an error with its reason, and no stdout is one as well.
while read -r -a words; do
    expect 1 sh -c '"$@" >/dev/full' sh "$reslab" "${words[@]}"
    one_line_error 'cannot write to standard output: No space left on device'
    expect 1 sh -c '"$@" >&-' sh "$reslab" "${words[@]}"
    one_line_error 'cannot write to standard output: Bad file descriptor'
done <<'END'
--help
--version
train --help
summary resnet18
summary resnet18 --json
compare whole
compare whole --json
predict whole dot.ppm
predict whole dot.ppm --csv
data get --list
study list study.yaml
study list study.yaml --json
weights whole/model.safetensors
END

# A command that prints only errors, or nothing, needs no stdout.
expect 2 sh -c '"$@" >&-' sh "$reslab" nonsense
one_line_error "unknown command 'nonsense'"
expect 0 sh -c '"$@" >&- 2>&- <&-' sh "$reslab" export whole -o whole.onnx
[ -s whole.onnx ] || complain 'no export without standard descriptors'

# Training goes on, and its files are its own: nothing that is printed lands in them.
for closed in '>&-' '<&- >&-' '<&- >&- 2>&-'; do
    rm -rf closed
    expect 1 sh -c "\"\$@\" $closed" sh "$reslab" train "${tiny[@]}" --out closed
    cmp -s <(columns whole) <(columns closed) || complain "metrics.csv differs with $closed"
    cmp -s whole/model.safetensors closed/model.safetensors || complain "another model with $closed"
done
rm -rf closed
expect 0 sh -c '"$@" <&- >&- 2>&-' sh "$reslab" train "${tiny[@]}" --out closed --quiet
cmp -s <(columns whole) <(columns closed) || complain 'metrics.csv differs without descriptors'
expect 1 sh -c '"$@" >/dev/full' sh "$reslab" train "${tiny[@]}" --out full
one_line_error 'cannot write to standard output: No space left on device'
cmp -s <(columns whole) <(columns full) || complain 'a full stdout has cost the run'

mapfile -t dots < <(yes dot.ppm | head -3000)
# A reader that goes away: an end without a word, also where SIGPIPE is ignored. So many lines are
# more than a pipe holds.
for trap in 'true' "trap '' PIPE"; do
    code=$(bash -c "$trap; \"\$@\" 2>head.err | head -1 >/dev/null; echo \${PIPESTATUS[0]}" bash \
        "$reslab" predict whole --csv "${dots[@]}")
    [ "$code" -eq 141 ] || complain "$trap; predict | head exited with $code"
    [ ! -s head.err ] || complain "$trap; predict | head printed $(<head.err)"
    code=$(bash -c "$trap; \"\$@\" 2>head.err | true; echo \${PIPESTATUS[0]}" bash \
        "$reslab" train "${tiny[@]}" --out "unread-${#trap}")
    [ "$code" -eq 141 ] || complain "$trap; train | true exited with $code"
    [ ! -s head.err ] || complain "$trap; train | true printed $(<head.err)"
    cmp -s <(columns whole) <(columns "unread-${#trap}") || complain 'a run ended with its reader'
done

# A limit on file sizes is an error like a full disk: what was saved before is still good.
long=("${tiny[@]}" --epochs 12)
expect 0 "$reslab" train "${long[@]}" --out undisturbed
"$reslab" train "${long[@]}" --out limited >limited.out 2>&1 &
pid=$!
has_epochs() {
    [ -e limited/metrics.csv ] && [ "$(wc -l <limited/metrics.csv)" -gt 2 ]
}
wait_for has_epochs
kill -s TERM "$pid"
wait "$pid" || true
expect 1 bash -c 'ulimit -f 300; "$@"' bash "$reslab" train --resume limited
one_line_error 'limited/.*: cannot write: File too large'
expect 0 "$reslab" train --resume limited
cmp -s <(columns undisturbed) <(columns limited) || complain 'the limit has cost epochs'
cmp -s undisturbed/model.safetensors limited/model.safetensors || complain 'another model'

# A signal takes the unfinished file along; what was there before stays.
mkdir sheets
echo old >sheets/sheet.png
"$reslab" data sheet shapes --columns 1000 --rows 10 --augmented -o sheets/sheet.png >/dev/null 2>&1 &
pid=$!
until compgen -G 'sheets/.reslab-*.tmp' >/dev/null && [ -s "$(echo sheets/.reslab-*.tmp)" ]; do
    kill -0 "$pid" 2>/dev/null || break
done
kill -s TERM "$pid"
code=0
wait "$pid" || code=$?
[ "$code" -eq 143 ] || complain "data sheet ended with $code after SIGTERM"
[ "$(ls -A sheets)" = sheet.png ] || complain "left behind: $(ls -A sheets)"
[ "$(<sheets/sheet.png)" = old ] || complain 'the old sheet is gone'
finish
