/* What the tests of the Winograd schemes share: a 3x3 convolution of one image, each of its passes
 * computed through the transforms as kernels.h describes, and in double as a plain sum.
 *
 * Everything the kernels should leave alone is NaN: floats between rows, phases that a position
 * does not know, results before they are written. What is read by mistake shows in the result, and
 * what is written by mistake is no longer NaN. */
#ifndef RL_TEST_WINOGRAD_H
#define RL_TEST_WINOGRAD_H

#include "kernels/check.h"

enum { MAX_TILES = 9, GAP = 3 };

/* The output is 4 * strips pixels high and 4 * tiles pixels wide; w lies as [9][C][K]. */
typedef struct {
    const rl_kernels *kernels;
    const rl_winograd *scheme;
    size_t stride, strips, tiles;
    size_t C, K, ldx, ldy;
    guarded x, w, dy;
} problem;

/* x or y of a problem, next to its tiles. */
typedef struct {
    size_t channels, phases;
    size_t rows, width; /* pixels of a strip */
    size_t ld;
    bool above, below; /* whether the transform looks there */
} side;

static inline guarded nan_floats(size_t count) {
    guarded g = guarded_floats(count);
    for (size_t i = 0; i < count; i++)
        g.data[i] = NAN;
    return g;
}

/* Random pixels with NaN between them; the array ends with the last pixel's last channel. */
static inline guarded random_pixels(size_t pixels, size_t channels, size_t ld, uint64_t seed) {
    guarded g = nan_floats((pixels - 1) * ld + channels);
    uint64_t state = seed * 0x9e3779b97f4a7c15U + 1;
    for (size_t i = 0; i < pixels; i++)
        for (size_t c = 0; c < channels; c++)
            g.data[i * ld + c] = noise(&state);
    return g;
}

static inline void assert_gaps_nan(const guarded *g, size_t rows, size_t channels, size_t ld,
                                   const char *what) {
    for (size_t r = 0; r < rows; r++)
        for (size_t c = channels; c < ld && r * ld + c < g->count; c++)
            if (!isnan(g->data[r * ld + c]))
                fail_msg("%s: row %zu: written past its %zu channels at %zu", what, r, channels, c);
}

static inline side x_side(const problem *p) {
    return (side){.channels = p->C,
                  .phases = p->scheme->phases,
                  .rows = 4 * p->stride,
                  .width = 4 * p->stride * p->tiles,
                  .ld = p->ldx,
                  .above = p->scheme->input_above,
                  .below = p->scheme->input_below};
}

/* gradient: as the data gradient reads it. */
static inline side y_side(const problem *p, bool gradient) {
    return (side){.channels = p->K,
                  .phases = 1,
                  .rows = 4,
                  .width = 4 * p->tiles,
                  .ld = p->ldy,
                  .above = gradient && p->scheme->gradient_above,
                  .below = gradient && p->scheme->gradient_below};
}

static inline size_t x_pixels(const problem *p) {
    return 16 * p->stride * p->stride * p->strips * p->tiles;
}

static inline size_t y_pixels(const problem *p) {
    return 16 * p->strips * p->tiles;
}

static inline problem new_problem(const rl_kernels *kernels, size_t stride, size_t strips,
                                  size_t tiles, size_t C, size_t K) {
    problem p = {.kernels = kernels,
                 .scheme = stride == 1 ? kernels->winograd_stride1 : kernels->winograd_stride2,
                 .stride = stride,
                 .strips = strips,
                 .tiles = tiles,
                 .C = C,
                 .K = K,
                 .ldx = C + GAP,
                 .ldy = K + 1};
    p.x = random_pixels(x_pixels(&p), C, p.ldx, 3 * C + strips);
    p.dy = random_pixels(y_pixels(&p), K, p.ldy, 5 * K + tiles);
    p.w = random_floats(9 * C * K, C + K);
    return p;
}

static inline void free_problem(problem *p) {
    guarded_free(&p->x);
    guarded_free(&p->dy);
    guarded_free(&p->w);
}

