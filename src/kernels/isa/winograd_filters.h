/* Filters on their way to the transformed domain: a block of them as vectors over columns. */
#ifndef RL_KERNELS_ISA_WINOGRAD_FILTERS_H
#define RL_KERNELS_ISA_WINOGRAD_FILTERS_H

#include "kernels/isa/vector.h"
#include "kernels/kernels.h"

enum { FILTER_DEPTH = 8 };

/* Filters of depths [first, first + depth) and of LANES columns from `column` on. */
typedef struct {
    size_t first, depth, column;
    float weights[FILTER_DEPTH][9][LANES] __attribute__((aligned(64)));
} filter_block;

/* Columns past the last are zero. */
RL_INLINE void load_filters(const rl_winograd_filters *f, const float *w, size_t first,
                            size_t column, filter_block *block) {
    block->first = first;
    block->depth = f->depth - first < FILTER_DEPTH ? f->depth - first : FILTER_DEPTH;
    block->column = column;
    const size_t left = column < f->columns ? f->columns - column : 0;
    const size_t count = left < LANES ? left : LANES;
    for (size_t tap = 0; tap < 9; tap++) {
        const float *from =
            w + tap * f->tap_stride + first * f->depth_stride + column * f->column_stride;
        for (size_t lane = 0; lane < LANES; lane++)
            for (size_t d = 0; d < block->depth; d++)
                block->weights[d][tap][lane] =
                    lane < count ? from[d * f->depth_stride + lane * f->column_stride] : 0;
    }
}

#endif
