#!/usr/bin/env bash
# The house is built as CONTRIBUTING.md draws it: a file of src/<layer> includes headers of its own
# layer and of those it may use, cli/ only the public header and the text helpers; files stay short.
set -euo pipefail
cd "$(dirname "$0")/.."
declare -A may=(
    [base]='base' [kernels]='kernels' [data]='data base' [format]='format base'
    [nn]='nn kernels base' [run]='run format nn data base')
status=0
complain() { echo "$*" >&2; status=1; }

for layer in "${!may[@]}"; do
    while IFS=: read -r file line; do
        header=$(sed 's/.*"\(.*\)".*/\1/' <<<"$line")
        case $header in
            reslab.h | options.def) continue ;;
            */*) ;;
            *) continue ;;
        esac
        grep -qw -- "${header%%/*}" <<<"${may[$layer]}" ||
            complain "$file: a file of $layer includes $header; allowed: ${may[$layer]}"
    done < <(grep -rH '^#include "' "src/$layer")
done
while IFS=: read -r file line; do
    header=$(sed 's/.*"\(.*\)".*/\1/' <<<"$line")
    case $header in
        reslab.h | base/text.h) ;;
        */*) complain "$file: cli/ includes $header; allowed: reslab.h, base/text.h" ;;
    esac
done < <(grep -rH '^#include "' cli)

while read -r lines file; do
    [ "$file" = total ] || [ "$lines" -le 420 ] || complain "$file: $lines lines, expected about 400 at most"
done < <(find src cli include tests -name '*.[ch]' -exec wc -l {} +)
[ "$status" -eq 0 ] && echo 'the house stands'
exit "$status"
