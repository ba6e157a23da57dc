#!/usr/bin/env bash
# Commands, options, errors and exit codes; nothing here trains.
# shellcheck source=tests/cli/check.sh
. "$(dirname "$0")/check.sh"

expect 0 "$reslab" --version
says "$out" '^reslab [0-9]+\.[0-9]+\.[0-9]+$'
expect 0 "$reslab" --help
for command in train eval predict summary bench data; do
    says "$out" "$command"
done
for command in train eval predict summary bench 'data info'; do
    # shellcheck disable=SC2086 # "data info" is two words
    expect 0 "$reslab" $command --help
    says "$out" '^usage: reslab'
done
expect 0 "$reslab" train --help
says "$out" 'leaky_relu'
says "$out" '--\[no-\]augment.*'
says "$out" 'default 0.01'

expect 2 "$reslab"
one_line_error 'command'
expect 2 "$reslab" trian
one_line_error "'trian'.*train"
expect 2 "$reslab" train --lrr 0.1
one_line_error "'--lrr'.*'--lr'"
expect 2 "$reslab" train --lr
one_line_error 'lr'
expect 2 "$reslab" train --lr -1
one_line_error '\-\-lr: .*expected a number from 0 to 1000'
expect 2 "$reslab" train --activation rleu
one_line_error "rleu.*sigmoid, relu, leaky_relu or gelu.*relu"
expect 2 "$reslab" train --batch-size 0
one_line_error 'batch-size'
expect 2 "$reslab" train --ghost-dw-size 2
one_line_error 'ghost-dw-size'
expect 2 "$reslab" train stray
one_line_error 'stray'
expect 2 "$reslab" summary
one_line_error 'MODEL'
expect 2 "$reslab" summary resnet19
one_line_error 'resnet19.*resnet18'

expect 0 "$reslab" summary resnet18 --json
says "$out" '"parameters": 11173962'
says "$out" '"macs": 555422720'
says "$out" '"layers": \['
expect 0 "$reslab" summary resnet18-ghost --json
says "$out" '"parameters": 5706186'
expect 0 "$reslab" summary resnet18-ghost --no-ghost-outer-bn
says "$out" '5,698,506'

# Data that is not there, or not what it should be: named within one line, nothing made.
expect 1 "$reslab" train --data nowhere --out run
one_line_error 'nowhere.*expected'
mkdir empty
expect 1 "$reslab" data info empty
one_line_error 'empty.*expected'
mkdir -p cifar
for i in 1 2 3 4 5; do
    head -c 6146 /dev/zero >"cifar/data_batch_$i.bin"
done
head -c 3073 /dev/zero >cifar/test_batch.bin
expect 0 "$reslab" data info cifar
says "$out" 'cifar10'
head -c 3072 /dev/zero >cifar/data_batch_2.bin
expect 1 "$reslab" data info cifar
one_line_error 'data_batch_2.bin.*3073'
expect 0 "$reslab" data info shapes --json
says "$out" '"fingerprint": "[0-9a-f]{64}"'

expect 1 "$reslab" train --config nowhere.yaml
one_line_error 'nowhere.yaml'
printf 'lr: 0.1\nepoch: 3\n' >bad.yaml
expect 1 "$reslab" train --config bad.yaml --out run
one_line_error "bad.yaml:2: unknown option 'epoch'.*epochs"
mkdir there
echo text >there/notes.txt
expect 1 "$reslab" train --out there
one_line_error 'there: already there'
echo text >file
expect 1 "$reslab" train --out file/run
one_line_error 'file'
expect 1 "$reslab" train --init file --out run
one_line_error 'file.*safetensors'
expect 1 "$reslab" eval file --data shapes
one_line_error 'file.*safetensors'
expect 1 "$reslab" train --resume there
one_line_error 'config.yaml'
[ ! -e run ] || complain 'a failed start left a run directory behind'
expect 2 env RESLAB_ISA=mmx "$reslab" train "${tiny[@]}" --out run
one_line_error "RESLAB_ISA.*'mmx'"

# A full disk is no silent success.
if [ -w /dev/full ]; then
    code=0
    "$reslab" summary resnet18 >/dev/full 2>stderr.txt || code=$?
    [ "$code" -eq 1 ] || complain "writing to a full disk exited with $code"
fi
finish
