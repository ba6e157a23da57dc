/* Winograd's transforms of one image, strip by strip, with tiles as far apart as in
 * src/nn/conv_winograd.c. A shape's side is that of the input; bytes are those read and written. */
#include "bench.h"

#include <stdio.h>

enum { TILE_PADDING = 16 };

typedef struct {
    const rl_winograd *scheme;
    size_t strips, pixels; /* of the side that is transformed; pixels of a strip */
    rl_winograd_strip strip;
} transform;

static transform transform_of(const bench *b, const shape *s, bool of_input) {
    transform t = {.scheme = s->stride == 1 ? b->kernels->winograd_stride1
                                            : b->kernels->winograd_stride2};
    const size_t rows = of_input ? 4 * s->stride : 4, side = s->side / s->stride;
    t.strips = side / 4;
    t.pixels = rows * t.strips * rows;
    t.strip.tiles = side / 4;
    t.strip.tile_stride = (of_input ? t.scheme->phases : 1) * s->C + TILE_PADDING;
    t.strip.position_stride = t.strips * t.strip.tiles * t.strip.tile_stride + TILE_PADDING;
    return t;
}

/* Strip `i` of the image, and where its tiles begin. */
static rl_winograd_strip strip_at(const transform *t, size_t i, size_t *tiles) {
    rl_winograd_strip strip = t->strip;
    strip.above = i > 0;
    strip.below = i + 1 < t->strips;
    *tiles = i * strip.tiles * strip.tile_stride;
    return strip;
}

static void run_winograd_input(const bench *b, const shape *s) {
    const transform t = transform_of(b, s, true);
    for (size_t i = 0, tiles; i < t.strips; i++) {
        const rl_winograd_strip strip = strip_at(&t, i, &tiles);
        t.scheme->input(&strip, s->C, b->x + i * t.pixels * s->C, s->C, b->y + tiles);
    }
}

static void run_winograd_output(const bench *b, const shape *s) {
    const transform t = transform_of(b, s, false);
    for (size_t i = 0, tiles; i < t.strips; i++) {
        const rl_winograd_strip strip = strip_at(&t, i, &tiles);
        t.scheme->output(&strip, s->C, b->x + tiles, b->y + i * t.pixels * s->C, s->C, false);
    }
}

static void run_winograd_output_gradient(const bench *b, const shape *s) {
    const transform t = transform_of(b, s, false);
    for (size_t i = 0, tiles; i < t.strips; i++) {
        const rl_winograd_strip strip = strip_at(&t, i, &tiles);
        t.scheme->output_gradient(&strip, s->C, b->x + i * t.pixels * s->C, s->C, b->y + tiles);
    }
}

static void run_winograd_weights(const bench *b, const shape *s) {
    const transform t = transform_of(b, s, false);
    const rl_winograd_filters filters = {.depth = s->C,
                                         .columns = s->K,
                                         .tap_stride = s->C * s->K,
                                         .depth_stride = s->K,
                                         .column_stride = 1};
    for (size_t panel = 0; panel < s->K / b->kernels->panel; panel++)
        t.scheme->weights(&filters, b->x, panel, b->packed);
}

static void run_winograd_weight_gradient(const bench *b, const shape *s) {
    const transform t = transform_of(b, s, false);
    for (size_t c = 0; c < s->C; c++)
        t.scheme->weight_gradient(s->C, s->K, b->x, c, b->z + c * s->K, s->C * s->K);
}

/* Floats that a transform reads and writes: of pixels, or taps, and of the domain. */
static double transformed(const bench *b, const shape *s, size_t pixels, bool phases) {
    const rl_winograd *scheme = transform_of(b, s, false).scheme;
    const size_t values = phases ? scheme->before[scheme->positions] : scheme->positions;
    const size_t tiles = s->side * s->side / (16 * s->stride * s->stride);
    return (double)(s->C * (pixels + values * tiles));
}

void rl_bench_winograd(const bench *b) {
    static const shape shapes[] = {
        {"64 channels, 32x32", 9, 64, 64, 32, 0, 0, 1},
        {"256 channels, 8x8", 9, 256, 256, 8, 0, 0, 1},
        {"stride 2, 64 channels, 32x32", 9, 64, 64, 32, 0, 0, 2},
        {"stride 2, 256 channels, 8x8", 9, 256, 256, 8, 0, 0, 2},
    };
    static const struct {
        const char *name;
        run *body;
        bool input, filters;
    } passes[] = {{"input", run_winograd_input, true, false},
                  {"output", run_winograd_output, false, false},
                  {"output_gradient", run_winograd_output_gradient, false, false},
                  {"weights", run_winograd_weights, false, true},
                  {"weight_gradient", run_winograd_weight_gradient, false, true}};
    for (size_t p = 0; p < sizeof passes / sizeof *passes; p++)
        for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
            char name[80];
            shape s = shapes[i];
            snprintf(name, sizeof name, "winograd %s, %s", passes[p].name, s.name);
            s.name = name;
            const rl_winograd *scheme = transform_of(b, &s, false).scheme;
            const size_t step = passes[p].input ? 1 : s.stride;
            const double floats =
                passes[p].filters
                    ? (double)(s.C * s.K * (s.taps + scheme->before[scheme->positions]))
                    : transformed(b, &s, s.side * s.side / (step * step), passes[p].input);
            rl_bench_report(b, &s, passes[p].body, 4 * floats, "GB/s");
        }
}
