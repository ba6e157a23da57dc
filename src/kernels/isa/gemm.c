/* Products over row pointers: y = sum over taps of x W, forward and data gradient of convolutions.
 * One register tile of MR x NR accumulators, used with fewer rows at the edges; everything else is
 * loops around it. Dukhan 2019, "The Indirect Convolution Algorithm", arXiv:1907.02129. */
#include "kernels/isa/ahead.h"
#include "kernels/isa/symbols.h"
#include "kernels/isa/vector.h"

void RL_SYMBOL(pack_weights)(size_t taps, size_t C, size_t K, const float *w, size_t tap_stride,
                             size_t c_stride, size_t k_stride, size_t panel_begin, size_t panel_end,
                             float *packed) {
    for (size_t panel = panel_begin; panel < panel_end; panel++) {
        float *out = packed + panel * taps * C * NR;
        const size_t k0 = panel * NR, columns = K - k0 < NR ? K - k0 : NR;
        for (size_t tap = 0; tap < taps; tap++)
            for (size_t c = 0; c < C; c++, out += NR) {
                const float *in = w + tap * tap_stride + c * c_stride + k0 * k_stride;
                for (size_t k = 0; k < columns; k++)
                    out[k] = in[k * k_stride];
                for (size_t k = columns; k < NR; k++)
                    out[k] = 0;
            }
    }
}

enum {
    DEPTH = 256, /* channels at a time: that much of a panel stays in the L1 cache */
    STEP = 2     /* channels from one look ahead to the next */
};

/* sum[r] += a[r][c] times row c of a panel: the one statement that all time goes to. */
RL_INLINE void multiply_add(const int height, size_t c, const float *const a[MR], const float *b,
                            vec sum[MR][2]) {
    const vec left = vec_load(b + c * NR), right = vec_load(b + c * NR + LANES);
    RL_UNROLL
    for (int r = 0; r < height; r++) {
        const vec value = vec_all(a[r][c]);
        sum[r][0] = vec_fma(value, left, sum[r][0]);
        sum[r][1] = vec_fma(value, right, sum[r][1]);
    }
}

/* What a tile of gemm_rows is a part of: channels [begin, end) of every tap. */
typedef struct {
    size_t rows, tap_count, C, begin, end;
    const size_t *tap;
    const float *const *x;
    const float *panel; /* [taps][C][NR] */
    float *const *y;    /* at the panel's first column */
    size_t k0, columns;
    bool accumulate;
} product;

RL_INLINE void store_row(const product *p, float *y, vec left, vec right) {
    if (p->columns == NR) {
        if (p->accumulate) {
            left += vec_load(y);
            right += vec_load(y + LANES);
        }
        vec_store(y, left);
        vec_store(y + LANES, right);
        return;
    }
    float row[NR];
    vec_store(row, left);
    vec_store(row + LANES, right);
    for (size_t k = 0; k < p->columns; k++)
        y[k] = p->accumulate ? row[k] + y[k] : row[k];
}

RL_INLINE void row_tile(const int height, const product *p, size_t first) {
    vec sum[MR][2];
    RL_UNROLL
    for (int r = 0; r < height; r++)
        sum[r][0] = sum[r][1] = vec_all(0);
    for (size_t i = 0; i < p->tap_count; i++) {
        const float *a[MR];
        RL_UNROLL
        for (int r = 0; r < height; r++)
            a[r] = p->x[i * p->rows + first + (size_t)r] + p->begin;
        const float *b = p->panel + (p->tap[i] * p->C + p->begin) * NR;
        for (size_t c = 0; c < p->end - p->begin; c++)
            multiply_add(height, c, a, b, sum);
    }
    RL_UNROLL
    for (int r = 0; r < height; r++)
        store_row(p, p->y[first + (size_t)r] + p->k0, sum[r][0], sum[r][1]);
}

static void panel_rows(const product *p) {
    size_t row = 0;
    for (; row + MR <= p->rows; row += MR)
        row_tile(MR, p, row);
    for (; row + MR / 2 <= p->rows; row += MR / 2)
        row_tile(MR / 2, p, row);
    for (; row < p->rows; row++)
        row_tile(1, p, row);
}

void RL_SYMBOL(gemm_rows)(size_t rows, size_t tap_count, const size_t *tap, size_t taps, size_t C,
                          size_t K, const float *const *x, const float *packed, size_t panel_begin,
                          size_t panel_end, float *const *y, bool accumulate) {
    for (size_t panel = panel_begin; panel < panel_end; panel++) {
        size_t c = 0;
        do {
            const size_t k0 = panel * NR;
            const product p = {.rows = rows,
                               .tap_count = tap_count,
                               .C = C,
                               .begin = c,
                               .end = C - c < DEPTH ? C : c + DEPTH,
                               .tap = tap,
                               .x = x,
                               .panel = packed + panel * taps * C * NR,
                               .y = y,
                               .k0 = k0,
                               .columns = K - k0 < NR ? K - k0 : NR,
                               .accumulate = accumulate || c > 0};
            panel_rows(&p);
            c += DEPTH;
        } while (c < C);
    }
}

/* --- Products of tiles: rows of x lie ldx apart, and nothing is masked --- */

enum { MOST_VECTORS = 4 };

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
RL_INLINE void multiply_add_dense(const int height, const int vectors, const row_pointers *rows,
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
            multiply_add_dense(height, vectors, &rows, block->ldx, i, panel, second, sum);
        advance(&rows, STEP);
    }
    for (size_t i = 0; i < block->depth % STEP; i++)
        multiply_add_dense(height, vectors, &rows, block->ldx, i, panel, second, sum);
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
                                       .second = b + depth * NR,
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
