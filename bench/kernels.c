/* Speed of every compute kernel on the shapes of ResNet-18 and ResNet-Ghost, one thread, for every
 * table this CPU can run: GFLOP/s for what computes, GB/s for what moves memory. Prints and asserts
 * nothing: numbers depend on the machine. An argument keeps the lines that contain it.
 *
 * Convolutions run over one block of pixels, as src/nn calls them, in cache. Passes over
 * activations walk a slab larger than the caches in chunks of rows. */
#include "kernels/kernels.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { SLAB = 12 << 20, BLOCK_ROWS = 96, PAIRS = 128, CHUNK_ROWS = 256, MAX_TAPS = 9 };

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
} shape;

typedef void run(const bench *b, const shape *s);

/* Processor time of this program, so that others disturb little. */
static double seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* The best of several timings of at least 20 ms each: the least disturbed one. */
static void report(const bench *b, const shape *s, run *body, double work, const char *unit) {
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
    printf("%-52s %8.1f %s\n", line, work / best * 1e-9, unit);
    fflush(stdout);
}

/* A block of pixels of a side x side image, row by row, as rl_conv_forward lists them. */
static void run_gemm(const bench *b, const shape *s) {
    const float *x[MAX_TAPS * BLOCK_ROWS];
    float *y[BLOCK_ROWS];
    size_t tap[MAX_TAPS];
    const size_t width = s->side + 2;
    for (size_t t = 0; t < s->taps; t++) {
        tap[t] = t;
        for (size_t r = 0; r < BLOCK_ROWS; r++)
            x[t * BLOCK_ROWS + r] =
                b->x + ((r / s->side + t / 3) * width + r % s->side + t % 3) * s->C;
    }
    for (size_t r = 0; r < BLOCK_ROWS; r++)
        y[r] = b->y + r * s->K;
    b->kernels->gemm_rows(BLOCK_ROWS, s->taps, tap, s->taps, s->C, s->K, x, b->packed, 0,
                          (s->K + b->kernels->panel - 1) / b->kernels->panel, y, false);
}

static void run_outer(const bench *b, const shape *s) {
    const float *x[PAIRS], *dy[PAIRS];
    for (size_t p = 0; p < PAIRS; p++) {
        x[p] = b->x + p * s->side; /* side: distance of rows, of which C channels are used */
        dy[p] = b->y + p * s->side;
    }
    b->kernels->outer_rows(PAIRS, s->C, s->K, x, dy, b->z, s->side);
}

static void run_pack(const bench *b, const shape *s) {
    b->kernels->pack_weights(s->taps, s->C, s->K, b->x, s->C * s->K, s->side ? 1 : s->K,
                             s->side ? s->C : 1, 0,
                             (s->K + b->kernels->panel - 1) / b->kernels->panel, b->packed);
}

static rl_depthwise_shape depthwise(const shape *s) {
    return (rl_depthwise_shape){.height = s->side,
                                .width = s->side,
                                .channels = s->C,
                                .multiplier = s->K,
                                .kernel = s->taps,
                                .ldx = 2 * s->C,
                                .ldy = 2 * s->C * s->K};
}

static void run_depthwise(const bench *b, const shape *s) {
    const rl_depthwise_shape d = depthwise(s);
    b->kernels->depthwise_forward(&d, b->x, b->packed, 0, s->side, b->y);
}

static void run_depthwise_data(const bench *b, const shape *s) {
    const rl_depthwise_shape d = depthwise(s);
    b->kernels->depthwise_data_gradient(&d, b->x, b->packed, 0, s->side, b->y, true);
}

static void run_depthwise_weights(const bench *b, const shape *s) {
    const rl_depthwise_shape d = depthwise(s);
    b->kernels->depthwise_weight_gradient(&d, b->x, b->y, 0, s->side, b->packed);
}

/* Chunks of rows of C channels through the whole slab. */
#define FOR_EACH_CHUNK(at, s)                                                                      \
    for (size_t at = 0; at + CHUNK_ROWS * (s)->C <= SLAB; at += CHUNK_ROWS * (s)->C)

static void run_moments(const bench *b, const shape *s) {
    FOR_EACH_CHUNK(at, s)
    b->kernels->moments(CHUNK_ROWS, s->C, b->x + at, s->C, b->packed, b->packed + s->C);
}

static void run_affine(const bench *b, const shape *s) {
    const rl_affine affine = {b->packed, b->packed + s->C, 0.01F};
    FOR_EACH_CHUNK(at, s)
    b->kernels->affine_activation[s->activation](CHUNK_ROWS, s->C, b->x + at, s->C, &affine,
                                                 s->residual ? b->z + at : NULL, s->C, b->y + at,
                                                 s->C);
}

