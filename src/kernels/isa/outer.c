/* Weight gradients of convolutions: dw += x^T dy over pairs of rows, an MR x NR register tile of dw
 * at a time. Rows of activations lie a power of two apart and would fall into few sets of the
 * cache; so a block of pairs of dy, which all tiles of a column read, is first copied together.
 * Sums start from dw and take the pairs in order, so the block size leaves no trace in the result.
 */
#include "kernels/isa/ahead.h"
#include "kernels/isa/symbols.h"
#include "kernels/isa/vector.h"

enum {
    PAIRS = 128,
    STEP = 2, /* pairs from one look ahead to the next */
    MOST_VECTORS = 4
};

/* Pairs of rows. Rows of x by pointers, or ldx apart (then `rows` is NULL); dy's columns. */
typedef struct {
    size_t pairs;
    const float *const *rows;
    const float *x;
    size_t ldx;
    const float *dy;
    size_t ldy;
    size_t columns;
    size_t ld_dw;
    bool accumulate;
} outer_panel;

RL_INLINE size_t vector_width(const outer_panel *panel, int j) {
    const size_t before = (size_t)j * LANES;
    return panel->columns <= before          ? 0
           : panel->columns < before + LANES ? panel->columns - before
                                             : LANES;
}

/* sum += column x row: pair p of a tile's channels c and the panel's columns. */
RL_INLINE void add_outer(const int height, const int vectors, const bool by_pointers,
                         const outer_panel *panel, size_t p, size_t c, vec sum[MR][MOST_VECTORS]) {
    const float *dy = panel->dy + p * panel->ldy;
    const float *a = (by_pointers ? panel->rows[p] : panel->x + p * panel->ldx) + c;
    vec row[MOST_VECTORS];
    RL_UNROLL
    for (int j = 0; j < vectors; j++)
        row[j] = vec_load(dy + j * LANES);
    RL_UNROLL
    for (int r = 0; r < height; r++) {
        const vec value = vec_all(a[r]);
        RL_UNROLL
        for (int j = 0; j < vectors; j++)
            sum[r][j] = vec_fma(value, row[j], sum[r][j]);
    }
}

/* next: where the next tile's sums lie, or NULL. They are fetched first, a row a step. */
RL_INLINE void outer_tile(const int height, const int vectors, const bool by_pointers,
                          const outer_panel *panel, size_t c, float *dw, const float *next,
                          rl_ahead_walk *ahead) {
    const size_t ld = panel->ld_dw;
    vec sum[MR][MOST_VECTORS];
    RL_UNROLL
    for (int r = 0; r < height; r++) {
        RL_UNROLL
        for (int j = 0; j < vectors; j++) {
            const size_t width = vector_width(panel, j);
            sum[r][j] = panel->accumulate && width ? vec_get(dw + (size_t)r * ld + j * LANES, width)
                                                   : vec_all(0);
        }
    }
    const size_t steps = panel->pairs / STEP;
    const size_t sum_steps = !next ? 0 : steps < (size_t)height ? steps : (size_t)height;
    size_t p = 0;
    for (; p < sum_steps * STEP; p += STEP, next += ld) {
        RL_UNROLL
        for (int j = 0; j < vectors; j++)
            __builtin_prefetch(next + j * LANES, 0, 2);
        RL_UNROLL
        for (size_t i = 0; i < STEP; i++)
            add_outer(height, vectors, by_pointers, panel, p + i, c, sum);
    }
    rl_ahead_lines lines = ahead_take(ahead, (steps - sum_steps) * STEP, panel->dy);
    for (; p < steps * STEP; p += STEP) {
        RL_UNROLL
        for (size_t i = 0; i < STEP; i++) {
            ahead_step(&lines);
            add_outer(height, vectors, by_pointers, panel, p + i, c, sum);
        }
    }
    for (; p < panel->pairs; p++)
        add_outer(height, vectors, by_pointers, panel, p, c, sum);
    RL_UNROLL
    for (int r = 0; r < height; r++) {
        RL_UNROLL
        for (int j = 0; j < vectors; j++) {
            const size_t width = vector_width(panel, j);
            if (width)
                vec_put(dw + (size_t)r * ld + j * LANES, sum[r][j], width);
        }
    }
}

