# Sourced by the tests: runs the program and holds its exit code and output to what is expected.
# shellcheck shell=bash disable=SC2034 # `out` and `err` are for the tests
set -u
reslab=$1
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch" || exit 1
failures=0

complain() {
    echo "FAILED: $*" >&2
    failures=$((failures + 1))
}

# expect CODE COMMAND...: leaves stdout in $out, stderr in $err.
expect() {
    local wanted=$1 code=0
    shift
    out=$("$@" 2>stderr.txt) || code=$?
    err=$(<stderr.txt)
    if [ "$code" -ne "$wanted" ]; then
        complain "$* exited with $code, expected $wanted; stderr: $err"
    fi
}

# says TEXT PATTERN: the text matches the extended regular expression.
says() {
    grep -Eq -- "$2" <<<"$1" || complain "'$1' does not match '$2'"
}

# one_line_error PATTERN: the last command's stderr is one line of ours.
one_line_error() {
    [ "$(wc -l <stderr.txt)" -eq 1 ] || complain "stderr is not one line: $err"
    says "$err" "^reslab: "
    says "$err" "$1"
}

# wait_for COMMAND...: until it succeeds, for as long as process $pid lives. How long a busy machine
# takes is nobody's guess; a test that waits in vain is ended by its own limit of time.
wait_for() {
    until "$@"; do
        # shellcheck disable=SC2154 # the test's
        if ! kill -0 "$pid" 2>/dev/null; then
            complain "waited in vain for: $*"
            return
        fi
        sleep 0.05
    done
}

# has_steps DIR: its run has made some.
has_steps() {
    [ -e "$1/steps.csv" ] && [ "$(wc -l <"$1/steps.csv")" -gt 3 ]
}

# silent: the last command, which was given --quiet, printed nothing.
silent() {
    [ -z "$out$err" ] || complain "--quiet prints errors only, and yet: $out$err"
}

# image FILE GREY [SIDE]: a picture of one colour.
image() {
    local side=${3:-32}
    {
        printf 'P5 %d %d 255\n' "$side" "$side"
        head -c $((side * side)) /dev/zero | tr '\0' "\\$(printf %o "$2")"
    } >"$1"
}

# small_study FILE LIMITS: of two runs that are done in a moment, with a figure of each kind.
small_study() {
    cat >"$1" <<END
name: small
settings: {data: shapes, width: 4, $2, batch_size: 16, threads: 1}
seeds: [1]
groups:
  activations: {vary: {activation: [sigmoid, relu]}, figure: train_loss}
END
}

finish() {
    if [ "$failures" -gt 0 ]; then
        echo "$failures checks failed" >&2
        exit 1
    fi
    echo "all checks passed"
}

# The smallest run that trains: a few steps on the built-in data.
tiny=(--data shapes --width 4 --limit-train 64 --limit-test 40 --batch-size 16 --epochs 2
    --threads 2 --seed 5)
