#!/usr/bin/env bash
# reslab data get, as a person uses it, from mirrors on loopback and on disk. The sets' real sizes and
# SHA-256 count: a mirror can have files of the right size and wrong bytes and, where Debian's
# dataset-fashion-mnist is installed, the real ones. How each kind of bad mirror is refused is the
# subject of tests/data/test_fetch_refused.c.
# shellcheck source=tests/cli/check.sh
. "$(dirname "$0")/check.sh"
mirror_program=$2
export RESLAB_DATA=$scratch/data HOME=$scratch no_proxy=127.0.0.1
unset XDG_CACHE_HOME http_proxy https_proxy all_proxy

# Nothing to download is named by a wrong command line, and nothing is made.
expect 0 "${reslab:?}" data get --list
for name in cifar10 cifar100 fashion-mnist mnist; do
    says "${out:?}" "^$name +[0-9.]+ MiB  https://"
done
expect 2 "$reslab" data get
one_line_error 'needs the name of a data set: cifar10, cifar100, fashion-mnist or mnist'
expect 2 "$reslab" data get mnits
one_line_error "'mnits'.*did you mean 'mnist'\?"
expect 2 "$reslab" data get mnist fashion-mnist
one_line_error "unexpected argument 'fashion-mnist'"
expect 2 "$reslab" data get mnist --url mirror
one_line_error "'mirror'.*https://, http:// or file://"
expect 2 "$reslab" data got mnist
one_line_error "'data got'.*data info.* data get"
expect 0 "$reslab" data get --help
says "$out" '^usage: reslab data get NAME'
expect 1 "$reslab" data get mnist --url "file://$scratch/nowhere/"
one_line_error "nowhere/train-images-idx3-ubyte.gz: cannot download"
[ ! -e "$RESLAB_DATA" ] || [ -z "$(ls -A "$RESLAB_DATA")" ] || complain 'a refused download left files'

if ! command -v python3 >/dev/null; then
    echo 'skipped from here on: python3 is not installed'
    finish
    exit
fi

# MNIST's files by size, but not by content.
mkdir mirror
head -c 9912422 /dev/zero >mirror/train-images-idx3-ubyte.gz
mkfifo input
python3 "$mirror_program" mirror <input >ports &
server=$!
exec 9>input
trap 'kill "$server"; rm -rf "$scratch"' EXIT
until [ -s ports ]; do
    kill -0 "$server" || exit 1
    sleep 0.1
done
read -r port _ <ports
url=http://127.0.0.1:$port

expect 1 "$reslab" data get mnist --url "$url/good"
one_line_error "$url/good/train-images-idx3-ubyte.gz: came with SHA-256 [0-9a-f]{64}, expected 440fcabf"
[ -z "$(ls -A "$RESLAB_DATA")" ] || complain "a refused download left $(ls -AR "$RESLAB_DATA")"
says "$out" '^file 1/4  train-images-idx3-ubyte.gz  9.45 MiB$'
if grep -q $'[\r\033]' <<<"$out"; then
    complain 'control characters in plain output'
fi
expect 1 "$reslab" data get mnist --url "$url/to-http/"
one_line_error "redirects to 'http://127.0.0.1:$port/good/.*only https is followed"

# A break keeps what came, and a signal does; the same command goes on from there.
part=$RESLAB_DATA/mnist.part/train-images-idx3-ubyte.gz.part
expect 1 "$reslab" data get mnist --url "$url/short" --quiet
one_line_error 'broke off after 4956211 of 9912422 bytes, which are kept'
[ -z "$out" ] || complain "--quiet printed $out"
[ "$(stat -c %s "$part")" -eq 4956211 ] || complain 'what came before the break is not there'
rm "$part"
env --default-signal=INT "$reslab" data get mnist --url "$url/slow" >slow.out 2>stderr.txt &
pid=$!
wait_for test -s "$part"
expect 1 "$reslab" data get mnist --url "$url/good"
one_line_error 'data/mnist: in use by another process'
kill -s INT "$pid"
code=0
wait "$pid" || code=$?
[ "$code" -eq 130 ] || complain "after SIGINT it exited with $code"
[ -s "$part" ] || complain 'SIGINT took away what had come'
kept=$(stat -c %s "$part")
rm mirror/requests
expect 1 "$reslab" data get mnist --url "$url/good"
says "$(<mirror/requests)" "^good train-images-idx3-ubyte.gz bytes=$kept-$"
one_line_error 'came with SHA-256'
[ -z "$(ls -A "$RESLAB_DATA")" ] || complain "a refused download left $(ls -AR "$RESLAB_DATA")"

