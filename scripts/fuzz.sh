#!/usr/bin/env bash
# Builds the fuzz targets with clang's libFuzzer, AddressSanitizer and UBSan, and runs each for some
# seconds, one more at a time than there are cores, on a copy of its corpus. Prints how many inputs each
# ran; fails with the path of the input that a target failed at.
# usage: fuzz.sh SECONDS [TARGET...]   (all of tests/fuzz)
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1
build="build-fuzz"
jobs=$(nproc 2>/dev/null || echo 2)
seconds=${1:-}
if ! [[ $seconds =~ ^[1-9][0-9]*$ ]]; then
    echo "usage: fuzz.sh SECONDS [TARGET...]" >&2
    exit 2
fi
shift
targets=("$@")
if [ ${#targets[@]} -eq 0 ]; then
    mapfile -t targets < <(basename -as .c tests/fuzz/fuzz_*.c | sed 's/^fuzz_//')
fi
for target in "${targets[@]}"; do
    if [ ! -f "tests/fuzz/fuzz_$target.c" ]; then
        echo "fuzz.sh: no target '$target' in tests/fuzz" >&2
        exit 2
    fi
done

scripts/install-dependencies.sh clang || exit 1
# Formats are what is looked at: kernels need not be fast, nor of every instruction set.
cmake -S . -B "$build" -DCMAKE_C_COMPILER=clang-14 -DRL_FUZZ=ON -DRL_SANITIZE=ON -DRL_AVX512=OFF \
    -DCMAKE_BUILD_TYPE=Debug -DCMAKE_C_FLAGS_DEBUG="-O1 -g" >/dev/null || exit 1
if ! cmake --build "$build" --parallel "$jobs" --target "${targets[@]/#/fuzz_}" >"$build/make.log"; then
    tail -20 "$build/make.log" >&2
    exit 1
fi

# run TARGET: its inputs come from a copy, so that the corpus keeps to what was put there by hand.
run() {
    local work=$build/run/$1
    rm -rf "$work"
    mkdir -p "$work/found"
    cp -r "tests/fuzz/corpus/$1" "$work/corpus"
    ASAN_OPTIONS=allocator_may_return_null=1 UBSAN_OPTIONS=print_stacktrace=1 OMP_WAIT_POLICY=passive \
        LSAN_OPTIONS=suppressions=tests/leaks.txt:print_suppressions=0 \
        "$build/tests/fuzz/fuzz_$1" -max_total_time="$seconds" -timeout=20 -rss_limit_mb=4096 \
        -max_len=65536 -print_final_stats=1 -artifact_prefix="$work/found/" "$work/corpus" \
        >"$work/log" 2>&1
    echo $? >"$work/code"
}

running=0
for target in "${targets[@]}"; do
    if [ $running -gt "$jobs" ]; then
        wait -n
        running=$((running - 1))
    fi
    run "$target" &
    running=$((running + 1))
done
wait

failed=0
for target in "${targets[@]}"; do
    work=$build/run/$target
    count=$(sed -n 's/^stat::number_of_executed_units: *//p' "$work/log" | tail -1)
    if [ "$(cat "$work/code")" -eq 0 ]; then
        printf '%-14s %10s inputs\n' "$target" "$count"
        continue
    fi
    failed=1
    tail -40 "$work/log" >&2
    printf '%-14s FAILED: input %s, log %s\n' "$target" \
        "$(find "$work/found" -type f | sort | paste -sd ' ')" "$work/log" | tee /dev/stderr
done
exit $failed
