#!/usr/bin/env bash
# The house is built as CONTRIBUTING.md draws it: a file of src/<layer> includes headers of its own
# layer and of those it may use, cli/ only the public header and the helpers for text and JSON; the library does
# not print or exit; threads come from one place; files stay short.
# usage: house.sh [ROOT]
set -euo pipefail
cd "${1:-$(dirname "$0")/..}"

status=0
complain() {
    echo "$*" >&2
    status=1
}

# includes FOLDER ALLOWED_REGEX: no file of the folder includes "x/y.h" that does not match.
includes() {
    local file header
    while IFS=: read -r file header; do
        [[ $header =~ ^($2)$ ]] || complain "$file includes $header; $1 may include: $2"
    done < <(grep -rHo '^ *# *include *"[^"]*/[^"]*"' "$1" | sed 's/"$//; s/:.*"/:/')
}
includes src/base 'base/.*'
includes src/kernels 'kernels/.*'
includes src/data '(data|base)/.*'
includes src/format '(format|base)/.*'
includes src/nn '(nn|kernels|base)/.*'
includes src/run '(run|format|nn|data|base)/.*'
includes src/chart '(chart|base)/.*'
includes src/study '(study|run|format|chart|data|nn|base)/.*'

# rooms LAYER ROOM...: a file of a room includes, of its layer, its own room and those before it.
rooms() {
    local layer=$1 below=$1 room
    shift
    for room in "$@"; do
        below+="|$layer/$room"
        includes "src/$layer/$room" "(($below)/[^/]*|(run|format|chart|data|nn|base)/.*)"
    done
    for room in "src/$layer"/*; do
        [[ " $* " = *" ${room##*/} "* ]] || complain "$room is no room of $layer"
    done
}
rooms study design work numbers words page report
includes cli 'base/(text|json)\.h'
for folder in src/*/; do
    [[ $folder =~ ^src/(base|kernels|data|format|nn|run|chart|study)/$ ]] || complain "$folder is not in the map"
done

# absent REGEX WHAT FILE...
absent() {
    local found regex=$1 what=$2
    shift 2
    found=$(grep -rnE "$regex" "$@" || true)
    [ -z "$found" ] || complain "$what: $found"
}
absent '(^|[^a-z_])(printf|puts|putchar|perror|exit|abort|assert)\(|(stdout|stderr)' \
    'the library may not print or exit' --include=*.[ch] src
absent 'json_(object|array)_(set|append|insert|update|extend)[a-z_]*\(' \
    'members get lost; expected rl_json_set or rl_json_append of base/json.h' \
    --include=*.[ch] --exclude=json.h src cli
absent 'json_dumps\(' 'names get lost; expected json_dumpb' --include=*.c src cli
absent 'json_(loads|loadb|load_callback)\(' 'letters get lost; expected rl_json_parse' --include=*.c \
    --exclude=json_text.c src cli
absent '"[^"]*:[sSoO]\*[^"]*"' 'a member that fails is left out' --include=*.c src cli
absent '(^|[^a-z_])(open|fopen|creat)\(' \
    'files are opened by base/open.h, above the standard descriptors' --include=*.c \
    --exclude=open.c src
absent '<omp\.h>|# *pragma omp|pthread_create|thrd_create' 'threads come from src/base/thread.c' \
    --include=*.[ch] --exclude=thread.c src

# A named pipe as an input must be refused, not waited for.
absent 'json_load_(file|fd)|json_loadf|fopen\([^)]*"r' 'files are read through base/file.h' \
    --include=*.[ch] src/*/ cli

while read -r lines file; do
    [ "$file" = total ] || [ "$lines" -le 420 ] ||
        complain "$file has $lines lines; expected 400 or so: split it by concept"
done < <(find src cli include tests -name '*.[ch]' -exec wc -l {} +)
exit "$status"
