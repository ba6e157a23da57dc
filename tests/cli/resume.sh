#!/usr/bin/env bash
# Going on with a run: from another folder, with data that have moved, and not with what was edited,
# damaged or is of another data set; and what cannot work is refused before data are read.
# shellcheck source=tests/cli/check.sh
. "$(dirname "$0")/check.sh"

# images FOLDER: two classes of noise.
images() {
    local split class
    for split in train test; do
        for class in a b; do
            mkdir -p "$1/$split/$class"
            for number in 1 2 3 4 5 6; do
                (printf 'P6\n32 32\n255\n' && head -c 3072 /dev/urandom) \
                    >"$1/$split/$class/$number.ppm"
            done
        done
    done
}
images here
small=(--width 4 --batch-size 4 --epochs 2 --threads 1)
expect 0 "$reslab" train --data here "${small[@]}" --out run --quiet
says "$(<run/config.yaml)" "data: \"$scratch/here\""
says "$(<run/environment.json)" "\"path\": \"$scratch/here\""
rm run/model.safetensors
mkdir below
(cd below && "$reslab" train --resume ../run --quiet) || complain 'not resumed from another folder'
[ -s run/model.safetensors ] || complain 'the model was not made again'

# The data move: --data says where they are, and the fingerprint that they are the same.
mv here there
expect 1 "$reslab" train --resume run --quiet
one_line_error "data '$scratch/here': no such folder"
cp run/config.yaml kept.yaml
cp -r there copy
mv there here
expect 0 "$reslab" train --resume run --quiet --data copy
cmp -s run/config.yaml kept.yaml || complain 'a copy of the data became their place'
mv here there
expect 0 "$reslab" train --resume run --quiet --data there
says "$(<run/config.yaml)" "data: \"$scratch/there\""
expect 0 "$reslab" eval run
expect 0 "$reslab" train --resume run --quiet
images others
expect 1 "$reslab" train --resume run --quiet --data others
one_line_error 'the run was made on other data'
expect 2 "$reslab" train --resume run --lr 3
one_line_error '\-\-lr'

# More epochs for a run that is done, as if it had had them from the start; not fewer.
expect 2 "$reslab" train --resume run --epochs 1
one_line_error '\-\-epochs: 1 is less than the 2 epochs of run'
cp -r run longer
expect 0 "$reslab" train --resume longer --epochs 3 --quiet --data there
says "$(<longer/config.yaml)" 'epochs: 3'
expect 0 "$reslab" train --data there "${small[@]}" --epochs 3 --out whole --quiet
for file in model.safetensors checkpoint.safetensors steps.csv correct.safetensors; do
    cmp -s "whole/$file" "longer/$file" || complain "$file of the run with more epochs is another"
done

# Edited, or damaged: refused, whatever the data.
sed -i.bak 's/^lr: .*/lr: 0.5/' run/config.yaml
expect 1 "$reslab" train --resume run --data nowhere
one_line_error "run/config.yaml: option 'lr' is '0.5', but the run was begun with '0.01'"
mv run/config.yaml.bak run/config.yaml
cp run/steps.csv kept.csv
sed -i 3d run/steps.csv
expect 1 "$reslab" train --resume run --data nowhere
one_line_error 'run/steps.csv:3: is not row 2 as it was written; nothing was changed: restore'
cp kept.csv run/steps.csv
printf 'x' | dd of=run/checkpoint.safetensors bs=1 seek=150000 conv=notrunc 2>/dev/null
expect 1 "$reslab" train --resume run --data nowhere
one_line_error 'run/checkpoint.safetensors: does not fit its checksum'
cp run/model.safetensors hurt.safetensors
printf 'x' | dd of=hurt.safetensors bs=1 seek=150001 conv=notrunc 2>/dev/null
expect 1 "$reslab" export hurt.safetensors -o hurt.onnx
one_line_error 'hurt.safetensors: does not fit its checksum'
[ ! -e hurt.onnx ] || complain 'damaged weights were exported'

# Before the data are looked for: a file of six gigabytes that is none.
truncate -s 6G huge.safetensors
expect 1 "$reslab" eval huge.safetensors --data nowhere
one_line_error 'huge.safetensors: not a safetensors file'
expect 1 "$reslab" train --data nowhere --init huge.safetensors
one_line_error 'huge.safetensors: not a safetensors file'

# Places that cannot work are refused before the data are looked for.
for place in /proc/x /dev/null/x; do
    expect 1 "$reslab" train --data nowhere --out "$place"
    one_line_error "$place: cannot write"
done
cat >study.yaml <<'END'
name: moved
settings: {data: there, width: 4, batch-size: 4, epochs: 1, threads: 1}
seeds: [1]
groups:
  activations:
    vary: {activation: [relu, gelu]}
END
expect 1 "$reslab" study run study.yaml --data nowhere --out /proc/x
one_line_error '/proc/x: cannot write'

# A study whose data have moved goes on; on other data it does not.
expect 0 "$reslab" study run study.yaml --out study --index 1 --quiet
mv there elsewhere
expect 1 "$reslab" study run study.yaml --out study --quiet --data others
one_line_error 'run 001-relu-s1 of this study was made on other data'
says "$(<study/study.yaml)" "data: \"$scratch/there\""
expect 0 "$reslab" study run study.yaml --out study --quiet --data elsewhere
[ -s study/runs/002-gelu-s1/model.safetensors ] || complain 'the study did not go on'
says "$(<study/study.yaml)" "data: \"$scratch/elsewhere\""
# Nor when nothing is left to do.
for data in others nowhere; do
    expect 1 "$reslab" study run study.yaml --out study --quiet --data "$data"
    says "$(<study/study.yaml)" "data: \"$scratch/elsewhere\""
done
finish
