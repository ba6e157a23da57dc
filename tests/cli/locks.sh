#!/usr/bin/env bash
# File systems without locks: a run goes on with a warning, a study says what to do.
# shellcheck source=tests/cli/check.sh
. "$(dirname "$0")/check.sh"
shim=$2

# without ERRNO COMMAND...: where every lock fails so.
without() {
    local reason=$1
    shift
    env LD_PRELOAD="$shim" NO_LOCKS="$reason" ASAN_OPTIONS="${ASAN_OPTIONS-}:verify_asan_link_order=0" "$@"
}

expect 0 "$reslab" train "${tiny[@]:?}" --out whole --quiet
# ENOLCK, ENOSYS, EOPNOTSUPP, EINVAL
for reason in 37 38 95 22; do
    expect 0 without "$reason" "$reslab" train "${tiny[@]}" --out "run-$reason"
    says "$err" "^reslab: warning: run-$reason: its file system has no locks"
    cmp whole/checkpoint.safetensors "run-$reason/checkpoint.safetensors" ||
        complain 'without locks the result is another'
done
rm run-37/model.safetensors
expect 0 without 37 "$reslab" train --resume run-37 --quiet
cmp whole/model.safetensors run-37/model.safetensors || complain 'a model was not mended'
# Any other failure is one.
expect 1 without 5 "$reslab" train "${tiny[@]}" --out never --quiet
one_line_error 'never/.lock: cannot lock'
[ ! -e never ] || complain 'a refused start left a folder behind'

cat >study.yaml <<'END'
name: locks
settings: {width: 4, limit-train: 32, limit-test: 32, batch-size: 16, epochs: 1, threads: 1}
seeds: [1]
groups:
  activations:
    vary: {activation: [relu, gelu]}
END
expect 1 without 37 "$reslab" study run study.yaml --out shared --quiet
one_line_error 'shared/.study.lock: its file system has no locks.*give --alone'
[ ! -e shared/study.yaml ] || complain 'a refused study was begun'
expect 0 without 37 "$reslab" study run study.yaml --out shared --quiet --alone
[ -s shared/runs/001-relu-s1/model.safetensors ] || complain 'a study alone did nothing'
expect 0 "$reslab" study run study.yaml --out with --quiet --alone
cmp shared/runs/001-relu-s1/model.safetensors with/runs/001-relu-s1/model.safetensors ||
    complain 'without locks the study is another'
finish
