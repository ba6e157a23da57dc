#!/usr/bin/env bash
# What the program says of data that it does not take as they are: files that are not read, images
# that are fitted, parts by other names, limits that leave classes out. Each once, as warnings.
# shellcheck source=tests/cli/check.sh
. "$(dirname "$0")/check.sh"

mkdir -p photos/{train,val}/{cat,dog}
for class in cat dog; do
    for i in {10..17}; do image "photos/train/$class/$i.pgm" "$i"; done
    for i in {10..13}; do image "photos/val/$class/$i.pgm" "$i"; done
done
for i in {1..20}; do echo GIF89a >"photos/train/cat/$i.gif"; done
touch photos/train/dog/Thumbs.db

warnings() { # COUNT: and nothing else on stderr
    if [ "$(grep -c '^reslab: warning: ' stderr.txt)" -ne "$1" ] || [ "$(wc -l <stderr.txt)" -ne "$1" ]; then
        complain "expected $1 warnings, and nothing else: $err"
    fi
}

expect 0 "$reslab" data info photos
warnings 2
says "$err" "there is no test/, so val/ is taken as the test part"
says "$err" "20 files are not read: 20 .gif \(train/cat/1.gif\); images are files that end in .jpg"
says "$out" '^images +16 train, 8 test$'
says "$out" '^not read +20 .gif$'
expect 0 "$reslab" data info photos --json
says "$out" '"kind": ".gif"'
says "$out" '"count": 20'
says "$out" '"data .photos.: there is no test/'

small=(--width 2 --epochs 1 --batch-size 8 --threads 2)
image photos/train/cat/large.pgm 7 50
expect 0 "$reslab" train --data photos "${small[@]}" --limit-train 6 --limit-test 3 --out run
warnings 5
says "$err" "1 of 25 images made 32x32: 1 shrunk \(50x50\)"
says "$err" "--limit-train 6: the first 6 of 17 training images.* none of 1 of the 2 classes: dog"
says "$err" "--limit-test 3: .* none of 1 of the 2 classes: dog"
says "$(<run/environment.json)" '20 files are not read: 20 .gif'
expect 0 "$reslab" eval run --limit-test 3
warnings 4
expect 0 "$reslab" train --data photos "${small[@]}" --limit-train 6 --out quiet --quiet
silent
cat >study.yaml <<'END'
name: limited
settings: {data: photos, width: 2, epochs: 1, batch_size: 8, limit_train: 6}
seeds: [1, 2]
groups:
  activations:
    vary: {activation: [relu, gelu]}
END
expect 0 "$reslab" study run study.yaml --out study
warnings 4 # each once, for four runs
expect 0 "$reslab" study run study.yaml --out quiet-study --quiet
silent

# A file that is called like another kind of image is read by its content.
cp photos/train/cat/10.pgm photos/train/cat/10.png
expect 0 "$reslab" data info photos
says "$out" '^images +18 train, 8 test$'

mkdir photos/test
expect 1 "$reslab" data info photos
one_line_error "photos/test: no class folders here"
rm -r photos/val photos/test
expect 1 "$reslab" data info photos
one_line_error "no test part, found the folder train; expected train/<class>/ and test/<class>/"
mkdir wrapped
mv photos wrapped/photos
expect 1 "$reslab" data info wrapped
one_line_error "its folder 'photos' is of a known one; expected --data 'wrapped/photos'"
finish
