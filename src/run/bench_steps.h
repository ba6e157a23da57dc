/* Timed steps of a network on random images: what rl_bench_run measures, before it is summed up. */
#ifndef RL_RUN_BENCH_STEPS_H
#define RL_RUN_BENCH_STEPS_H

#include "nn/profile_report.h"
#include "run/config.h"

enum { RL_BENCH_CLASSES = 10 };

/* Seconds. All arrays have one more element than steps: the warm-up's, which no one reads. */
typedef struct {
    size_t steps;
    rl_profile_row *rows; /* what the rows of the profile stand for */
    size_t row_count;
    double *profile;                  /* [step][row][RL_PART_COUNT] */
    double *whole, *loss, *optimizer; /* [step] */
    const char *instruction_set;
    int threads;
    uint64_t peak_memory;
} rl_bench_times;

/* Makes the network, takes a step to warm up and the timed ones, and frees it. */
rl_status rl_bench_take_steps(rl_bench_times *times, const rl_config *config, bool training,
                              size_t steps, rl_error *error);
void rl_bench_times_clear(rl_bench_times *times);

/* Seconds that step `step` spent on a part of a row. */
static inline double rl_bench_seconds(const rl_bench_times *times, size_t step, size_t row,
                                      rl_profile_part part) {
    return times->profile[(step * times->row_count + row) * RL_PART_COUNT + part];
}

#endif
