#!/usr/bin/env bash
# What a person at a terminal sees, and what becomes of a run when the terminal, the reader of its
# output or the process itself goes away. `script` lends a terminal to the program.
# shellcheck source=tests/cli/check.sh
. "$(dirname "$0")/check.sh"

# Threads are of no interest here, and one needs no other to be given a core.
tiny=("${tiny[@]:?}" --threads 1)

# in_terminal COLUMNS LOG WORDS...: runs the program on a terminal of that width.
in_terminal() {
    local columns=$1 log=$2 code=0
    shift 2
    TERM=xterm script -qec "stty cols $columns rows 24; $(printf '%q ' "${reslab:?}" "$@")" "$log" \
        >/dev/null 2>&1 </dev/null || code=$?
    return "$code"
}

# The live line: redrawn in place, never as wide as the terminal; one line an epoch stays.
for columns in 40 120; do
    in_terminal "$columns" log.txt train "${tiny[@]}" --epochs 4 --out "run$columns" ||
        complain "training on a terminal exited with $?"
    grep -aq $'\r.*epoch 1/4  \[.*\033\[K' log.txt || complain "no live line at $columns columns"
    longest=$(tr '\r' '\n' <log.txt | sed 's/\x1b\[K//g' | grep -aE '^epoch [0-9]+/4  \[' |
        awk '{ if (length > m) m = length } END { print m + 0 }')
    if [ "$longest" -eq 0 ] || [ "$longest" -ge "$columns" ]; then
        complain "a live line of $longest characters on $columns columns"
    fi
    [ "$(grep -acE 'epoch [1-4]/4  train loss' log.txt)" -eq 4 ] || complain 'not a line an epoch'
done
grep -aq 'img/s' log.txt || complain 'a wide live line says nothing of the speed'
grep -aqE ' [0-9]+:[0-9]{2} left' log.txt || complain 'a wide live line says nothing of the time'

# Elsewhere: no control characters at all, and nothing on stderr.
expect 0 "$reslab" train "${tiny[@]}" --out plain
[ -z "$err" ] || complain "a good run printed on stderr: $err"
if grep -q $'[\r\033]' <<<"${out:?}"; then
    complain 'control characters in plain output'
fi

# Names cannot steer the terminal.
hostile=$'run\033[2J\a'
expect 0 "$reslab" train "${tiny[@]}" --epochs 1 --out "$hostile"
if grep -q $'[\033\a]' <<<"$out"; then
    complain 'a control character of a name was printed'
fi
says "$out" 'written to run\?\[2J\?'
expect 1 "$reslab" train "${tiny[@]}" --out "$hostile"
one_line_error 'run\?\[2J\?: already there'

# start DIR: a long run in the background, up to its first steps; its number is in $pid.
start() {
    env --default-signal=INT "$reslab" train "${tiny[@]}" --epochs 100000 --out "$1" \
        >"$1.out" 2>"$1.err" &
    pid=$!
    wait_for has_steps "$1"
}

# The directory of a run is nobody else's.
start busy
expect 1 "$reslab" train --resume busy
one_line_error 'busy: in use by another process'
kill -s KILL "$pid"
wait "$pid" 2>/dev/null
# A killed run leaves no lock; it goes on from its last checkpoint, and can be stopped again.
env --default-signal=INT "$reslab" train --resume busy >resumed.out 2>resumed.err &
pid=$!
wait_for grep -q 'goes on in epoch' resumed.out
says "$(<resumed.out)" 'goes on in epoch [0-9]+ after step [0-9]+ of 4'
kill -s TERM "$pid"
code=0
wait "$pid" || code=$?
[ "$code" -eq 143 ] || complain "stopped after resuming, it exited with $code"

# A second signal: gone at once, with nothing more written. Held still, the process gets both
# before it can finish its step.
start impatient
kill -s STOP "$pid"
kill -s INT "$pid"
kill -s TERM "$pid"
kill -s CONT "$pid"
code=0
wait "$pid" || code=$?
case $code in
130 | 143) ;;
*) complain "after two signals it exited with $code" ;;
esac
[ ! -e impatient/summary.json ] || complain 'after two signals it still closed its books'

# A hangup stops in good order; whoever asked for nohup is left in peace.
start hangup
kill -s HUP "$pid"
code=0
wait "$pid" || code=$?
[ "$code" -eq 129 ] || complain "after a hangup it exited with $code"
says "$(<hangup/summary.json)" '"outcome": "stopped"'

# A run outlives the reader of its output.
"$reslab" train "${tiny[@]}" --out unread 2>unread.err | head -1 >/dev/null
[ -s unread/summary.json ] || complain 'the run ended with the reader of its output'
says "$(<unread/summary.json)" '"outcome": "completed"'
finish
