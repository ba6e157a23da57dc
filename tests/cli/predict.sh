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
says "$err" "has 1 other entry that is not read: images are files that end in .jpg"
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

# Weights that are no numbers: every command that reads them names the tensor.
not_finite() { # <file>: overwrites the last weight, 0x7fc00000 is NaN
    printf '\0\0\300\177' | dd of="$1" bs=1 seek=$(($(stat -c %s "$1") - 4)) conv=notrunc status=none
}
seal() { # <file>: its checksum anew, of the file with 64 zeros in the checksum's place
    local old zeros new
    old=$(grep -ao '"reslab.checksum": *"[0-9a-f]*"' "$1" | grep -o '[0-9a-f]\{64\}')
    zeros=$(printf '%064d' 0)
    LC_ALL=C sed -i "s/$old/$zeros/" "$1"
    new=$(sha256sum "$1" | cut -c 1-64)
    LC_ALL=C sed -i "s/$zeros/$new/" "$1"
}
cp run/model.safetensors nan.safetensors
not_finite nan.safetensors
seal nan.safetensors
for command in 'eval nan.safetensors --data shapes' 'predict nan.safetensors dot.png' \
    'export nan.safetensors -o nan.onnx' 'export nan.safetensors --fold-bn -o folded.onnx' \
    'export nan.safetensors -o copy.safetensors' 'weights nan.safetensors' \
    "train ${tiny[*]} --init nan.safetensors --out never"; do
    # shellcheck disable=SC2086 # words
    expect 1 "$reslab" $command
    says "$err$out" '[a-z0-9.]+ holds nan \(element [0-9]+\)'
done
for file in nan.onnx folded.onnx copy.safetensors never; do
    [ ! -e "$file" ] || complain "$file was written"
done

# Finite weights (0x7f7f7f7f is 3.4e38) whose logits are none: no class, no figure, one line.
cp run/model.safetensors huge.safetensors
head -c 4096 /dev/zero | tr '\0' '\177' |
    dd of=huge.safetensors bs=1 seek=$(($(stat -c %s huge.safetensors) - 4096)) conv=notrunc status=none
seal huge.safetensors
expect 3 "$reslab" eval huge.safetensors --data shapes --json
one_line_error "huge.safetensors: the model's logits for image 1 of [0-9]+ are not finite"
[ -z "$out" ] || complain "eval of such a model printed: $out"
for form in '' --json --logits; do
    # shellcheck disable=SC2086 # none or one
    expect 3 "$reslab" predict huge.safetensors dot.png $form
    one_line_error "dot.png: the model's logits for image 1 of 1 are not finite"
    [ -z "$out" ] || complain "predict of such a model printed: $out"
done

# The label among the first five of five classes is no figure.
expect 0 "$reslab" eval run --limit-test 40
says "$out" '^top-5 '
mkdir few
for split in train test; do
    for class in a b c; do
        mkdir -p "few/$split/$class"
        cp dot.png "few/$split/$class/"
    done
done
expect 0 "$reslab" train --data few --width 4 --epochs 1 --out few-run --quiet
expect 0 "$reslab" eval few-run
if grep -q 'top' <<<"$out"; then
    complain "top-5 of three classes: $out"
fi
expect 0 "$reslab" eval few-run --json
says "$out" '"top5": null'
finish
