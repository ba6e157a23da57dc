/* Products over row pointers: y = sum over taps of x W, forward and data gradient of convolutions.
 * One register tile of MR x NR accumulators, used with fewer rows at the edges; everything else is
 * loops around it. Dukhan 2019, "The Indirect Convolution Algorithm", arXiv:1907.02129. */
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

enum { DEPTH = 256 }; /* channels at a time: that much of a panel stays in the L1 cache */

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
