#!/usr/bin/env bash
# reslab report: what it refuses, and what it writes of a small study.
# shellcheck source=tests/cli/check.sh
source "$(dirname "$0")/check.sh"

expect 2 "$reslab" report
one_line_error "STUDY_DIR"
expect 2 "$reslab" report study --lang fr
one_line_error "'fr'; expected en or zh"
expect 2 "$reslab" report study --format html,doc
one_line_error "'doc'; expected html, md or pdf"
expect 2 "$reslab" report study --format html,
one_line_error "''; expected html, md or pdf"
expect 1 "$reslab" report nowhere
one_line_error "nowhere"

small_study study.yaml 'limit_train: 64, limit_test: 40, epochs: 2'
expect 0 "$reslab" study run study.yaml --out small
expect 0 "$reslab" report small
[ "$out" = $'small/report.html\nsmall/report.md' ] || complain "report printed '$out'"
[ ! -e small/report.pdf ] || complain "a PDF that nobody asked for"
for name in activations-function activations-derivative activations-train-loss; do
    for ending in svg png; do
        [ -s "small/figures/$name.$ending" ] || complain "figures/$name.$ending is missing"
    done
    grep -q "](figures/$name.svg)" small/report.md || complain "report.md has no $name"
done
says "$(<small/report.md)" '^# small$'
says "$(<small/report.md)" '^## 2\. Activation functions$'
says "$(<small/report.html)" '<html lang="en">'

# The same report again is the same, byte for byte.
cp small/report.html first.html
expect 0 "$reslab" report small --format html
cmp -s small/report.html first.html || complain "the report of the same runs has changed"

expect 0 "$reslab" report small/ --lang zh --format md
[ "$out" = "small/report.md" ] || complain "report printed '$out'"
says "$(<small/report.md)" '^## 2　激活函数$'

# No Chromium: said in a line, and everything else is there.
rm small/report.*
expect 1 env PATH=/nonexistent "$reslab" report small --format pdf,md,html
one_line_error "report\.pdf: .*apt-get install chromium"
if [ ! -s small/report.html ] || [ ! -s small/report.md ]; then complain "no page without Chromium"; fi

# One that fails, and one that prints no PDF: the old file stays.
mkdir bin
echo old >small/report.pdf
printf '#!/bin/sh\nexit 1\n' >bin/chromium
chmod +x bin/chromium
expect 1 env "PATH=$scratch/bin:$PATH" "$reslab" report small --format pdf
one_line_error "bin/chromium: failed to print"
# shellcheck disable=SC2016 # the script's own variables
printf '#!/bin/sh\nfor a; do case $a in --print-to-pdf=*) echo no >"${a#*=}";; esac; done\n' >bin/chromium
expect 1 env "PATH=$scratch/bin:$PATH" "$reslab" report small --format pdf
one_line_error "bin/chromium: printed no PDF"
[ "$(<small/report.pdf)" = old ] || complain "a failed PDF replaced the old one"

# Stopped while a PDF is printed, nothing is left; what a killed process leaves goes the next time.
mkdir prints
# shellcheck disable=SC2016 # the script's own variables
printf '#!/bin/sh\necho $$ >"%s/printer"\nsleep 600 &\nwait\n' "$scratch" >bin/chromium
for signal in TERM INT HUP KILL; do
    env --default-signal=INT "PATH=$scratch/bin:$PATH" "TMPDIR=$scratch/prints" "$reslab" report \
        small --format pdf >/dev/null 2>stderr.txt &
    pid=$!
    wait_for test -s printer
    kill -s "$signal" "$pid"
    code=0
    wait "$pid" || code=$?
    kill -s KILL -- "-$(<printer)" 2>/dev/null
    rm printer
    [ "$code" -eq $((128 + $(kill -l "$signal"))) ] || complain "after SIG$signal it exited with $code"
    [ "$signal" = KILL ] || [ -z "$(ls -A prints)" ] || complain "SIG$signal left $(ls -A prints)"
done
[ -n "$(ls -A prints)" ] || complain 'nothing to sweep: the test sees nothing'
printf '#!/bin/sh\nexit 1\n' >bin/chromium
expect 1 env "PATH=$scratch/bin:$PATH" "TMPDIR=$scratch/prints" "$reslab" report small --format pdf
[ -z "$(ls -A prints)" ] || complain "left behind: $(ls -A prints)"
finish
