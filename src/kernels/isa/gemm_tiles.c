/* Dense products of tiles, y = x W for rows of x that lie ldx apart: Winograd's products at every
 * position of the transformed domain, and those of 1x1 filters. A register tile takes rows of one
 * packed panel or, where there are registers for it, of two side by side; what is used next is
 * fetched along the way. Its loop is where a training step spends half its time: it must hold
 * nothing but loads and multiply-adds. */
#include "kernels/isa/ahead.h"
#include "kernels/isa/symbols.h"
#include "kernels/isa/vector.h"

enum {
    DEPTH =
        256,  /* channels at a time of one panel, half as many of two: they stay in the L1 cache */
    STEP = 2, /* channels from one look ahead to the next */
    MOST_VECTORS = 4
};

/* Some channels of one panel, or of two side by side, for all rows. */
typedef struct {
    size_t rows, depth;
    const float *x;
    size_t ldx;
    const float *panel, *second; /* [depth][NR] each */
    float *y;
    size_t ldy;
    bool accumulate;
} dense_block;

/* What comes next in a product of tiles: the panels' successors, and what the caller knows of. */
typedef struct {
    rl_ahead_walk panels, caller;
} product_ahead;

/* Rows of x behind two pointers: one for each row would not fit the registers beside the loop's
 * others, and be loaded again for every channel. */
typedef struct {
    const float *low, *high;
} row_pointers;

enum { LOW_ROWS = (MR + 1) / 2 };

/* The compiler would make a pointer of every row again. */
RL_INLINE void advance(row_pointers *rows, size_t count) {
    rows->low += count;
    rows->high += count;
    __asm__("" : "+r"(rows->low), "+r"(rows->high));
}

/* sum[r] += x[r][c] times row c of the panels, for the channel that the pointers stand at. */
RL_INLINE void multiply_add(const int height, const int vectors, const row_pointers *rows,
                            size_t ldx, size_t c, const float *panel, const float *second,
                            vec sum[MR][MOST_VECTORS]) {
    vec b[MOST_VECTORS];
    RL_UNROLL
    for (int j = 0; j < vectors; j++)
        b[j] = vec_load((j < 2 ? panel : second) + c * NR + j % 2 * LANES);
    RL_UNROLL
    for (int r = 0; r < height; r++) {
        const float *x =
            r < LOW_ROWS ? rows->low + (size_t)r * ldx : rows->high + (size_t)(r - LOW_ROWS) * ldx;
        const vec value = vec_all(x[c]);
        RL_UNROLL
        for (int j = 0; j < vectors; j++)
            sum[r][j] = vec_fma(value, b[j], sum[r][j]);
    }
}

/* Rows [row, row + height) of a block, `vectors` wide. */
RL_INLINE void dense_tile(const int height, const int vectors, const dense_block *block, size_t row,
                          product_ahead *ahead) {
    float *y = block->y + row * block->ldy;
    vec sum[MR][MOST_VECTORS];
    RL_UNROLL
    for (int r = 0; r < height; r++) {
        RL_UNROLL
        for (int j = 0; j < vectors; j++)
            sum[r][j] =
                block->accumulate ? vec_load(y + (size_t)r * block->ldy + j * LANES) : vec_all(0);
    }
    const size_t steps = block->depth / STEP;
    const float *panel = block->panel, *second = block->second;
    rl_ahead_lines panels = ahead_take(&ahead->panels, steps * (size_t)vectors / 2, panel);
    rl_ahead_lines lines = ahead_take(&ahead->caller, steps, panel);
    row_pointers rows = {block->x + row * block->ldx, block->x + row * block->ldx};
    if (height > LOW_ROWS)
        rows.high += LOW_ROWS * block->ldx;
    for (size_t step = 0; step < steps; step++, panel += STEP * NR, second += STEP * NR) {
        RL_UNROLL
        for (int j = 0; j < vectors; j += 2)
            ahead_step(&panels);
        ahead_step(&lines);
        RL_UNROLL
        for (size_t i = 0; i < STEP; i++)
            multiply_add(height, vectors, &rows, block->ldx, i, panel, second, sum);
        advance(&rows, STEP);
    }
    for (size_t i = 0; i < block->depth % STEP; i++)
        multiply_add(height, vectors, &rows, block->ldx, i, panel, second, sum);
    RL_UNROLL
    for (int r = 0; r < height; r++) {
        RL_UNROLL
        for (int j = 0; j < vectors; j++)
            vec_store(y + (size_t)r * block->ldy + j * LANES, sum[r][j]);
    }
}

