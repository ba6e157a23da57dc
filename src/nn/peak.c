/* Measured, not computed from a data sheet: clock rates depend on the load, and a virtual machine
 * may own half a core. The best of several runs, since whatever disturbs one only makes it slower.
 */
#include "nn/peak.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/memory.h"
#include "nn/engine.h"

enum { RUNS = 10 };
#define RUN_SECONDS 0.05

typedef struct {
    const rl_kernels *kernels;
    size_t count;    /* multiply-adds an item */
    double *results; /* [items] */
} peak_run;

static void multiply_add(const void *context, size_t item, int thread) {
    (void)thread;
    const peak_run *run = context;
    run->results[item] = run->kernels->fused_multiply_adds(run->count);
}

/* Seconds for an item a thread. */
static double time_run(const rl_engine *engine, const peak_run *run) {
    const double begin = rl_clock_seconds();
    rl_engine_run(engine, (size_t)engine->threads, multiply_add, run);
    return rl_clock_seconds() - begin;
}

rl_status rl_measure_peak_flops(double *flops, int threads, rl_error *error) {
    *flops = 0;
    rl_engine engine;
    const rl_engine_needs needs = {.partial_floats = 0};
    rl_status status = rl_engine_create(&engine, &needs, threads, error);
    if (status != RL_OK)
        return status;
    peak_run run = {.kernels = engine.kernels, .count = 1U << 20};
    run.results = rl_alloc((size_t)engine.threads, sizeof *run.results);
    if (!run.results) {
        rl_engine_clear(&engine);
        return rl_fail_memory(error, "the results of the peak");
    }
    time_run(&engine, &run); /* starts the threads */
    while (time_run(&engine, &run) < RUN_SECONDS / 2 && run.count < SIZE_MAX / 4)
        run.count *= 2;
    double best = time_run(&engine, &run);
    for (int i = 1; i < RUNS; i++) {
        const double seconds = time_run(&engine, &run);
        best = seconds < best ? seconds : best;
    }
    *flops = 2.0 * (double)run.count * engine.threads / best;
    rl_free(run.results);
    rl_engine_clear(&engine);
    return RL_OK;
}
