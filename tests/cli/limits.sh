#!/usr/bin/env bash
# Where the system gives little: small stacks, no more processes or threads, little memory. A command
# works, or fails with one line; a report comes out, if need be without its PNG files.
# shellcheck source=tests/cli/check.sh
. "$(dirname "$0")/check.sh"
small_study study.yaml 'limit_train: 32, limit_test: 20, epochs: 1'

# with LIMIT COMMAND...: with `ulimit LIMIT`.
with() {
    local limit=$1
    shift
    # shellcheck disable=SC2086 # two words
    (ulimit $limit && exec "$@")
}

# All of the work on a stack of 64 kB, that of the threads included.
expect 0 with '-s 64' "${reslab:?}" study run study.yaml --out small --threads 2 --quiet
expect 0 "$reslab" study run study.yaml --out other --quiet
cmp {small,other}/runs/001-sigmoid-s1/model.safetensors || complain 'a small stack gives other bits'
cp -r small whole
expect 0 "$reslab" report whole
[ -s whole/figures/activations-function.png ] || complain 'the report has no PNG files'
for limit in 32 64 256 1000; do
    rm -rf again && cp -r small again
    expect 0 with "-s $limit" "$reslab" report again
    diff -r whole again || complain "the report is another with ulimit -s $limit"
    expect 0 with "-s $limit" "$reslab" plot again/runs/* -o curve.png
done
expect 0 with '-s 64' "$reslab" eval small/runs/001-sigmoid-s1 --limit-test 10
expect 0 with '-s 64' "$reslab" predict small/runs/001-sigmoid-s1 whole/samples.png
expect 0 with '-s 64' "$reslab" export small/runs/001-sigmoid-s1 -o net.onnx
expect 1 with '-s 64' "$reslab" train --data nowhere
one_line_error nowhere

# The limits of processes do not hold for root, and the program may lie where only root can read.
few=(env)
[ "$(id -u)" -ne 0 ] || few=(setpriv --reuid 54321 --regid 54321 --clear-groups)
chmod -R a+rwX .
if ! "${few[@]}" "$reslab" --version >/dev/null 2>&1; then
    echo 'not tested: limits of processes, since they would not hold'
    finish
    exit
fi

# incomplete FOLDER: the last command made the report, said once why PNG files are missing, and took
# those of an older report away.
incomplete() {
    [ "$(grep -c '^reslab: warning: .*left out' stderr.txt)" -eq 1 ] || complain "not said once: $err"
    cmp whole/report.md "$1/report.md" || complain 'report.md is not complete'
    cmp whole/report.html "$1/report.html" || complain 'report.html is not complete'
    cmp whole/figures/activations-function.svg "$1/figures/activations-function.svg" ||
        complain 'an SVG file is not complete'
    [ ! -e "$1/figures/activations-function.png" ] || complain 'an old PNG file lies beside the new report'
}
# No process to draw in; then one, but no thread for Pango, which ends it.
for most in 1 2; do
    rm -rf again && cp -r whole again && chmod -R a+rwX again
    expect 0 with "-u $most" "${few[@]}" "$reslab" report again
    incomplete again
    rm -f curve.png
    expect 1 with "-u $most" "${few[@]}" "$reslab" plot again/runs/* -o curve.png
    one_line_error 'curve\.png: '
    [ ! -e curve.png ] || complain 'a picture that could not be drawn is there'
    expect 0 with "-u $most" "${few[@]}" "$reslab" plot again/runs/* -o curve.svg
done
# No thread for the work on a small stack.
expect 1 with '-u 1' "${few[@]}" bash -c 'ulimit -s 64 && exec "$@"' _ "$reslab" --version
one_line_error 'the stack is limited to 64 kB'

# Memory, in steps from too little to start to enough. A sanitizer takes terabytes for itself.
if with '-v 4000000' "$reslab" --version >/dev/null 2>&1; then
    for megabytes in 60 90 100 110 120 140 160 200 300; do
        rm -rf again && cp -r whole again
        code=0
        with "-v $((megabytes * 1024))" "$reslab" report again >/dev/null 2>stderr.txt || code=$?
        [ "$(wc -l <stderr.txt)" -le 1 ] || complain "with $megabytes MB: $(<stderr.txt)"
        case $code in
            0) cmp whole/report.md again/report.md || complain "with $megabytes MB: another report" ;;
            1) grep -q '^reslab: ' stderr.txt || complain "with $megabytes MB: $(<stderr.txt)" ;;
            127) ;; # no room for the libraries
            *) complain "with $megabytes MB the report exits with $code" ;;
        esac
    done
fi
finish
