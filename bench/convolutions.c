/* Products over row pointers and depthwise convolutions. The former run over one block of pixels,
 * as src/nn calls them, in cache. */
#include "bench.h"

#include <stdio.h>

enum { BLOCK_ROWS = 96, PAIRS = 128, MAX_TAPS = 9 };

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

void rl_bench_convolutions(const bench *b) {
    static const shape products[] = {
        {"gemm_rows 3x3 3->64, 32x32", 9, 3, 64, 32, 0, 0, 1},
        {"gemm_rows 3x3 64->64, 32x32", 9, 64, 64, 32, 0, 0, 1},
        {"gemm_rows 3x3 128->128, 16x16", 9, 128, 128, 16, 0, 0, 1},
        {"gemm_rows 3x3 512->512, 4x4", 9, 512, 512, 4, 0, 0, 1},
        {"gemm_rows 1x1 64->128, 16x16", 1, 64, 128, 16, 0, 0, 1},
    };
    static const shape outer[] = {
        {"outer_rows 64x64, rows of 64", 1, 64, 64, 64, 0, 0, 1},
        {"outer_rows 64x64, rows of 512", 1, 64, 64, 512, 0, 0, 1},
        {"outer_rows 3x64, rows of 64", 1, 3, 64, 64, 0, 0, 1},
    };
    static const shape packs[] = {
        {"pack_weights 3x3 512x512", 9, 512, 512, 0, 0, 0, 1},
        {"pack_weights 3x3 512x512 transposed", 9, 512, 512, 1, 0, 0, 1},
    };
    for (size_t i = 0; i < sizeof products / sizeof *products; i++) {
        const shape *s = &products[i];
        rl_bench_report(b, s, run_gemm, 2.0 * BLOCK_ROWS * (double)(s->taps * s->C * s->K),
                        "GFLOP/s");
    }
    for (size_t i = 0; i < sizeof outer / sizeof *outer; i++)
        rl_bench_report(b, &outer[i], run_outer, 2.0 * PAIRS * (double)(outer[i].C * outer[i].K),
                        "GFLOP/s");
    for (size_t i = 0; i < sizeof packs / sizeof *packs; i++)
        rl_bench_report(b, &packs[i], run_pack,
                        8.0 * (double)(packs[i].taps * packs[i].C * packs[i].K), "GB/s");
}

void rl_bench_depthwise(const bench *b) {
    static const shape shapes[] = {
        {"3x3 32 channels, 32x32", 3, 32, 1, 32, 0, 0, 1},
        {"3x3 128 channels, 8x8", 3, 128, 1, 8, 0, 0, 1},
        {"3x3 256 channels, 4x4", 3, 256, 1, 4, 0, 0, 1},
        {"5x5 32 channels, 32x32", 5, 32, 1, 32, 0, 0, 1},
        {"3x3 16 channels x 2, 32x32", 3, 16, 2, 32, 0, 0, 1},
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
            rl_bench_report(b, &s, passes[p].body,
                            2.0 * (double)(s.side * s.side * s.C * s.K * s.taps * s.taps),
                            "GFLOP/s");
        }
}
