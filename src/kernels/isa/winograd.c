/* Winograd's convolution F(4x4, 3x3), stride 1, padding 1: an output tile of 4x4 pixels from an
 * input window of 6x6 takes 36 multiplications a channel pair instead of 144. Position 6 i + j of
 * the transformed domain belongs to the points of row i and column j. The data gradient is the same
 * convolution with the weights turned by 180 degrees; the weight gradient is the exact adjoint,
 * dg = G^T ((B^T d B) * (A dy A^T)) G. Lavin and Gray 2016, arXiv:1509.09308. */
#include "kernels/isa/symbols.h"
#include "kernels/isa/winograd_filters.h"
#include "kernels/isa/winograd_tiles.h"

enum { POINTS = 6, POSITIONS = POINTS * POINTS };

/* A column of the window, transformed downwards. p: the column's pixel in the tile's first row. */
RL_INLINE void input_column(const float *p, size_t row, bool above, bool below, size_t count,
                            vec out[POINTS]) {
    const vec zero = vec_all(0);
    const vec d[POINTS] = {above ? vec_get(p - row, count) : zero,
                           vec_get(p, count),
                           vec_get(p + row, count),
                           vec_get(p + 2 * row, count),
                           vec_get(p + 3 * row, count),
                           below ? vec_get(p + 4 * row, count) : zero};
    inputs_6(d, out);
}

/* Channels [0, count) of a strip. Neighbouring windows share two columns. */
RL_INLINE void input_strip(const rl_winograd_strip *s, const float *x, size_t ldx, float *v,
                           size_t count) {
    const size_t width = 4 * s->tiles, row = width * ldx;
    vec column[POINTS][POINTS]; /* [column of the window][point of the rows] */
    RL_UNROLL
    for (size_t i = 0; i < POINTS; i++)
        column[0][i] = vec_all(0);
    input_column(x, row, s->above, s->below, count, column[1]);
    for (size_t first = 0; first < width; first += 4, v += s->tile_stride) {
        RL_UNROLL
        for (size_t j = 2; j < POINTS; j++) {
            if (j < POINTS - 1 || first + 4 < width)
                input_column(x + (first + j - 1) * ldx, row, s->above, s->below, count, column[j]);
            else
                for (size_t i = 0; i < POINTS; i++)
                    column[j][i] = vec_all(0);
        }
        RL_UNROLL
        for (size_t i = 0; i < POINTS; i++) {
            vec d[POINTS], out[POINTS];
            RL_UNROLL
            for (size_t j = 0; j < POINTS; j++)
                d[j] = column[j][i];
            inputs_6(d, out);
            RL_UNROLL
            for (size_t j = 0; j < POINTS; j++)
                vec_put(v + (POINTS * i + j) * s->position_stride, out[j], count);
            column[0][i] = column[4][i];
            column[1][i] = column[5][i];
        }
    }
}

void RL_SYMBOL(winograd_input)(const rl_winograd_strip *s, size_t C, const float *x, size_t ldx,
                               float *v) {
    RL_EACH_CHANNELS(C, input_strip(s, x + c, ldx, v + c, count));
}

void RL_SYMBOL(winograd_output)(const rl_winograd_strip *s, size_t K, const float *m, float *y,
                                size_t ldy, bool accumulate) {
    if (accumulate)
        RL_EACH_CHANNELS(K, output_strip(POINTS, s, m + c, y + c, ldy, true, count));
    else
        RL_EACH_CHANNELS(K, output_strip(POINTS, s, m + c, y + c, ldy, false, count));
}

void RL_SYMBOL(winograd_output_gradient)(const rl_winograd_strip *s, size_t K, const float *dy,
                                         size_t ldy, float *m) {
    RL_EACH_CHANNELS(K, output_gradient_strip(POINTS, s, dy + c, ldy, m + c, count));
}

/* G g G^T of LANES filters. */
RL_INLINE void transform_filter(const vec g[9], vec out[POSITIONS]) {
    vec half[POINTS][3];
    RL_UNROLL
    for (size_t j = 0; j < 3; j++) {
        const vec column[3] = {g[j], g[3 + j], g[6 + j]};
        vec points[POINTS];
        weights_6(column, points);
        RL_UNROLL
        for (size_t i = 0; i < POINTS; i++)
            half[i][j] = points[i];
    }
    RL_UNROLL
    for (size_t i = 0; i < POINTS; i++)
        weights_6(half[i], out + POINTS * i);
}

RL_INLINE void store_filters(const rl_winograd_filters *f, const filter_block *block, float *u) {
    const size_t panel = block->column / NR, lane = block->column % NR;
    const size_t position_stride =
        rl_winograd_filter_floats(f->depth, f->columns, NR) + RL_POSITION_PADDING;
    for (size_t d = 0; d < block->depth; d++) {
        vec g[9], out[POSITIONS];
        RL_UNROLL
        for (size_t tap = 0; tap < 9; tap++)
            g[tap] = block->weights[d][f->turned ? 8 - tap : tap];
        transform_filter(g, out);
        float *to = u + (panel * f->depth + block->first + d) * NR + lane;
        RL_UNROLL
        for (size_t p = 0; p < POSITIONS; p++)
            vec_store(to + p * position_stride, out[p]);
    }
}

void RL_SYMBOL(winograd_weights)(const rl_winograd_filters *f, const float *w, size_t panel,
                                 float *u) {
    filter_block block;
    for (size_t d = 0; d < f->depth; d += LANES)
        for (size_t lane = 0; lane < NR; lane += LANES) {
            load_filters(f, w, d, panel * NR + lane, &block);
            store_filters(f, &block, u);
        }
}

RL_INLINE void weight_gradient_part(const float *du, size_t position_stride, float *dw,
                                    size_t tap_stride, size_t count) {
    vec half[3][POINTS];
    RL_UNROLL
    for (size_t j = 0; j < POINTS; j++) {
        vec m[POINTS], out[3];
        RL_UNROLL
        for (size_t i = 0; i < POINTS; i++)
            m[i] = vec_get(du + (POINTS * i + j) * position_stride, count);
        weight_gradients_6(m, out);
        RL_UNROLL
        for (size_t i = 0; i < 3; i++)
            half[i][j] = out[i];
    }
    RL_UNROLL
    for (size_t i = 0; i < 3; i++) {
        vec out[3];
        weight_gradients_6(half[i], out);
        RL_UNROLL
        for (size_t j = 0; j < 3; j++)
            vec_put(dw + (3 * i + j) * tap_stride, out[j], count);
    }
}

void RL_SYMBOL(winograd_weight_gradient)(size_t C, size_t K, const float *du, size_t input,
                                         float *dw, size_t tap_stride) {
    const size_t position_stride = C * K + RL_POSITION_PADDING, row = input * K;
    RL_EACH_CHANNELS(
        K, weight_gradient_part(du + row + c, position_stride, dw + c, tap_stride, count));
}

const rl_winograd RL_SYMBOL(winograd_stride1) = {
    .positions = POSITIONS,
    .phases = 1,
    .count = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
              1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1},
    .before = {0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15, 16, 17, 18,
               19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36},
    .input_above = true,
    .input_below = true,
    .gradient_above = true,
    .gradient_below = true,
    .input = RL_SYMBOL(winograd_input),
    .output = RL_SYMBOL(winograd_output),
    .gradient_input = RL_SYMBOL(winograd_input),
    .gradient_output = RL_SYMBOL(winograd_output),
    .output_gradient = RL_SYMBOL(winograd_output_gradient),
    .weights = RL_SYMBOL(winograd_weights),
    .weight_gradient = RL_SYMBOL(winograd_weight_gradient),
};