/* --- Through the transforms --- */

/* The tiles of a side in the transformed domain. */
typedef struct {
    guarded values;
    size_t tiles, channels; /* of all phases */
    size_t tile_stride, position_stride;
} domain;

/* `room`: floats behind the last row that products may touch. */
static inline domain new_domain(const rl_winograd *scheme, size_t tiles, size_t channels,
                                size_t gap, size_t room) {
    domain d = {.tiles = tiles, .channels = channels, .tile_stride = channels + gap};
    d.position_stride = tiles * d.tile_stride + gap;
    d.values = nan_floats((scheme->positions - 1) * d.position_stride +
                          (tiles - 1) * d.tile_stride + channels + room);
    return d;
}

static inline rl_winograd_strip strip_of(const domain *d, const problem *p, const side *s,
                                         size_t index) {
    return (rl_winograd_strip){.tiles = p->tiles,
                               .above = s->above && index > 0,
                               .below = s->below && index + 1 < p->strips,
                               .position_stride = d->position_stride,
                               .tile_stride = d->tile_stride};
}

/* Nothing is written between the rows of the domain, nor to phases that a position does not know.
 */
static inline void assert_domain_gaps(const problem *p, const domain *d, const side *s,
                                      const char *what) {
    const rl_winograd *scheme = p->scheme;
    for (size_t position = 0; position < scheme->positions; position++)
        for (size_t at = 0; at < d->position_stride; at++) {
            const size_t i = position * d->position_stride + at;
            const size_t c = at % d->tile_stride, phase = c / s->channels;
            const bool known = s->phases == 1 ||
                               (phase >= scheme->first[position] &&
                                phase < (size_t)scheme->first[position] + scheme->count[position]);
            const bool used = at / d->tile_stride < d->tiles && c < d->channels && known;
            if (i < d->values.count && used == (bool)isnan(d->values.data[i]))
                fail_msg("%s %s: position %zu, tile %zu, channel %zu is %s", p->kernels->name, what,
                         position, at / d->tile_stride, c, used ? "missing" : "written");
        }
}

typedef void read_transform(const rl_winograd_strip *strip, size_t channels, const float *pixels,
                            size_t ld, float *v);

/* Strip by strip, the last one first: they must not depend on each other. */
static inline domain read_strips(const problem *p, const side *s, read_transform *read,
                                 const float *pixels, const char *what) {
    const size_t room = read == p->scheme->output_gradient ? p->kernels->panel : 0;
    domain d = new_domain(p->scheme, p->strips * p->tiles, s->phases * s->channels, GAP, room);
    for (size_t i = p->strips; i-- > 0;) {
        const rl_winograd_strip strip = strip_of(&d, p, s, i);
        read(&strip, s->channels, pixels + i * s->rows * s->width * s->ld, s->ld,
             d.values.data + i * p->tiles * d.tile_stride);
    }
    assert_domain_gaps(p, &d, s, what);
    return d;
}

static inline guarded transform_weights(const problem *p, bool turned) {
    const rl_winograd *scheme = p->scheme;
    const size_t panel = p->kernels->panel;
    const rl_winograd_filters filters = {.depth = turned ? p->K : p->C,
                                         .columns = turned ? p->C : p->K,
                                         .tap_stride = p->C * p->K,
                                         .depth_stride = turned ? 1 : p->K,
                                         .column_stride = turned ? p->K : 1,
                                         .turned = turned};
    guarded u = nan_floats(
        rl_winograd_place(scheme, scheme->positions,
                          rl_winograd_filter_floats(filters.depth, filters.columns, panel)));
    for (size_t i = (filters.columns + panel - 1) / panel; i-- > 0;)
        scheme->weights(&filters, p->w.data, i, u.data);
    return u;
}

