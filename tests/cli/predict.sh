#!/usr/bin/env bash
# Using a trained model: eval and predict in all their output forms.
# shellcheck source=tests/cli/check.sh
. "$(dirname "$0")/check.sh"

expect 0 "$reslab" train "${tiny[@]}" --out run --quiet

expect 0 "$reslab" eval run --limit-test 40 --json
for key in loss accuracy accuracy_interval top5 confusion classes precision recall images; do
    says "$out" "\"$key\":"
done
recorded=$(tail -1 run/metrics.csv | cut -d, -f7)
says "$out" "\"accuracy\": ${recorded:0:6}"
from_run=$out
expect 0 "$reslab" eval run/model.safetensors --data shapes --limit-test 40 --json
expect 0 "$reslab" eval run
says "$out" 'accuracy'
says "$from_run" '"images": 40'
expect 1 "$reslab" eval nowhere --data shapes
one_line_error 'nowhere'
expect 2 "$reslab" eval run/model.safetensors
one_line_error '\-\-data'

# One black pixel, as a PNG file's definition has it.
base64 -d >dot.png <<'END'
iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg==
END
mkdir 'folder, with "quotes"'
cp dot.png 'folder, with "quotes"/b.PNG'
cp dot.png 'folder, with "quotes"/a.png'
echo text >'folder, with "quotes"/ignored.txt'

expect 0 "$reslab" predict run dot.png --top 3
[ "$(grep -c '%' <<<"$out")" -eq 3 ] || complain "--top 3 printed: $out"
expect 0 "$reslab" predict run dot.png --json
says "$out" '"file": "dot.png"'
expect 0 "$reslab" predict run 'folder, with "quotes"' dot.png --csv
[ "$(wc -l <<<"$out")" -eq 4 ] || complain "CSV of three images: $out"
says "$out" '^file,disc,square,triangle'
says "$(sed -n 2p <<<"$out")" '^"folder, with ""quotes""/a.png",0\.[0-9]{6,}'
[ "$(sed -n 4p <<<"$out" | tr ',' '\n' | sed 1d | awk '{ s += $1 } END { print (s > 0.9999 && s < 1.0001) }')" = 1 ] ||
    complain 'probabilities do not add up to one'
expect 0 "$reslab" predict run dot.png --csv --logits
says "$out" 'dot.png,-?[0-9]'

# A bad image is named, the others are still classified.
echo nonsense >broken.jpg
head -c 40 dot.png >cut.png
expect 1 "$reslab" predict run broken.jpg dot.png cut.png --csv
[ "$(wc -l <<<"$out")" -eq 2 ] || complain "beside broken images: $out"
says "$err" 'broken.jpg'
says "$err" 'cut.png'
expect 2 "$reslab" predict run
one_line_error 'IMAGE'
finish
