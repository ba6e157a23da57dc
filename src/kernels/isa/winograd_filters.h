/* Filters on their way to the transformed domain: a block of them as vectors over columns. */
#ifndef RL_KERNELS_ISA_WINOGRAD_FILTERS_H
#define RL_KERNELS_ISA_WINOGRAD_FILTERS_H

#include "kernels/isa/vector.h"
#include "kernels/kernels.h"

/* Filters of depths [first, first + depth) and of LANES columns from `column` on. */
typedef struct {
    size_t first, depth, column;
    vec weights[LANES][9];
} filter_block;

/* Rows of LANES x LANES become columns, by interleaving the halves log2(LANES) times. */
RL_INLINE void transpose(vec rows[LANES]) {
    vec next[LANES];
    for (int stage = 1; stage < LANES; stage *= 2) {
        RL_UNROLL
        for (int i = 0; i < LANES / 2; i++) {
            next[2 * i] = vec_interleave_low(rows[i], rows[i + LANES / 2]);
            next[2 * i + 1] = vec_interleave_high(rows[i], rows[i + LANES / 2]);
        }
        RL_UNROLL
        for (int i = 0; i < LANES; i++)
            rows[i] = next[i];
    }
}

/* Depths follow each other in memory, columns do not. */
RL_INLINE void load_transposed(const rl_winograd_filters *f, const float *w, size_t columns,
                               filter_block *block) {
    for (size_t tap = 0; tap < 9; tap++) {
        const float *from = w + tap * f->tap_stride;
        vec rows[LANES];
        for (size_t lane = 0; lane < LANES; lane++)
            rows[lane] =
                lane < columns ? vec_get(from + lane * f->column_stride, block->depth) : vec_all(0);
        transpose(rows);
        for (size_t d = 0; d < LANES; d++)
            block->weights[d][tap] = rows[d];
    }
}

/* Columns past the last are zero. */
RL_INLINE void load_filters(const rl_winograd_filters *f, const float *w, size_t first,
                            size_t column, filter_block *block) {
    block->first = first;
    block->depth = f->depth - first < LANES ? f->depth - first : LANES;
    block->column = column;
    const size_t left = column < f->columns ? f->columns - column : 0;
    const size_t count = left < LANES ? left : LANES;
    const float *from = w + first * f->depth_stride + column * f->column_stride;
    if (f->depth_stride == 1 && f->column_stride != 1) {
        load_transposed(f, from, count, block);
        return;
    }
    for (size_t d = 0; d < block->depth; d++)
        for (size_t tap = 0; tap < 9; tap++) {
            const float *row = from + d * f->depth_stride + tap * f->tap_stride;
            block->weights[d][tap] = count ? vec_get(row, count) : vec_all(0);
        }
}

#endif