/* M = V U at every position. A domain has room behind its columns for a whole panel. */
static inline domain multiply(const problem *p, const domain *v, const side *in, const side *out,
                              const guarded *u) {
    const rl_winograd *scheme = p->scheme;
    const size_t panel = p->kernels->panel;
    const size_t block = rl_winograd_filter_floats(in->channels, out->channels, panel);
    domain m = new_domain(scheme, v->tiles, out->phases * out->channels, panel + 1, panel);
    for (size_t position = 0; position < scheme->positions; position++) {
        const size_t first = scheme->first[position], count = scheme->count[position];
        const size_t depth = in->channels * (in->phases > 1 ? count : 1);
        const size_t columns = out->channels * (out->phases > 1 ? count : 1);
        const rl_ahead ahead = {{{u->data, u->count / 2}, {NULL, 0}, {u->data, u->count}},
                                {u->data, 1}};
        p->kernels->gemm_tiles(v->tiles, depth, (columns + panel - 1) / panel,
                               v->values.data + position * v->position_stride +
                                   (in->phases > 1 ? first * in->channels : 0),
                               v->tile_stride, u->data + rl_winograd_place(scheme, position, block),
                               m.values.data + position * m.position_stride +
                                   (out->phases > 1 ? first * out->channels : 0),
                               m.tile_stride, position % 2 ? &ahead : NULL);
    }
    return m;
}

typedef void write_transform(const rl_winograd_strip *strip, size_t channels, const float *m,
                             float *pixels, size_t ld, bool accumulate);

/* What an accumulating pass adds to. */
#define START 0.25F

static inline guarded write_strips(const problem *p, const side *s, write_transform *write,
                                   const domain *m, bool accumulate) {
    const size_t pixels = p->strips * s->rows * s->width;
    guarded y = nan_floats((pixels - 1) * s->ld + s->channels);
    for (size_t i = 0; accumulate && i < pixels; i++)
        for (size_t c = 0; c < s->channels; c++)
            y.data[i * s->ld + c] = START;
    for (size_t i = p->strips; i-- > 0;) {
        const rl_winograd_strip strip = strip_of(m, p, s, i);
        write(&strip, s->channels, m->values.data + i * p->tiles * m->tile_stride,
              y.data + i * s->rows * s->width * s->ld, s->ld, accumulate);
    }
    return y;
}

/* Row c of tap t of the result is at t * tap_stride + c * (K + GAP), with NaN between. */
static inline size_t gradient_tap_stride(const problem *p) {
    return p->C * (p->K + GAP) + 1;
}

static inline guarded winograd_weight_gradient(const problem *p) {
    const rl_winograd *scheme = p->scheme;
    const side in = x_side(p), out = y_side(p, false);
    domain v = read_strips(p, &in, scheme->input, p->x.data, "input");
    domain m = read_strips(p, &out, scheme->output_gradient, p->dy.data, "output_gradient");
    guarded du = nan_floats(rl_winograd_place(scheme, scheme->positions, p->C * p->K));
    const rl_ahead ahead = {{{NULL, 0}, {v.values.data, v.values.count}, {du.data, 1}}, {NULL, 0}};
    for (size_t position = 0; position < scheme->positions; position++)
        for (size_t tile = 0; tile < v.tiles; tile = tile == 0 ? 1 : v.tiles) /* one, the others */
            p->kernels->outer_tiles(
                tile == 0 ? 1 : v.tiles - 1, scheme->count[position] * p->C, p->K,
                v.values.data + position * v.position_stride + tile * v.tile_stride +
                    scheme->first[position] * p->C,
                v.tile_stride, m.values.data + position * m.position_stride + tile * m.tile_stride,
                m.tile_stride, du.data + rl_winograd_place(scheme, position, p->C * p->K), p->K,
                tile > 0, position % 2 ? &ahead : NULL);
    guarded dw = nan_floats(8 * gradient_tap_stride(p) + (p->C - 1) * (p->K + GAP) + p->K);
    for (size_t c = p->C; c-- > 0;)
        scheme->weight_gradient(p->C, p->K, du.data, c, dw.data + c * (p->K + GAP),
                                gradient_tap_stride(p));
    guarded_free(&v.values);
    guarded_free(&m.values);
    guarded_free(&du);
    return dw;
}