static void run_affine_backward(const bench *b, const shape *s) {
    FOR_EACH_CHUNK(at, s) {
        const rl_activation_tape tape = {.affine = {b->packed, b->packed + s->C, 0.01F},
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

static void convolutions(const bench *b) {
    static const shape products[] = {
        {"gemm_rows 3x3 3->64, 32x32", 9, 3, 64, 32, 0, 0},
        {"gemm_rows 3x3 64->64, 32x32", 9, 64, 64, 32, 0, 0},
        {"gemm_rows 3x3 128->128, 16x16", 9, 128, 128, 16, 0, 0},
        {"gemm_rows 3x3 512->512, 4x4", 9, 512, 512, 4, 0, 0},
        {"gemm_rows 1x1 64->128, 16x16", 1, 64, 128, 16, 0, 0},
    };
    static const shape outer[] = {
        {"outer_rows 64x64, rows of 64", 1, 64, 64, 64, 0, 0},
        {"outer_rows 64x64, rows of 512", 1, 64, 64, 512, 0, 0},
        {"outer_rows 3x64, rows of 64", 1, 3, 64, 64, 0, 0},
    };
    static const shape packs[] = {
        {"pack_weights 3x3 512x512", 9, 512, 512, 0, 0, 0},
        {"pack_weights 3x3 512x512 transposed", 9, 512, 512, 1, 0, 0},
    };
    for (size_t i = 0; i < sizeof products / sizeof *products; i++) {
        const shape *s = &products[i];
        report(b, s, run_gemm, 2.0 * BLOCK_ROWS * (double)(s->taps * s->C * s->K), "GFLOP/s");
    }
    for (size_t i = 0; i < sizeof outer / sizeof *outer; i++)
        report(b, &outer[i], run_outer, 2.0 * PAIRS * (double)(outer[i].C * outer[i].K), "GFLOP/s");
    for (size_t i = 0; i < sizeof packs / sizeof *packs; i++)
        report(b, &packs[i], run_pack, 8.0 * (double)(packs[i].taps * packs[i].C * packs[i].K),
               "GB/s");
}

static void depthwise_convolutions(const bench *b) {
    static const shape shapes[] = {
        {"3x3 32 channels, 32x32", 3, 32, 1, 32, 0, 0},
        {"3x3 128 channels, 8x8", 3, 128, 1, 8, 0, 0},
        {"3x3 256 channels, 4x4", 3, 256, 1, 4, 0, 0},
        {"5x5 32 channels, 32x32", 5, 32, 1, 32, 0, 0},
        {"3x3 16 channels x 2, 32x32", 3, 16, 2, 32, 0, 0},
    };
    static const struct {
        const char *name;
        run *body;
    } passes[] = {{"depthwise_forward", run_depthwise},
                  {"depthwise_data_gradient", run_depthwise_data},
                  {"depthwise_weight_gradient", run_depthwise_weights}};
    for (size_t p = 0; p < sizeof passes / sizeof *passes; p++)
        for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
            char name[80];
            shape s = shapes[i];
            snprintf(name, sizeof name, "%s %s", passes[p].name, s.name);
            s.name = name;
            report(b, &s, passes[p].body,
                   2.0 * (double)(s.side * s.side * s.C * s.K * s.taps * s.taps), "GFLOP/s");
        }
}

static void activation_passes(const bench *b) {
    static const char *const names[RL_ACTIVATION_COUNT] = {"none", "sigmoid", "relu", "leaky_relu",
                                                           "gelu"};
    char name[80];
    for (size_t C = 64; C <= 512; C *= 8) {
        snprintf(name, sizeof name, "moments, %zu channels", C);
        shape s = {name, 1, C, 0, 0, RL_ACTIVATION_NONE, 0};
        report(b, &s, run_moments, 4.0 * SLAB, "GB/s");
        snprintf(name, sizeof name, "affine_gradient, %zu channels", C);
        report(b, &s, run_affine_gradient, 12.0 * SLAB, "GB/s");
        for (int kind = 0; kind < RL_ACTIVATION_COUNT; kind++)
            for (s.residual = 0; s.residual < 2; s.residual++) {
                const char *with = s.residual ? " with residual" : "";
                s.activation = (rl_activation_kind)kind;
                snprintf(name, sizeof name, "affine %s%s, %zu channels", names[kind], with, C);
                report(b, &s, run_affine, 4.0 * (2 + s.residual) * SLAB, "GB/s");
                snprintf(name, sizeof name, "affine %s backward%s, %zu channels", names[kind], with,
                         C);
                report(b, &s, run_affine_backward, 4.0 * (3 + s.residual) * SLAB, "GB/s");
            }
    }
}

static void slab_passes(const bench *b) {
    report(b, &(shape){.name = "add"}, run_add, 12.0 * SLAB, "GB/s");
    report(b, &(shape){.name = "sum_of_squares"}, run_squares, 4.0 * SLAB, "GB/s");
    report(b, &(shape){.name = "update_adam"}, run_adam, 28.0 * SLAB / 2, "GB/s");
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
        convolutions(&b);
        depthwise_convolutions(&b);
        activation_passes(&b);
        slab_passes(&b);
    }
    for (size_t i = 0; i < 4; i++)
        free(*slabs[i]);
    return 0;
}
