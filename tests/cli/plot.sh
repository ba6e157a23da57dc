#!/usr/bin/env bash
# Curves of runs as pictures: both formats, labels from directory names, and refusals that write
# nothing.
# shellcheck source=tests/cli/check.sh
. "$(dirname "$0")/check.sh"

hostile='<script>alert("&")'
expect 0 "$reslab" train "${tiny[@]}" --out one
expect 0 "$reslab" train "${tiny[@]}" --epochs 3 --out "$hostile"

expect 0 "$reslab" plot one "$hostile" -o curve.svg
says "$(<curve.svg)" '^<svg '
says "$(<curve.svg)" '>Test accuracy \(%\)</text>'
says "$(<curve.svg)" '>one</text>'
says "$(<curve.svg)" '>&lt;script&gt;alert\(&quot;&amp;&quot;\)</text>'
grep -q '<script' curve.svg && complain 'a name became an element'
expect 0 "$reslab" plot one --curve train-loss --log --output loss.png
says "$(head -c 4 loss.png | tr -d '\211')" '^PNG$'
[ "$(head -c 20 loss.png | tail -c 4 | od -An -tx1 | tr -d ' \n')" = 000005a0 ] ||
    complain 'the picture is not 1440 pixels wide'

expect 2 "$reslab" plot one
one_line_error 'output'
expect 2 "$reslab" plot -o x.svg
one_line_error 'RUN'
expect 2 "$reslab" plot one -o x.svg --curve accuracy
one_line_error "'accuracy'.*train-loss, test-loss, train-accuracy, test-accuracy or train-cross-entropy"
expect 2 "$reslab" plot one -o
one_line_error "needs a value"
expect 1 "$reslab" plot nowhere -o x.svg
one_line_error 'nowhere'
"$reslab" plot one -o x.gif 2>stderr.txt && complain 'a GIF was promised'
err=$(<stderr.txt)
one_line_error "'x.gif'.*\.svg or \.png"
[ -z "$(find . -maxdepth 1 -name 'x.*')" ] || complain 'a refused picture was written'
finish
