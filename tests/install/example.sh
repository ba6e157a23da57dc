#!/usr/bin/env bash
# What a user of the library meets: installs, builds the example through the CMake package and through
# pkg-config, runs both, and checks which names the library brings along.
# usage: example.sh BUILD EXAMPLES COMPILER
set -euo pipefail
build=$1 examples=$2 compiler=$3
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
prefix=$scratch/prefix

complain() {
    echo "$*" >&2
    exit 1
}

cmake --install "$build" --prefix "$prefix" >/dev/null
for file in bin/reslab include/reslab.h; do
    [ -e "$prefix/$file" ] || complain "not installed: $file"
done
"$prefix/bin/reslab" --version

cmake -S "$examples" -B "$scratch/cmake" -DCMAKE_C_COMPILER="$compiler" \
    -DCMAKE_PREFIX_PATH="$prefix" >/dev/null
cmake --build "$scratch/cmake" >/dev/null
"$scratch/cmake/train_and_classify" "$scratch/run" | tee "$scratch/out.txt"
grep -q 'hourglass' "$scratch/out.txt" || complain 'the example classified nothing'

PKG_CONFIG_PATH=$(dirname "$(find "$prefix" -name reslab.pc)")
export PKG_CONFIG_PATH
# shellcheck disable=SC2046 # flags are words
"$compiler" -std=c17 -Wall -Wextra -Wpedantic -Werror "$examples/train_and_classify.c" \
    $(pkg-config --cflags --libs reslab) -o "$scratch/train_and_classify"
LD_LIBRARY_PATH=$(dirname "$PKG_CONFIG_PATH")
export LD_LIBRARY_PATH

# Training again into the same folder is refused, and the example says so.
if "$scratch/train_and_classify" "$scratch/run" 2>"$scratch/error.txt"; then
    complain 'the example trained into a folder that was there already'
fi
grep -q "$scratch/run: already there" "$scratch/error.txt" || complain "unclear: $(<"$scratch/error.txt")"

# External names: all begin with rl_, or they could clash with a user's; and everything that the
# header declares is there.
library=$(find "$prefix" -name 'libreslab.*' -type f)
nm -g --defined-only "$library" | awk 'NF == 3 { print $3 }' | sort -u >"$scratch/names.txt"
strays=$(grep -v '^rl_' "$scratch/names.txt" || true)
[ -z "$strays" ] || complain "external names that do not begin with rl_: $strays"
declared=$(grep -hv '^#' "$prefix"/include/reslab*.h | tr '\n' ' ' | grep -o 'RL_API [^;{(]*(' |
    sed 's/($//; s/.*[ *]//' | sort -u)
[ "$(wc -w <<<"$declared")" -gt 30 ] || complain 'found too few declarations in the headers'
for name in $declared; do
    grep -qx "$name" "$scratch/names.txt" || complain "declared but not in the library: $name"
done
if [[ $library != *.a ]]; then # a shared library shows nothing else
    extra=$(grep -vxF "$declared" "$scratch/names.txt" || true)
    [ -z "$extra" ] || complain "exported but not declared in a header: $extra"
fi