/* after: the sums of the column that follows, or NULL. */
RL_INLINE void outer_column(const int height, const int vectors, const bool by_pointers,
                            const outer_panel *panel, size_t C, float *dw, const float *after,
                            rl_ahead_walk *ahead) {
    const size_t ld = panel->ld_dw, rows = (size_t)height;
    size_t c = 0;
    for (; c + rows <= C; c += rows) {
        float *sums = dw + c * ld;
        const float *next = c + 2 * rows <= C ? sums + rows * ld : after;
        outer_tile(height, vectors, by_pointers, panel, c, sums, next, ahead);
    }
    for (; c + 4 <= C; c += 4) /* what 64 channels leave of tiles of 6 */
        outer_tile(4, vectors, by_pointers, panel, c, dw + c * ld, NULL, ahead);
    for (; c + 3 <= C; c += 3) /* what three colours by nine taps leave */
        outer_tile(3, vectors, by_pointers, panel, c, dw + c * ld, NULL, ahead);
    for (; c + 2 <= C; c += 2)
        outer_tile(2, vectors, by_pointers, panel, c, dw + c * ld, NULL, ahead);
    for (; c < C; c++)
        outer_tile(1, vectors, by_pointers, panel, c, dw + c * ld, NULL, ahead);
}

void RL_SYMBOL(outer_rows)(size_t pairs, size_t C, size_t K, const float *const *x,
                           const float *const *dy, float *dw, size_t ld_dw) {
    float copy[PAIRS][NR] __attribute__((aligned(64)));
    rl_ahead_walk nothing = {0};
    for (size_t p = 0; p < pairs; p += PAIRS)
        for (size_t k = 0; k < K; k += NR) {
            const outer_panel panel = {.pairs = pairs - p < PAIRS ? pairs - p : PAIRS,
                                       .rows = x + p,
                                       .x = x[p],
                                       .dy = copy[0],
                                       .ldy = NR,
                                       .columns = K - k < NR ? K - k : NR,
                                       .ld_dw = ld_dw,
                                       .accumulate = true};
            for (size_t i = 0; i < panel.pairs; i++)
                for (int j = 0; j < 2; j++) {
                    const size_t width = vector_width(&panel, j);
                    const float *from = dy[p + i] + k + j * LANES;
                    vec_store(copy[i] + j * LANES, width ? vec_get(from, width) : vec_all(0));
                }
            outer_column(MR, 2, true, &panel, C, dw + k, NULL, &nothing);
        }
}

void RL_SYMBOL(outer_tiles)(size_t tiles, size_t C, size_t K, const float *x, size_t ldx,
                            const float *dy, size_t ldy, float *dw, size_t ld_dw, bool accumulate,
                            const rl_ahead *ahead) {
    rl_ahead_walk walk = ahead_walk(ahead ? ahead->ranges : NULL, ahead ? RL_AHEAD_RANGES : 0);
    outer_panel panel = {
        .pairs = tiles, .x = x, .ldx = ldx, .ldy = ldy, .ld_dw = ld_dw, .accumulate = accumulate};
    for (size_t k = 0; k < K; k += panel.columns) {
        const bool wide = WIDE && K - k >= 2 * NR;
        panel.dy = dy + k;
        panel.columns = wide ? 2 * NR : K - k < NR ? K - k : NR;
        const float *after = C >= MR && k + 2 * panel.columns <= K ? dw + k + panel.columns : NULL;
        if (wide)
            outer_column(WIDE_MR, 4, false, &panel, C, dw + k, after, &walk);
        else
            outer_column(MR, 2, false, &panel, C, dw + k, after, &walk);
    }
}
