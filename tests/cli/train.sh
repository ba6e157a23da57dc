#!/usr/bin/env bash
# Training from the shell: a run, a signal, a resume; and what is on disk afterwards.
# shellcheck source=tests/cli/check.sh
. "$(dirname "$0")/check.sh"

expect 0 "$reslab" train "${tiny[@]}" --out whole
says "$out" 'epoch 2/2'
says "$out" 'written to whole'
for file in config.yaml environment.json metrics.csv steps.csv checkpoint.safetensors \
    model.safetensors summary.json; do
    [ -s "whole/$file" ] || complain "the run has no $file"
done
[ "$(wc -l <whole/metrics.csv)" -eq 3 ] || complain 'metrics.csv has not a row an epoch'
[ "$(wc -l <whole/steps.csv)" -eq 9 ] || complain 'steps.csv has not a row a step'
says "$(head -1 whole/metrics.csv)" \
    '^epoch,step,lr,train_loss,.*,images_per_second,train_cross_entropy$'
says "$(head -1 whole/steps.csv)" '^step,loss,accuracy,lr,cross_entropy$'
says "$(<whole/summary.json)" '"objective": "cross-entropy",'
says "$(<whole/summary.json)" '"outcome": "completed"'
says "$(<whole/environment.json)" '"fingerprint"'
expect 1 "$reslab" train "${tiny[@]}" --out whole
one_line_error 'whole: already there'

# The configuration of a run makes the same run again; the command line overrides it.
expect 0 "$reslab" train --out again --config whole/config.yaml --quiet
[ -z "$out" ] || complain "--quiet printed: $out"
cmp whole/checkpoint.safetensors again/checkpoint.safetensors ||
    complain 'the same configuration gave another result'
expect 0 "$reslab" train --config whole/config.yaml --out other --seed 6 --quiet
if cmp -s whole/model.safetensors other/model.safetensors; then
    complain 'another seed gave the same result'
fi

# Interrupted in the middle of a longer run, then resumed: the same bits as undisturbed.
long=("${tiny[@]}" --epochs 40 --quiet)
expect 0 "$reslab" train "${long[@]}" --out undisturbed
for signal in INT TERM; do
    dir=interrupted-$signal
    # A job of a non-interactive shell ignores SIGINT unless it says otherwise.
    env --default-signal=INT "$reslab" train "${long[@]}" --out "$dir" 2>stderr.txt &
    pid=$!
    wait_for has_steps "$dir"
    kill -s "$signal" "$pid"
    code=0
    wait "$pid" || code=$?
    wanted=$((128 + $(kill -l "$signal")))
    [ "$code" -eq "$wanted" ] || complain "after SIG$signal the exit code is $code, not $wanted"
    says "$(<stderr.txt)" "reslab train --resume"
    says "$(<"$dir/summary.json")" '"outcome": "stopped"'
    expect 2 "$reslab" train --resume "$dir" --lr 1
    one_line_error '\-\-lr'
    expect 0 "$reslab" train --resume "$dir" --threads 1
    cmp undisturbed/checkpoint.safetensors "$dir/checkpoint.safetensors" ||
        complain "the run resumed after SIG$signal ended otherwise"
    cmp undisturbed/steps.csv "$dir/steps.csv" || complain 'steps.csv differs after resuming'
done

# A diverging run: its own exit code, the step named, a record kept.
expect 3 "$reslab" train "${tiny[@]}" --out diverged --activation gelu --optimizer sgd --lr 1000 \
    --weight-decay 1000 --epochs 50
says "$err" 'not finite at step'
says "$(<diverged/summary.json)" '"outcome": "diverged"'

# Divergence that only the test images show: the epoch is told of and recorded, nothing is kept of
# it, and nobody takes its figures for a result.
expect 3 "$reslab" train "${tiny[@]}" --out tested --optimizer sgd --lr 1000
says "$err" 'the test loss is not finite after epoch 1: the last checkpoint was kept'
says "$out" 'epoch 1/2 .* test loss nan'
says "$(tail -1 tested/metrics.csv)" '^1,[0-9]+,1000,[^,]+,[^,]+,nan,'
says "$(<tested/summary.json)" '"outcome": "diverged"'
says "$(<tested/summary.json)" '"test_loss": null'
[ ! -e tested/model.safetensors ] || complain 'a diverged epoch left a model'
expect 3 "$reslab" train --resume tested --quiet
one_line_error 'the test loss is not finite after epoch 1'
expect 0 "$reslab" compare whole tested
says "$out" '^tested +diverged +1 .* nan '
says "$out" 'optimizer [a-z]+, lr [0-9.]+ against optimizer sgd, lr 1000: no seed in common|1 seed: no verdict'
expect 0 "$reslab" plot whole tested --output both.svg
says "$(<both.svg)" 'diverged: tested'

# Different losses are named where they are shown, and the plain cross-entropy stands beside them.
expect 0 "$reslab" train "${tiny[@]}" --out smooth --label-smoothing 0.1 --quiet
expect 0 "$reslab" compare whole smooth
says "$out" 'train loss is what each run lowers, and these lower different losses'
expect 0 "$reslab" compare whole smooth --json
says "$out" '"objective": "cross-entropy, label smoothing 0.1"'
says "$out" '"train_cross_entropy": [0-9]'
expect 0 "$reslab" plot whole smooth --curve train-loss --output loss.svg
says "$(<loss.svg)" 'different objectives: not to be compared'
expect 0 "$reslab" plot smooth --curve train-loss --output one.svg
says "$(<one.svg)" 'Loss: cross-entropy, label smoothing 0.1'
expect 0 "$reslab" plot whole smooth --curve train-cross-entropy --output plain.svg
says "$(<plain.svg)" 'Training cross-entropy without label smoothing'
finish
