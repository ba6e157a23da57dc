#!/usr/bin/env bash
# The bench command: its tables, its JSON and what it refuses. How fast anything is, is not tested.
# shellcheck source=tests/cli/check.sh
. "$(dirname "$0")/check.sh"

small=(--width 8 --batch-size 8 --repeats 2 --threads 2)

# lines TEXT PATTERN COUNT: so many lines match.
lines() {
    local found
    found=$(grep -Ec -- "$2" <<<"$1")
    [ "$found" -eq "$3" ] || complain "$found lines match '$2', expected $3"
}

expect 0 "$reslab" bench "${small[@]}"
says "$out" '^model +resnet18, width 8, relu: 8,872,576 multiply-adds'
says "$out" '^machine .*, 2 threads, .* at most [0-9.]+ GFLOP/s'
says "$out" '^step +[0-9.]+ ms for 8 images \(median of 2\): [0-9.]+ images/s'
says "$out" '[0-9.]+ GFLOP/s direct-equivalent, [0-9.]+% of the peak'
says "$out" '^memory +[0-9.]+ MiB'
lines "$out" '^(layer[0-9.]+)?(conv|shortcut).* conv [13]x[13].* forward ' 20
lines "$out" '^(layer[0-9.]+)?(conv|shortcut).* weight gradient ' 20
lines "$out" '^(layer[0-9.]+)?(conv|shortcut).* data gradient ' 19
says "$out" '^linear +linear +gradients '
for part in forward 'norm forward' 'norm backward' 'weight gradient' 'data gradient' loss \
    optimizer rest; do
    says "$out" "^$part +[0-9.]+ +[0-9.]+%$"
done
[ ! -e runs ] || complain 'a bench left a run behind'

# Training is what is timed when nothing is said; the sum over the modules is in the last lines.
expect 0 "$reslab" bench train "${small[@]}" --model resnet18-ghost --activation gelu
lines "$out" '^layer[1-4]\.[01]\.conv[12] +[0-9.]+ +[0-9.]+ +1\.[0-9]+x( +[0-9.]+){5} +[0-9.]+x$' 16
says "$out" '^layer1.0.conv1 +0\.590 +0\.332 +1\.78x'
says "$out" '^these together +8\.552 +4\.553 +1\.88x'
says "$out" '^whole network +8\.873 +4\.873 +1\.82x +[0-9.]+ +[0-9.]+ +[0-9.]+x$'
expect 0 "$reslab" bench train "${small[@]}" --model resnet18-ghost --alone
lines "$out" '^whole network' 0

expect 0 "$reslab" bench infer "${small[@]}" --batch-size 1
says "$out" 'for 1 image \(median of 2\)'
lines "$out" 'backward|gradient|optimizer' 0

expect 0 "$reslab" bench kernels "${small[@]}" --model resnet18-ghost
says "$out" '^conv 3x3 +3 -> 8 +32 x 32 +1 .*- +-$'
says "$out" '^conv 3x3 +8 -> 4 +32 x 32 +4 +[0-9.]+ +[0-9.]+% +[0-9.]+ +[0-9.]+% +[0-9.]+ +[0-9.]+%$'
says "$out" '^depthwise 3x3 +4 -> 4 +32 x 32 +4 '
lines "$out" 'batch norm|linear' 0

for command in train infer kernels; do
    expect 0 "$reslab" bench "$command" "${small[@]}" --json
    says "$out" "^  \"command\": \"$command\""
    for key in model batch_size threads isa cpu version images_per_second ms_per_step \
        peak_memory_bytes peak_gflops parts layers; do
        lines "$out" "^  \"$key\":" 1
    done
    for key in name type pass ms gflops share_of_peak; do
        says "$out" "^      \"$key\":"
    done
    lines "$out" '^  "plain":' 0
done
expect 0 "$reslab" bench infer "${small[@]}" --model resnet18-ghost --json
for key in plain_macs ghost_macs plain_ms ghost_ms plain_norm_ms ghost_norm_ms ghost_cheap_ms; do
    lines "$out" "\"$key\":" 17
done
expect 0 env RESLAB_ISA=base "$reslab" bench infer "${small[@]}" --json
says "$out" '"isa": "base"'

expect 0 "$reslab" bench --help
says "$out" '^usage: reslab bench'
says "$out" 'direct-equivalent'
expect 2 "$reslab" bench trian
one_line_error "'trian'; expected train, infer or kernels.*'train'"
expect 2 "$reslab" bench train infer
one_line_error "'infer'"
expect 2 "$reslab" bench --repeats 0
one_line_error "'--repeats' is '0'; expected a whole number from 1 to 10000"
expect 2 "$reslab" bench --width 0
one_line_error '\-\-width: .*expected an integer from 1'
expect 2 "$reslab" bench --model resnet19
one_line_error 'resnet19.*resnet18'
expect 2 "$reslab" bench --data shapes
one_line_error "'--data'"
expect 2 "$reslab" bench --ghost-dw-size 2
one_line_error 'ghost-dw-size'
expect 2 env RESLAB_ISA=mmx "$reslab" bench "${small[@]}"
one_line_error "RESLAB_ISA.*'mmx'"
finish