/* y, or with `turned` the data gradient. */
static inline guarded winograd_pass(const problem *p, bool turned, bool accumulate) {
    const rl_winograd *scheme = p->scheme;
    const side x = x_side(p), y = y_side(p, turned);
    const side *in = turned ? &y : &x, *out = turned ? &x : &y;
    domain v = turned ? read_strips(p, in, scheme->gradient_input, p->dy.data, "gradient_input")
                      : read_strips(p, in, scheme->input, p->x.data, "input");
    guarded u = transform_weights(p, turned);
    domain m = multiply(p, &v, in, out, &u);
    guarded result =
        write_strips(p, out, turned ? scheme->gradient_output : scheme->output, &m, accumulate);
    guarded_free(&v.values);
    guarded_free(&u);
    guarded_free(&m.values);
    return result;
}

/* --- In double --- */

typedef enum { FORWARD, DATA_GRADIENT, WEIGHT_GRADIENT, PASSES } pass;

static const char *const pass_names[PASSES] = {"forward", "data gradient", "weight gradient"};

/* Results without gaps, and the sums of the magnitudes of what was added up. */
typedef struct {
    size_t count;
    double *sum, *magnitude;
} reference;

static inline void free_reference(reference *r) {
    free(r->sum);
    free(r->magnitude);
}

/* All channels' products of one tap between pixel `x` of the input and pixel `y` of the output. */
static inline void add_products(const problem *p, pass which, size_t tap, size_t x, size_t y,
                                reference *r) {
    for (size_t c = 0; c < p->C; c++)
        for (size_t k = 0; k < p->K; k++) {
            const double x_value = p->x.data[x * p->ldx + c], dy = p->dy.data[y * p->ldy + k];
            const double w = p->w.data[(tap * p->C + c) * p->K + k];
            const double product = which == FORWARD         ? x_value * w
                                   : which == DATA_GRADIENT ? dy * w
                                                            : x_value * dy;
            const size_t at = which == FORWARD         ? y * p->K + k
                              : which == DATA_GRADIENT ? x * p->C + c
                                                       : (tap * p->C + c) * p->K + k;
            r->sum[at] += product;
            r->magnitude[at] += fabs(product);
        }
}

static inline reference new_reference(const problem *p, pass which) {
    const size_t rows = 4 * p->stride * p->strips, width = 4 * p->stride * p->tiles;
    reference r = {.count = which == FORWARD         ? y_pixels(p) * p->K
                            : which == DATA_GRADIENT ? x_pixels(p) * p->C
                                                     : 9 * p->C * p->K};
    r.sum = calloc(r.count, sizeof *r.sum);
    r.magnitude = calloc(r.count, sizeof *r.magnitude);
    assert_true(r.sum && r.magnitude);
    for (size_t i = 0; i < 4 * p->strips; i++)
        for (size_t j = 0; j < 4 * p->tiles; j++)
            for (size_t tap = 0; tap < 9; tap++) {
                const size_t y = i * p->stride + tap / 3 - 1, x = j * p->stride + tap % 3 - 1;
                if (y < rows && x < width)
                    add_products(p, which, tap, y * width + x, i * 4 * p->tiles + j, &r);
            }
    return r;
}

/* Where element `i` of the reference lies in the kernels' result. */
static inline size_t place_of(const problem *p, pass which, size_t i) {
    if (which == FORWARD)
        return i / p->K * p->ldy + i % p->K;
    if (which == DATA_GRADIENT)
        return i / p->C * p->ldx + i % p->C;
    return i / (p->C * p->K) * gradient_tap_stride(p) + i / p->K % p->C * (p->K + GAP) + i % p->K;
}

static inline guarded winograd_result(const problem *p, pass which, bool accumulate) {
    return which == WEIGHT_GRADIENT ? winograd_weight_gradient(p)
                                    : winograd_pass(p, which == DATA_GRADIENT, accumulate);
}

#endif
