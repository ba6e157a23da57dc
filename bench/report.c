/* How bench_kernels times a kernel and prints what it found. */
#include "bench.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

/* Processor time of this program, so that others disturb little. */
static double seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* The best of several timings of at least 20 ms each: the least disturbed one. */
void rl_bench_report(const bench *b, const shape *s, run *body, double work, const char *unit) {
    char line[128];
    snprintf(line, sizeof line, "%-6s %s", b->kernels->name, s->name);
    if (b->filter && !strstr(line, b->filter))
        return;
    double best = 1e30;
    size_t times = 1;
    for (int attempt = 0; attempt < 7;) {
        const double start = seconds();
        for (size_t i = 0; i < times; i++)
            body(b, s);
        const double taken = seconds() - start;
        if (taken < 0.02 && times < 1U << 20) {
            times *= 2;
            continue;
        }
        best = taken / (double)times < best ? taken / (double)times : best;
        attempt++;
    }
    printf("%-64s %8.1f %s\n", line, work / best * 1e-9, unit);
    fflush(stdout);
}
