/* Filters of the stride-2 scheme (winograd_stride2.c), to the transformed domain and their gradient
 * back. In each direction the even phase meets the middle tap, the odd one the two outer taps: in
 * the order first, last going forward, and the other way round in the data gradient. */
#include "kernels/isa/symbols.h"
#include "kernels/isa/winograd_filters.h"
#include "kernels/isa/winograd_points.h"

enum { POINTS = 5, POSITIONS = POINTS * POINTS };

/* Phase (odd_row, odd_column) of LANES filters, already turned where it is to be. */
RL_INLINE void transform_phase(const bool odd_row, const bool odd_column, const vec g[9],
                               vec out[POSITIONS]) {
    const size_t rows = odd_row ? 5 : 4;
    vec half[POINTS][3];
    RL_UNROLL
    for (size_t j = 0; j < 3; j++) {
        vec points[POINTS];
        if (odd_row)
            weights_5(g[j], g[6 + j], points);
        else
            weights_4(g[3 + j], points);
        RL_UNROLL
        for (size_t i = 0; i < rows; i++)
            half[i][j] = points[i];
    }
    RL_UNROLL
    for (size_t i = 0; i < rows; i++)
        if (odd_column)
            weights_5(half[i][0], half[i][2], out + POINTS * i);
        else
            weights_4(half[i][1], out + POINTS * i);
}

/* Where the filters of one phase go: phases lie one after the other along the depth going forward,
 * along the columns in the data gradient. */
RL_INLINE void store_phase(const bool odd_row, const bool odd_column, const rl_winograd_filters *f,
                           const vec g[9], size_t depth, size_t column, float *u) {
    const rl_winograd *scheme = &RL_SYMBOL(winograd_stride2);
    const size_t phase = odd_row ? (odd_column ? 2 : 3) : (odd_column ? 1 : 0);
    const size_t block = rl_winograd_filter_floats(f->depth, f->columns, NR);
    vec out[POSITIONS];
    transform_phase(odd_row, odd_column, g, out);
    RL_UNROLL
    for (size_t i = 0; i < 4 + (size_t)odd_row; i++) {
        RL_UNROLL
        for (size_t j = 0; j < 4 + (size_t)odd_column; j++) {
            const size_t p = POINTS * i + j, before = phase - scheme->first[p];
            const size_t rows = f->turned ? f->depth : scheme->count[p] * f->depth;
            const size_t row = f->turned ? depth : before * f->depth + depth;
            const size_t place = f->turned ? before * f->columns + column : column;
            vec_store(u + rl_winograd_place(scheme, p, block) + (place / NR * rows + row) * NR +
                          place % NR,
                      out[p]);
        }
    }
}

RL_INLINE void store_filters(const rl_winograd_filters *f, const filter_block *block, float *u) {
    for (size_t d = 0; d < block->depth; d++) {
        const size_t depth = block->first + d;
        vec g[9];
        RL_UNROLL
        for (size_t tap = 0; tap < 9; tap++)
            g[tap] = block->weights[d][f->turned ? 8 - tap : tap];
        store_phase(false, false, f, g, depth, block->column, u);
        store_phase(false, true, f, g, depth, block->column, u);
        store_phase(true, true, f, g, depth, block->column, u);
        store_phase(true, false, f, g, depth, block->column, u);
    }
}

void RL_SYMBOL(winograd_stride2_weights)(const rl_winograd_filters *f, const float *w, size_t panel,
                                         float *u) {
    filter_block block;
    for (size_t d = 0; d < f->depth; d += LANES)
        for (size_t column = panel * NR; column < f->columns && column < (panel + 1) * NR;
             column += LANES) {
            load_filters(f, w, d, column, &block);
            store_filters(f, &block, u);
        }
}

/* The taps of one phase: [row 0 or 1][column 0 or 1], as many as it has. */
RL_INLINE void phase_gradient(const bool odd_row, const bool odd_column, size_t C, size_t K,
                              const float *du, size_t c, vec dw[9], size_t count) {
    const rl_winograd *scheme = &RL_SYMBOL(winograd_stride2);
    const size_t phase = odd_row ? (odd_column ? 2 : 3) : (odd_column ? 1 : 0);
    const size_t rows = odd_row ? 5 : 4, columns = odd_column ? 5 : 4;
    vec half[2][POINTS];
    RL_UNROLL
    for (size_t j = 0; j < columns; j++) {
        vec m[POINTS];
        RL_UNROLL
        for (size_t i = 0; i < rows; i++) {
            const size_t p = POINTS * i + j;
            m[i] = vec_get(du + rl_winograd_place(scheme, p, C * K) +
                               ((phase - scheme->first[p]) * C + c) * K,
                           count);
        }
        if (odd_row)
            weight_gradients_5(m, &half[0][j], &half[1][j]);
        else
            half[0][j] = weight_gradient_4(m);
    }
    RL_UNROLL
    for (size_t i = 0; i < 1 + (size_t)odd_row; i++) {
        vec *row = dw + 3 * (odd_row ? 2 * i : 1);
        if (odd_column)
            weight_gradients_5(half[i], &row[0], &row[2]);
        else
            row[1] = weight_gradient_4(half[i]);
    }
}

RL_INLINE void weight_gradient_part(size_t C, size_t K, const float *du, size_t c, float *dw,
                                    size_t tap_stride, size_t count) {
    vec out[9];
    phase_gradient(false, false, C, K, du, c, out, count);
    phase_gradient(false, true, C, K, du, c, out, count);
    phase_gradient(true, true, C, K, du, c, out, count);
    phase_gradient(true, false, C, K, du, c, out, count);
    RL_UNROLL
    for (size_t tap = 0; tap < 9; tap++)
        vec_put(dw + tap * tap_stride, out[tap], count);
}

void RL_SYMBOL(winograd_stride2_weight_gradient)(size_t C, size_t K, const float *du, size_t input,
                                                 float *dw, size_t tap_stride) {
    RL_EACH_CHANNELS(K, weight_gradient_part(C, K, du + c, input, dw + c, tap_stride, count));
}

/* Position 5 i + j: all phases at finite points; at infinity only those with two taps there. */
const rl_winograd RL_SYMBOL(winograd_stride2) = {
    .positions = POSITIONS,
    .phases = 4,
    .first = {0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 2, 2, 2, 2, 2},
    .count = {4, 4, 4, 4, 2, 4, 4, 4, 4, 2, 4, 4, 4, 4, 2, 4, 4, 4, 4, 2, 2, 2, 2, 2, 1},
    .before = {0,  4,  8,  12, 16, 18, 22, 26, 30, 34, 36, 40, 44,
               48, 52, 54, 58, 62, 66, 70, 72, 74, 76, 78, 80, 81},
    .input_above = true,
    .gradient_below = true,
    .input = RL_SYMBOL(winograd_stride2_input),
    .output = RL_SYMBOL(winograd_stride2_output),
    .gradient_input = RL_SYMBOL(winograd_stride2_gradient_input),
    .gradient_output = RL_SYMBOL(winograd_stride2_gradient_output),
    .output_gradient = RL_SYMBOL(winograd_stride2_output_gradient),
    .weights = RL_SYMBOL(winograd_stride2_weights),
    .weight_gradient = RL_SYMBOL(winograd_stride2_weight_gradient),
};
