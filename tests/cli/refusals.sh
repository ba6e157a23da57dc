#!/usr/bin/env bash
# What a run refuses: broken or foreign weights, other data, folders it cannot write; and the
# forms in which options may be written.
# shellcheck source=tests/cli/check.sh
. "$(dirname "$0")/check.sh"

expect 0 "$reslab" train "${tiny[@]:?}" --out run --quiet
model=run/model.safetensors
size=$(wc -c <"$model")

# Weights cut at the start, in the header, in the numbers; a byte too many; a header length that
# points past the end.
for length in 0 7 100 $((size - 1)); do
    head -c "$length" "$model" >cut.safetensors
    expect 1 "$reslab" eval cut.safetensors --data shapes
    one_line_error 'cut.safetensors'
    expect 1 "$reslab" train "${tiny[@]}" --data nowhere --init cut.safetensors --out never
    one_line_error 'cut.safetensors'
done
(cat "$model" && printf x) >long.safetensors
expect 1 "$reslab" predict long.safetensors nothing.png
one_line_error 'long.safetensors'
(printf '\377\377\377\377\377\377\377\177' && tail -c +9 "$model") >header.safetensors
expect 1 "$reslab" eval header.safetensors --data shapes
one_line_error 'header.safetensors'

# Good weights, but of another network or for other classes.
expect 1 "$reslab" train "${tiny[@]}" --width 8 --init "$model" --out never
one_line_error 'model.safetensors'
expect 1 "$reslab" train "${tiny[@]}" --model resnet18-ghost --init "$model" --out never
one_line_error 'model.safetensors'
mkdir cifar
for file in data_batch_{1..5}.bin test_batch.bin; do
    head -c 6146 /dev/zero >"cifar/$file"
done
expect 1 "$reslab" eval run --data cifar
one_line_error 'class'

# A run directory whose files are broken is not resumed, and stays as it is.
cp -r run hurt
head -c 1000 run/checkpoint.safetensors >hurt/checkpoint.safetensors
expect 1 "$reslab" train --resume hurt
one_line_error 'hurt/checkpoint.safetensors'
[ "$(wc -c <hurt/checkpoint.safetensors)" -eq 1000 ] || complain 'a refused resume wrote a file'
expect 1 "$reslab" train --resume nowhere
one_line_error 'nowhere'

# A folder that cannot be written; root can write everywhere.
mkdir closed
chmod a-w closed
if [ ! -w closed ]; then
    expect 1 "$reslab" train "${tiny[@]}" --out closed/run
    one_line_error 'closed'
fi
[ ! -e never ] || complain 'a refused start left a run directory behind'

# saved OPTION VALUE: the run in `forms` was made with it.
saved() {
    grep -Eq "^$1: \"?$2\"?$" forms/config.yaml ||
        complain "expected $1: $2, but: $(grep "^$1:" forms/config.yaml)"
}

# All forms of options; the last of repeated ones counts, and any beats the file.
printf 'lr: 0.5\nmomentum: 0.25\n' >file.yaml
once=("${tiny[@]}" --epochs 1 --quiet --out forms)
expect 0 "$reslab" train --lr=0.125 "${once[@]}" --config file.yaml --no-augment --shuffle false \
    --nesterov --batch_size 8 --batch-size=32
saved lr 0.125
saved momentum 0.25
saved augment false
saved shuffle false
saved nesterov true
saved batch-size 32
rm -r forms
expect 0 "$reslab" train "${once[@]}" --no-augment --augment --shuffle=off --nesterov=yes
saved augment true
saved shuffle false
saved nesterov true
for wrong in --no-augment=true --augment=maybe --no-lr --quiet=1 -q --seed= --epochs=1.5; do
    expect 2 "$reslab" train --out never "$wrong"
    name=${wrong%%=*}
    one_line_error "-${name##*-}"
done
expect 2 "$reslab" train --resume run --config file.yaml
one_line_error '\-\-config'
expect 2 "$reslab" predict run a.png --csv --json
one_line_error '\-\-csv'
expect 2 "$reslab" eval run --split validation
one_line_error "'validation'.*test or train"
expect 1 "$reslab" predict run -- --help
one_line_error '\-\-help'

# The help names bounds as people write them.
expect 0 "$reslab" train --help
says "$out" '18446744073709551615'
if grep -q 'e+' <<<"$out"; then
    complain "--help shows an exponent: $(grep 'e+' <<<"$out")"
fi
finish
