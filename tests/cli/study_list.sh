#!/usr/bin/env bash
# reslab study list: the studies that are shipped, overrides, refusals, names that would steer a
# terminal, data by name.
# usage: study_list.sh RESLAB STUDIES
# shellcheck source=tests/cli/check.sh
. "$(dirname "$0")/check.sh"
studies=$2

# counts FILE RUNS: the study has that many runs, and 8 arms.
counts() {
    expect 0 "$reslab" study list "$studies/$1"
    says "$out" "^${1%.yaml}: $2 runs$"
    says "$out" "^ *$2  0*$2-leaky_relu-sgd-resnet18-w[0-9]+-s[0-9]+  *ghost  *width=[0-9]+, activation=leaky_relu, seed="
    says "$out" '^ *2  002-relu-sgd-resnet18-s1  *activations, optimizers  seed=1$'
}
counts demo.yaml 40
counts cifar10-quick.yaml 64
counts cifar10-resnet18.yaml 64
for study in "$studies"/*.yaml; do
    expect 0 "$reslab" study list "$study"
done
expect 0 "$reslab" study list "$studies/cifar10-resnet18.yaml"
says "$out" 'resnet18-w46-s8' # as many parameters as ResNet-Ghost

expect 0 "$reslab" study list "$studies/demo.yaml" --json --batch_size 64 --no-shuffle
[ "$(grep -c '"number"' <<<"$out")" -eq 40 ] || complain "not 40 runs: $out"
says "$out" '"differences": "optimizer=adam, seed=3"' # overrides are shared settings

expect 2 "$reslab" study list "$studies/demo.yaml" --activation relu
one_line_error "--activation: .*group 'activations' of .*demo.yaml varies"
expect 2 "$reslab" study list "$studies/demo.yaml" --lr x
one_line_error "--lr: 'x' is out of range"
expect 2 "$reslab" study list "$studies/demo.yaml" --seed 1
one_line_error "unknown option '--seed'"
expect 2 "$reslab" study list
one_line_error 'FILE'
expect 1 "$reslab" study list missing.yaml
one_line_error 'missing.yaml'
expect 2 "$reslab" study lst
one_line_error 'study list'

printf 'name: n\nseeds: [1]\ngruops: {}\n' >typo.yaml
expect 1 "$reslab" study list typo.yaml
one_line_error "typo.yaml:3: unknown key 'gruops' .*expected name, settings, seeds, groups, .* .*'groups'"

printf 'name: "\\e[31m<script>"\nseeds: [1]\ngroups: {"a\\nb": {vary: {lr: [1, 2]}}}\n' >hostile.yaml
expect 0 "$reslab" study list hostile.yaml
says "$out" '^\?\[31m<script>: 2 runs$'
says "$out" '^ *1  001-1-s1  *a\?b  *lr=1, seed=1$'

expect 1 env -u RESLAB_DATA -u XDG_CACHE_HOME HOME="$scratch/home" "$reslab" data info cifar10
one_line_error "'cifar10': not found in $scratch/home/.cache/reslab"
# A plan is refused before steps are timed.
printf 'name: n\nseeds: [1]\ngroups: {a: {vary: {lr: [0.1, 0.2]}}}\n' >bare.yaml
expect 2 "$reslab" study plan bare.yaml --data shapes --deviation 1
one_line_error 'bare.yaml: has no claims to plan seeds for'
[ -z "$out" ] || complain "said before it refused: $out"
expect 2 "$reslab" study plan bare.yaml --data shapes --difference 1
one_line_error "'--difference' needs '--deviation' or '--pilot'"
finish
