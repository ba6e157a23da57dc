#!/usr/bin/env bash
# usage: example.sh BUILD EXAMPLES COMPILER
set -euo pipefail
build=$1 examples=$2 compiler=$3
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
prefix=$scratch/prefix

cmake --install "$build" --prefix "$prefix" >/dev/null
for file in bin/reslab include/reslab.h; do
    [ -e "$prefix/$file" ] || { echo "not installed: $file" >&2; exit 1; }
done
"$prefix/bin/reslab" --version

cmake -S "$examples" -B "$scratch/cmake" -DCMAKE_C_COMPILER="$compiler" \
    -DCMAKE_PREFIX_PATH="$prefix" >/dev/null
cmake --build "$scratch/cmake" >/dev/null

PKG_CONFIG_PATH=$(dirname "$(find "$prefix" -name reslab.pc)")
export PKG_CONFIG_PATH
# shellcheck disable=SC2046 # flags are words
"$compiler" -std=c17 -Wall -Wextra -Werror "$examples/train_and_classify.c" \
    $(pkg-config --cflags --libs reslab) -o "$scratch/train_and_classify"

"$scratch/cmake/train_and_classify" "$scratch/run" | tee "$scratch/out.txt"
grep -q 'true class' "$scratch/out.txt"
LD_LIBRARY_PATH="$(dirname "$PKG_CONFIG_PATH")" "$scratch/train_and_classify" "$scratch/run2" >/dev/null

# The library's own names only: anything else could clash with a user's.
strays=$(nm -g --defined-only "$(find "$prefix" -name 'libreslab.*' -type f | head -1)" |
    awk 'NF == 3 && $3 !~ /^rl_/ { print $3 }')
[ -z "$strays" ] || { echo "external names that do not begin with rl_: $strays" >&2; exit 1; }
