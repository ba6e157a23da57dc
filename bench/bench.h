/* What the parts of bench_kernels share: one file a kind of kernel, kernels.c for the rest. */
#ifndef RL_BENCH_BENCH_H
#define RL_BENCH_BENCH_H

#include "kernels/kernels.h"

#include <stdbool.h>
#include <stddef.h>

enum { SLAB = 12 << 20 }; /* larger than the caches */

typedef struct {
    const rl_kernels *kernels;
    const char *filter;
    float *x, *y, *z; /* SLAB floats each */
    float *packed;
} bench;

/* Sizes of the case that runs; each kernel reads what it needs. */
typedef struct {
    const char *name;
    size_t taps, C, K, side;
    rl_activation_kind activation;
    int residual;
    size_t stride;
} shape;

typedef void run(const bench *b, const shape *s);

/* Times body(b, s) and prints a line: `work` in units of 1e9 `unit` a call. */
void rl_bench_report(const bench *b, const shape *s, run *body, double work, const char *unit);

void rl_bench_convolutions(const bench *b);
void rl_bench_depthwise(const bench *b);
void rl_bench_winograd(const bench *b);

#endif
