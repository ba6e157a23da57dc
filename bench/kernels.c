/* Speed of every compute kernel on the shapes of ResNet-18 and ResNet-Ghost, one thread, for every
 * table this CPU can run: GFLOP/s for what computes, GB/s for what moves memory. Prints and asserts
 * nothing: numbers depend on the machine. An argument keeps the lines that contain it.
 *
 * Here are the passes over activations, which walk a slab larger than the caches in chunks of rows,
 * and those over slabs; convolutions have files of their own. */
#include "bench.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNK_ROWS = 256 };

/* Chunks of rows of C channels through the whole slab. */
#define FOR_EACH_CHUNK(at, s)                                                                      \
    for (size_t at = 0; at + CHUNK_ROWS * (s)->C <= SLAB; at += CHUNK_ROWS * (s)->C)

static void run_moments(const bench *b, const shape *s) {
    FOR_EACH_CHUNK(at, s)
    b->kernels->moments(CHUNK_ROWS, s->C, b->x + at, s->C, b->packed, b->packed + s->C);
}

static void run_affine(const bench *b, const shape *s) {
    const rl_affine affine = {b->packed, b->packed + s->C, 0.01F, false};
    FOR_EACH_CHUNK(at, s)
    b->kernels->affine_activation[s->activation](CHUNK_ROWS, s->C, b->x + at, s->C, &affine,
                                                 s->residual ? b->z + at : NULL, s->C, b->y + at,
                                                 s->C);
}

static void run_affine_backward(const bench *b, const shape *s) {
    FOR_EACH_CHUNK(at, s) {
        const rl_activation_tape tape = {.affine = {b->packed, b->packed + s->C, 0.01F, false},
                                         .x = b->x + at,
                                         .ldx = s->C,
                                         .residual = s->residual ? b->z + at : NULL,
                                         .ld_residual = s->C,
                                         .mean = b->packed + 2 * s->C};
        b->kernels->affine_activation_backward[s->activation](
            CHUNK_ROWS, s->C, &tape, b->y + at, s->C, NULL, 0, false, b->packed + 3 * s->C,
            b->packed + 4 * s->C);
    }
}

static void run_affine_gradient(const bench *b, const shape *s) {
    FOR_EACH_CHUNK(at, s)
    b->kernels->affine_gradient(CHUNK_ROWS, s->C, b->y + at, s->C, b->x + at, s->C, b->packed,
                                b->packed + s->C, b->packed + 2 * s->C, b->packed + 3 * s->C,
                                b->y + at, s->C, false);
}

static void run_add(const bench *b, const shape *s) {
    (void)s;
    b->kernels->add(SLAB, b->x, b->y);
}

static void run_squares(const bench *b, const shape *s) {
    (void)s;
    volatile double sum = b->kernels->sum_of_squares(SLAB, b->x);
    (void)sum;
}

static void run_adam(const bench *b, const shape *s) {
    (void)s;
    const rl_update_rule rule = {.lr = 1e-9,
                                 .beta1 = 0.9,
                                 .beta2 = 0.999,
                                 .eps = 1e-8,
                                 .bias_correction1 = 0.1,
                                 .bias_correction2 = 0.001};
    const size_t count = SLAB / 2;
    b->kernels->update_adam(count, &rule, b->x, b->x + count, b->y, b->z);
}

static void activation_passes(const bench *b) {
    static const char *const names[RL_ACTIVATION_COUNT] = {"none", "sigmoid", "relu", "leaky_relu",
                                                           "gelu"};
    char name[80];
    for (size_t C = 64; C <= 512; C *= 8) {
        snprintf(name, sizeof name, "moments, %zu channels", C);
        shape s = {name, 1, C, 0, 0, RL_ACTIVATION_NONE, 0, 1};
        rl_bench_report(b, &s, run_moments, 4.0 * SLAB, "GB/s");
        snprintf(name, sizeof name, "affine_gradient, %zu channels", C);
        rl_bench_report(b, &s, run_affine_gradient, 12.0 * SLAB, "GB/s");
        for (int kind = 0; kind < RL_ACTIVATION_COUNT; kind++)
            for (s.residual = 0; s.residual < 2; s.residual++) {
                const char *with = s.residual ? " with residual" : "";
                s.activation = (rl_activation_kind)kind;
                snprintf(name, sizeof name, "affine %s%s, %zu channels", names[kind], with, C);
                rl_bench_report(b, &s, run_affine, 4.0 * (2 + s.residual) * SLAB, "GB/s");
                snprintf(name, sizeof name, "affine %s backward%s, %zu channels", names[kind], with,
                         C);
                rl_bench_report(b, &s, run_affine_backward, 4.0 * (3 + s.residual) * SLAB, "GB/s");
            }
    }
}

static void slab_passes(const bench *b) {
    rl_bench_report(b, &(shape){.name = "add"}, run_add, 12.0 * SLAB, "GB/s");
    rl_bench_report(b, &(shape){.name = "sum_of_squares"}, run_squares, 4.0 * SLAB, "GB/s");
    rl_bench_report(b, &(shape){.name = "update_adam"}, run_adam, 28.0 * SLAB / 2, "GB/s");
}

int main(int argc, char **argv) {
    bench b = {.filter = argc > 1 ? argv[1] : NULL};
    float **slabs[] = {&b.x, &b.y, &b.z, &b.packed};
    for (size_t i = 0; i < 4; i++) {
        *slabs[i] = aligned_alloc(64, SLAB * sizeof(float));
        if (!*slabs[i]) {
            fputs("out of memory\n", stderr);
            return 1;
        }
        for (size_t j = 0; j < SLAB; j++)
            (*slabs[i])[j] = (float)((j * 2654435761U >> 8 & 0xffff) + 1) * 1e-5F;
    }
    for (size_t i = 0; (b.kernels = rl_kernels_at(i)); i++) {
        rl_bench_convolutions(&b);
        rl_bench_winograd(&b);
        rl_bench_depthwise(&b);
        activation_passes(&b);
        slab_passes(&b);
    }
    for (size_t i = 0; i < 4; i++)
        free(*slabs[i]);
    return 0;
}
