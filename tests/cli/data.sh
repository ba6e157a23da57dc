#!/usr/bin/env bash
# Image folders: what is in them, unreadable images with and without --skip-bad, contact sheets.
# shellcheck source=tests/cli/check.sh
. "$(dirname "$0")/check.sh"

mkdir -p photos/{train,test}/{cat,dog}
for class in cat dog; do
    for i in {10..29}; do image "photos/train/$class/$i.pgm" "$i"; done
    for i in {10..14}; do image "photos/test/$class/$i.PGM" "$i"; done
done
expect 0 "$reslab" data info --help
says "$out" 'names end in .jpg, .*\.pgm'
expect 0 "$reslab" data info photos
says "$out" 'images +40 train, 10 test'
[ -z "$err" ] || complain "nothing is skipped, and yet: $err"

for i in {10..20}; do : >"photos/train/cat/$i.pgm"; done
echo nonsense >photos/test/dog/12.PGM
for command in 'data info' train; do
    data=(--data photos)
    [ "$command" = train ] || data=(photos)
    # shellcheck disable=SC2086 # a command of two words
    expect 1 "$reslab" $command "${data[@]}"
    one_line_error 'photos/train/cat/10.pgm: an empty file.*and 11 more; --skip-bad'
done
lists_skipped() {
    says "$err" '^skipped 12 images:$'
    says "$err" '^  (.*/)?photos/train/cat/10.pgm: an empty file'
    says "$err" '^  (.*/)?photos/train/cat/19.pgm: an empty file'
    says "$err" '^  and 2 more$'
    [ "$(wc -l <<<"$err")" -eq 12 ] || complain "ten images are to be listed: $err"
}
expect 0 "$reslab" data info photos --skip-bad
says "$out" 'images +29 train, 9 test'
says "$out" ' cat +9 +5'
lists_skipped
expect 0 "$reslab" data info photos --skip-bad --json
says "$out" '"photos/test/dog/12.PGM: not an image'
small=(--width 2 --epochs 1 --batch-size 8 --threads 2)
expect 0 "$reslab" train --data photos --skip-bad "${small[@]}" --out run
lists_skipped
says "$(<run/environment.json)" '"skipped_images": 12'
says "$(<run/environment.json)" 'photos/test/dog/12.PGM: not an image'
expect 0 "$reslab" train --data photos --skip-bad "${small[@]}" --out quiet --quiet
silent
expect 0 "$reslab" eval run
says "$out" 'images +9 '
lists_skipped
cat >study.yaml <<'END'
name: skipping
settings: {data: photos, skip_bad: true, width: 2, epochs: 1, batch_size: 8}
seeds: [1, 2]
groups:
  activations:
    vary: {activation: [relu, gelu]}
END
expect 0 "$reslab" study run study.yaml --out study
lists_skipped
expect 0 "$reslab" study run study.yaml --out quiet-study --quiet
silent
for file in photos/test/dog/*; do : >"$file"; done
expect 1 "$reslab" data info photos --skip-bad
one_line_error "photos/test/dog/10.PGM: an empty file.*all 5 images of class 'dog'"

# Width and height of a PNG stand in its bytes 16 to 23.
size_of() {
    od -An -tu1 -j16 -N8 "$1" | awk '{ print $3 * 256 + $4 "x" $7 * 256 + $8 }'
}
expect 0 "$reslab" data sheet shapes -o sheet.png
says "$out" '^  1  disc$'
says "$out" '^written to sheet.png$'
[ "$(size_of sheet.png)" = 338x338 ] || complain "the sheet is $(size_of sheet.png)"
expect 0 "$reslab" data sheet shapes -o few.png --columns 4 --rows 2 --split test
says "$out" '8 more; --rows shows them'
[ "$(size_of few.png)" = 134x66 ] || complain "the sheet is $(size_of few.png)"
expect 0 "$reslab" data sheet shapes -o augmented.png --augmented
expect 0 "$reslab" data sheet shapes -o again.png --augmented
cmp -s augmented.png again.png || complain 'two augmented sheets of one seed differ'
expect 0 "$reslab" data sheet shapes -o plain.png --augmented --no-augment
cmp -s augmented.png plain.png && complain '--no-augment changes nothing'
expect 0 "$reslab" data sheet shapes -o seed.png --augmented --seed 2
cmp -s augmented.png seed.png && complain '--seed changes nothing'

expect 2 "$reslab" data sheet shapes
one_line_error '\-\-output'
expect 2 "$reslab" data sheet shapes -o sheet.jpg
one_line_error 'sheet.jpg.*\.png'
expect 2 "$reslab" data sheet shapes -o sheet.png --rows 0
one_line_error 'rows'
expect 2 "$reslab" data sheet shapes -o sheet.png --split valid
one_line_error 'train or test'
expect 2 "$reslab" data sheet shapes -o test.png --split test --augmented
one_line_error 'never augmented'
expect 1 "$reslab" data sheet nowhere -o new.png
one_line_error 'nowhere'
expect 1 "$reslab" data sheet shapes -o nowhere/new.png
one_line_error 'nowhere/new.png'
for file in new.png test.png sheet.jpg; do
    [ ! -e "$file" ] || complain "$file was written"
done
finish