# What SIGINT says is a command that works.
env --default-signal=INT "$reslab" data get mnist --url "$url/slow" --out 'my data' >slow.out 2>stderr.txt &
pid=$!
wait_for test -s 'my data/mnist.part/train-images-idx3-ubyte.gz.part'
kill -s INT "$pid"
wait "$pid"
err=$(<stderr.txt)
one_line_error "stopped.*go on with: reslab data get mnist --url '$url/slow' --out 'my data'$"
rm -r 'my data'

# On a terminal: one live line, redrawn, never as wide as the terminal.
for columns in 60 120; do
    TERM=xterm script -qec "stty cols $columns rows 24; $(printf '%q ' "$reslab" data get mnist --url "$url/slow")" \
        log.txt >/dev/null 2>&1 </dev/null
    grep -aqE $'\r''file 1/4  \[#+\.+\] +[0-9]+%  [0-9.]+ [KM]iB of 9.45 MiB  .*'$'\033''\[K' log.txt ||
        complain "no live line on $columns columns"
    longest=$(tr '\r' '\n' <log.txt | sed 's/\x1b\[K//g' | grep -aE '^file 1/4  \[' |
        awk '{ if (length > m) m = length } END { print m + 0 }')
    if [ "$longest" -eq 0 ] || [ "$longest" -ge "$columns" ]; then
        complain "a live line of $longest characters on $columns columns"
    fi
done
grep -aqE 'MiB/s  [0-9]+:[0-9]{2} left  train-images-idx3-ubyte.gz' log.txt ||
    complain 'a wide live line lacks speed, time or name'

# The real table, with real files. Debian's are the publisher's but for the headers, which gzip -n
# wrote without name and time; with these put back they are the publisher's, byte for byte.
originals=/usr/share/datasets/fashion-mnist
if [ ! -d "$originals" ]; then
    echo 'skipped: Fashion-MNIST itself, as dataset-fashion-mnist is not installed'
    finish
    exit
fi
# restore NAME HEX: the header's time of modification, little-endian, is HEX.
restore() {
    {
        printf '\x1f\x8b\x08\x08'
        printf '%b' "$2"
        printf '\x00\x03%s\x00' "$1"
        tail -c +11 "$originals/$1.gz"
    } >"mirror/$1.gz"
}
restore train-images-idx3-ubyte '\xde\xe9\xa7\x59'
restore train-labels-idx1-ubyte '\xde\xe9\xa7\x59'
restore t10k-images-idx3-ubyte '\xf3\xe9\xa7\x59'
restore t10k-labels-idx1-ubyte '\xf3\xe9\xa7\x59'
expect 0 "$reslab" data get fashion-mnist --url "$url/good"
says "$out" "^verified, and whole: $RESLAB_DATA/fashion-mnist$"
says "$out" '^use it with: reslab train --data fashion-mnist$'
[ "$(ls -A "$RESLAB_DATA")" = fashion-mnist ] || complain "more than the set is there"
cmp "$RESLAB_DATA/fashion-mnist/t10k-labels-idx1-ubyte.gz" mirror/t10k-labels-idx1-ubyte.gz ||
    complain 'what was put in place is not what the mirror has'
rm mirror/requests
expect 0 "$reslab" data get fashion-mnist --url "$url/good"
says "$out" "^already there, and whole: $RESLAB_DATA/fashion-mnist$"
[ ! -e mirror/requests ] || complain 'a set that is there was asked for again'
expect 0 "$reslab" data get fashion-mnist --url "$url/good" --out quietly --quiet
silent
expect 0 "$reslab" data get fashion-mnist --url "file://$scratch/mirror/" --out elsewhere
says "$out" '^use it with: reslab train --data elsewhere/fashion-mnist$'
finish
