#!/usr/bin/env bash
# How many threads a command works with: limits of the machine and the user, what becomes of numbers
# that were typed, and what is recorded.
# shellcheck source=tests/cli/check.sh
. "$(dirname "$0")/check.sh"
unset OMP_NUM_THREADS OMP_THREAD_LIMIT
# The first core that this shell may run on.
core=$(sed -n 's/^Cpus_allowed_list:[[:space:]]*\([0-9]*\).*/\1/p' /proc/self/status)

# uses THREADS COMMAND...: a bench that says so; COMMAND begins with the program or what starts it.
uses() {
    local wanted=$1
    shift
    expect 0 "$@" --width 4 --batch-size 4 --repeats 1 --json
    says "$out" "\"threads\": $wanted,?\$"
}
uses 1 env OMP_NUM_THREADS=1 "${reslab:?}" bench
uses 1 env OMP_NUM_THREADS=1,4 "$reslab" bench
uses 1 env OMP_THREAD_LIMIT=1 "$reslab" bench
uses 1 taskset -c "$core" "$reslab" bench
[ -z "$err" ] || complain "where no number was typed there is nothing to say, but: $err"
uses 2 env OMP_NUM_THREADS=1 "$reslab" bench --threads 2
uses 1 env OMP_THREAD_LIMIT=1 "$reslab" bench --threads 2
says "$err" '^reslab: .*2 asked for, but OMP_THREAD_LIMIT is 1; 1 used$'
uses 1 env OMP_NUM_THREADS=two OMP_THREAD_LIMIT=1 "$reslab" bench
says "$err" "^reslab: .*OMP_NUM_THREADS: 'two' is no number of threads"
uses 3 taskset -c "$core" "$reslab" bench --threads 3
[ "$(grep -c '3 asked for, but this process may use 1 core: .*; 3 used$' stderr.txt)" -eq 1 ] ||
    complain "not said once: $err"

# A container's quota, where this test may mount one of its own making over what the system says.
mkdir -p proc cgroup/outer/inner
echo '30 24 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw' >proc/mountinfo
echo '0::/outer/inner' >proc/cgroup
echo 'max 100000' >cgroup/outer/inner/cpu.max
echo '50000 100000' >cgroup/outer/cpu.max
quota() {
    # shellcheck disable=SC2016 # for the inner shell
    unshare --mount bash -c '
        here=$PWD && mount --bind cgroup /sys/fs/cgroup &&
        for file in mountinfo cgroup; do mount --bind "$here/proc/$file" "/proc/$$/$file" || exit 99; done &&
        exec "$@"' _ "$@"
}
if quota true 2>/dev/null; then
    uses 1 quota "$reslab" bench
    uses 2 quota "$reslab" bench --threads 2
else
    echo 'not tested: a quota, since nothing may be mounted here'
fi

# records THREADS COMMAND...: trains; environment.json says THREADS, and the bits are the first run's.
records() {
    local wanted=$1
    shift
    rm -rf run
    expect 0 "$@" --data shapes --width 4 --limit-train 32 --limit-test 20 --batch-size 16 --epochs 1 \
        --seed 5 --out run
    says "$(<run/environment.json)" "\"threads\": ${wanted}[,}]?\$"
    [ -e first.safetensors ] || cp run/model.safetensors first.safetensors
    cmp first.safetensors run/model.safetensors || complain "$wanted threads give other bits"
}
records 1 env OMP_NUM_THREADS=1 "$reslab" train
records 4 taskset -c "$core" timeout 60 "$reslab" train --threads 1024
says "$err" '1024 asked for, .*; 4 used$'
expect 0 taskset -c "$core" "$reslab" eval run --threads 2 --json
says "$out" '"threads": 2,?$'

# The system gives no thread, not even for the data. (No limit holds for root, and the program may lie
# where only root can read.)
few=(env)
if [ "$(id -u)" -eq 0 ]; then
    chmod a+rwx .
    few=(setpriv --reuid 54321 --regid 54321 --clear-groups)
fi
if "${few[@]}" "$reslab" --version >/dev/null 2>&1; then
    records 1 "${few[@]}" bash -c 'ulimit -u 1 && exec "$@"' _ "$reslab" train --threads 4
    says "$err" 'the system gives no more than 1 of 4 .*; 1 used'
    says "$err" 'the system gives no thread to load data'
else
    echo 'not tested: a limit of threads, since it would not hold'
fi
finish