RL_INLINE void dense_rows(const int height, const int vectors, const dense_block *block,
                          product_ahead *ahead) {
    size_t row = 0;
    for (; row + (size_t)height <= block->rows; row += (size_t)height)
        dense_tile(height, vectors, block, row, ahead);
    for (; row + 4 <= block->rows; row += 4)
        dense_tile(4, vectors, block, row, ahead);
    for (; row + 2 <= block->rows; row += 2)
        dense_tile(2, vectors, block, row, ahead);
    for (; row < block->rows; row++)
        dense_tile(1, vectors, block, row, ahead);
}

/* Functions of their own: in one, compilers would find too few registers for either. */
static __attribute__((noinline)) void one_panel(const dense_block *block, product_ahead *ahead) {
    dense_rows(MR, 2, block, ahead);
}

static __attribute__((noinline)) void two_panels(const dense_block *block, product_ahead *ahead) {
    dense_rows(WIDE_MR, 4, block, ahead);
}

/* Panels of a product of tiles. */
typedef struct {
    size_t depth, panels;
    const float *packed;
    const rl_ahead *ahead; /* the caller's, or NULL */
} dense_panels;

/* What is used after channels [c, c + count) of `width` panels: their next channels, the next
 * panels, or the next product's. */
RL_INLINE void panels_after(const dense_panels *p, size_t panel, size_t width, size_t c,
                            size_t count, rl_range after[2]) {
    size_t next = c + count;
    if (next == p->depth) {
        next = 0;
        panel += width;
    }
    for (size_t i = 0; i < 2; i++)
        after[i] = (rl_range){0};
    if (panel >= p->panels) {
        if (p->ahead)
            after[0] = p->ahead->weights;
        after[0].floats =
            after[0].floats < width * count * NR ? after[0].floats : width * count * NR;
        return;
    }
    const size_t floats = (p->depth - next < count ? p->depth - next : count) * NR;
    for (size_t i = 0; i < width && panel + i < p->panels; i++)
        after[i] = (rl_range){p->packed + ((panel + i) * p->depth + next) * NR, floats};
}

void RL_SYMBOL(gemm_tiles)(size_t rows, size_t depth, size_t panels, const float *x, size_t ldx,
                           const float *packed, float *y, size_t ldy, const rl_ahead *caller) {
    const dense_panels all = {depth, panels, packed, caller};
    product_ahead ahead = {
        .caller = ahead_walk(caller ? caller->ranges : NULL, caller ? RL_AHEAD_RANGES : 0)};
    for (size_t panel = 0, width; panel < panels; panel += width) {
        width = WIDE && panels - panel >= 2 ? 2 : 1;
        const size_t most = DEPTH / width;
        for (size_t c = 0; c < depth; c += most) {
            const float *b = packed + (panel * depth + c) * NR;
            const dense_block block = {.rows = rows,
                                       .depth = depth - c < most ? depth - c : most,
                                       .x = x + c,
                                       .ldx = ldx,
                                       .panel = b,
                                       .second = width == 2 ? b + depth * NR : b,
                                       .y = y + panel * NR,
                                       .ldy = ldy,
                                       .accumulate = c > 0};
            rl_range after[2];
            panels_after(&all, panel, width, c, block.depth, after);
            ahead.panels = ahead_walk(after, 2);
            if (width == 2)
                two_panels(&block, &ahead);
            else
                one_panel(&block, &ahead);
        }
    }
}
