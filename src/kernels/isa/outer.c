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
    STEP = 2 /* pairs from one look ahead to the next */
};

/* Pairs of rows. Rows of x by pointers, or ldx apart (then `rows` is NULL); dy's NR columns. */
typedef struct {
    size_t pairs;
    const float *const *rows;
    const float *x;
    size_t ldx;
    const float *dy;
    size_t ldy;
    size_t first_width, second_width; /* columns in the left and in the right vector */
    size_t ld_dw;
    bool accumulate;
} outer_panel;

/* sum += column x row: pair p of a tile's channels c and the panel's columns. */
RL_INLINE void add_outer(const int height, const bool by_pointers, const outer_panel *panel,
                         size_t p, size_t c, vec sum[MR][2]) {
    const float *dy = panel->dy + p * panel->ldy;
    const vec left = vec_load(dy), right = vec_load(dy + LANES);
    const float *a = (by_pointers ? panel->rows[p] : panel->x + p * panel->ldx) + c;
    RL_UNROLL
    for (int r = 0; r < height; r++) {
        const vec value = vec_all(a[r]);
        sum[r][0] = vec_fma(value, left, sum[r][0]);
        sum[r][1] = vec_fma(value, right, sum[r][1]);
    }
}

/* next: where the next tile's sums lie, or NULL. They are fetched first, a row a step. */
RL_INLINE void outer_tile(const int height, const bool by_pointers, const outer_panel *panel,
                          size_t c, float *dw, const float *next, rl_ahead_walk *ahead) {
    const size_t first = panel->first_width, second = panel->second_width, ld = panel->ld_dw;
    vec sum[MR][2];
    RL_UNROLL
    for (int r = 0; r < height; r++) {
        sum[r][0] = panel->accumulate ? vec_get(dw + (size_t)r * ld, first) : vec_all(0);
        sum[r][1] =
            panel->accumulate && second ? vec_get(dw + (size_t)r * ld + LANES, second) : vec_all(0);
    }
    const size_t steps = panel->pairs / STEP;
    const size_t sum_steps = !next ? 0 : steps < MR ? steps : MR;
    size_t p = 0;
    for (; p < sum_steps * STEP; p += STEP, next += ld) {
        __builtin_prefetch(next, 0, 2);
        __builtin_prefetch(next + LANES, 0, 2);
        RL_UNROLL
        for (size_t i = 0; i < STEP; i++)
            add_outer(height, by_pointers, panel, p + i, c, sum);
    }
    rl_ahead_lines lines = ahead_take(ahead, (steps - sum_steps) * STEP, panel->dy);
    for (; p < steps * STEP; p += STEP) {
        RL_UNROLL
        for (size_t i = 0; i < STEP; i++) {
            ahead_step(&lines);
            add_outer(height, by_pointers, panel, p + i, c, sum);
        }
    }
    for (; p < panel->pairs; p++)
        add_outer(height, by_pointers, panel, p, c, sum);
    RL_UNROLL
    for (int r = 0; r < height; r++) {
        vec_put(dw + (size_t)r * ld, sum[r][0], first);
        if (second)
            vec_put(dw + (size_t)r * ld + LANES, sum[r][1], second);
    }
}

/* after: the sums of the column that follows, or NULL. */
RL_INLINE void outer_column(const bool by_pointers, const outer_panel *panel, size_t C, float *dw,
                            const float *after, rl_ahead_walk *ahead) {
    size_t c = 0;
    for (; c + MR <= C; c += MR) {
        float *sums = dw + c * panel->ld_dw;
        const float *next = c + 2 * MR <= C ? sums + MR * panel->ld_dw : after;
        outer_tile(MR, by_pointers, panel, c, sums, next, ahead);
    }
    for (; c + 4 <= C; c += 4) /* what 64 channels leave of tiles of 6 */
        outer_tile(4, by_pointers, panel, c, dw + c * panel->ld_dw, NULL, ahead);
    for (; c + 2 <= C; c += 2)
        outer_tile(2, by_pointers, panel, c, dw + c * panel->ld_dw, NULL, ahead);
    for (; c < C; c++)
        outer_tile(1, by_pointers, panel, c, dw + c * panel->ld_dw, NULL, ahead);
}

static outer_panel panel_of(size_t pairs, size_t columns, size_t ld_dw, bool accumulate) {
    return (outer_panel){.pairs = pairs,
                         .first_width = columns < LANES ? columns : LANES,
                         .second_width = columns > LANES ? columns - LANES : 0,
                         .ld_dw = ld_dw,
                         .accumulate = accumulate};
}

void RL_SYMBOL(outer_rows)(size_t pairs, size_t C, size_t K, const float *const *x,
                           const float *const *dy, float *dw, size_t ld_dw) {
    float copy[PAIRS][NR] __attribute__((aligned(64)));
    rl_ahead_walk nothing = {0};
    for (size_t p = 0; p < pairs; p += PAIRS)
        for (size_t k = 0; k < K; k += NR) {
            outer_panel panel = panel_of(pairs - p < PAIRS ? pairs - p : PAIRS,
                                         K - k < NR ? K - k : NR, ld_dw, true);
            for (size_t i = 0; i < panel.pairs; i++) {
                const float *row = dy[p + i] + k;
                vec_store(copy[i], vec_get(row, panel.first_width));
                if (panel.second_width)
                    vec_store(copy[i] + LANES, vec_get(row + LANES, panel.second_width));
                else
                    vec_store(copy[i] + LANES, vec_all(0));
            }
            panel.rows = x + p;
            panel.x = x[p];
            panel.dy = copy[0];
            panel.ldy = NR;
            outer_column(true, &panel, C, dw + k, NULL, &nothing);
        }
}

void RL_SYMBOL(outer_tiles)(size_t tiles, size_t C, size_t K, const float *x, size_t ldx,
                            const float *dy, size_t ldy, float *dw, size_t ld_dw, bool accumulate,
                            const rl_ahead *ahead) {
    rl_ahead_walk walk = ahead_walk(ahead ? ahead->ranges : NULL, ahead ? RL_AHEAD_RANGES : 0);
    for (size_t k = 0; k < K; k += NR) {
        outer_panel panel = panel_of(tiles, K - k < NR ? K - k : NR, ld_dw, accumulate);
        panel.x = x;
        panel.ldx = ldx;
        panel.dy = dy + k;
        panel.ldy = ldy;
        outer_column(false, &panel, C, dw + k, C >= MR && k + 2 * NR <= K ? dw + k + NR : NULL,
                     &walk);
    }
}
