#!/usr/bin/env bash
# Checks formatting, C sources (clang-tidy with .clang-tidy) and shell scripts; changes nothing.
# clang-tidy reads the compile commands of a build folder configured for clang, since those of gcc
# name options and headers it does not know.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1
failed=0
jobs=$(nproc 2>/dev/null || echo 2)

echo "== clang-format"
git ls-files -z '*.c' '*.h' | xargs -0 clang-format-14 --dry-run -Werror || failed=1

echo "== shellcheck"
{ git ls-files -z '*.sh'; printf '.ci/run\0'; } | xargs -0 shellcheck || failed=1

echo "== clang-tidy"
cmake -S . -B build-clang -DCMAKE_C_COMPILER=clang-14 >/dev/null || exit 1
# A file per process; the output of a clean file is empty.
git ls-files -z 'src/*.c' 'cli/*.c' |
    xargs -0 -n 1 -P "$jobs" clang-tidy-14 --quiet -p build-clang 2> >(
        grep -vE '^[0-9]+ warnings? generated\.$|^Suppressed |^Use -header-filter' >&2) || failed=1

if [ "$failed" -ne 0 ]; then
    echo "lint: findings above" >&2
    exit 1
fi
echo "lint: clean"
