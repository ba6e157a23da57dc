#!/usr/bin/env bash
# Recipes and mirror averaging at the command line: which source wins, and that eval repeats a run's
# own figures.
# shellcheck source=tests/cli/check.sh
. "$(dirname "$0")/check.sh"

# has FILE LINE...: the YAML file has each of these lines.
has() {
    local file=$1
    shift
    for line in "$@"; do
        grep -Fxq -- "$line" "$file" || complain "$file has no '$line'"
    done
}

expect 0 "$reslab" train --help
says "$out" '^Recipes:'
says "$out" '^  strong .*For accuracy'
says "$(tr -s ' \n' ' ' <<<"$out")" 'schedule cosine, warmup-epochs 0.5, weight-decay 0.0005'
expect 0 "$reslab" bench --help
if grep -q Recipes: <<<"$out"; then
    complain 'bench takes no recipe, but its help lists them'
fi
expect 2 "$reslab" train --recipe strnog
one_line_error "--recipe: unknown value 'strnog', expected none, reference or strong .*'strong'"

# The recipe comes before the other options, wherever it stands.
expect 0 "$reslab" train --lr 0.02 "${tiny[@]}" --recipe strong --out run --quiet
has run/config.yaml 'recipe: strong' 'lr: 0.02' 'batch-size: 16' 'nesterov: true' 'ema: 0.999' \
    'weight-decay-on: weights' 'mirror-test: true'
# The file's settings, then the command line's recipe, then the command line's options.
expect 0 "$reslab" train --config run/config.yaml --momentum 0.5 --recipe reference --batch-size 16 \
    --out other --quiet
has other/config.yaml 'recipe: reference' 'lr: 0.01' 'momentum: 0.5' 'nesterov: false' 'ema: 0' \
    'width: 4' 'seed: 5' 'mirror-test: false'
# Read back, it is the same run.
expect 0 "$reslab" train --config run/config.yaml --out again --quiet
cmp run/checkpoint.safetensors again/checkpoint.safetensors ||
    complain 'config.yaml of a recipe gave another result'

# eval tests as the run did, unless it is told otherwise.
expect 0 "$reslab" eval run --limit-test 40 --json
says "$out" '"mirror_test": true'
mirrored=$(grep '"loss"' <<<"$out" | tr -dc '0-9.' | cut -c1-6)
recorded=$(tail -1 run/metrics.csv | cut -d, -f6)
[ "$mirrored" = "${recorded:0:6}" ] || complain "eval says $mirrored, the run $recorded"
expect 0 "$reslab" eval run --limit-test 40 --no-mirror-test --json
says "$out" '"mirror_test": false'
[ "$(grep '"loss"' <<<"$out" | tr -dc '0-9.' | cut -c1-6)" != "$mirrored" ] ||
    complain 'the loss is the same without mirror images'
expect 0 "$reslab" eval run/model.safetensors --data shapes --seed 5 --limit-test 40 --mirror-test
says "$out" 'averaged with their mirror images'
expect 0 "$reslab" eval other --limit-test 40
if grep -q mirror <<<"$out"; then
    complain 'eval averaged with mirror images where the run did not'
fi

# An image and its mirror image (32x32 pixels, a red bar on the left or on the right) are told apart,
# unless each is averaged with the other.
base64 -d >left.png <<'END'
iVBORw0KGgoAAAANSUhEUgAAACAAAAAgCAIAAAD8GO2jAAAAKUlEQVR42u3NsQ0AAAjDsP7/NDzQkQXJUXZnkvpZAAAAAAAAAAAA4AuwM+H/ARRgnJYAAAAASUVORK5CYII=
END
base64 -d >right.png <<'END'
iVBORw0KGgoAAAANSUhEUgAAACAAAAAgCAIAAAD8GO2jAAAAKUlEQVR42u3NsQ0AAAjDsP7/NFzQjQXJUXYnR005AAAAAAAAAAAA4Auwd6n/AW8Y8QQAAAAASUVORK5CYII=
END
for flags in '' --mirror-test; do
    # shellcheck disable=SC2086 # no flag, or one
    expect 0 "$reslab" predict run left.png right.png --csv --logits $flags
    left=$(sed -n 's/^left.png,//p' <<<"$out")
    right=$(sed -n 's/^right.png,//p' <<<"$out")
    [ -n "$left" ] || complain "predict printed: $out"
    same=no
    [ "$left" != "$right" ] || same=yes
    [ "$same" = "$([ -n "$flags" ] && echo yes || echo no)" ] ||
        complain "with '$flags', the logits of mirror images are the same: $same"
done
finish
