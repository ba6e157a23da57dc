/* Sums over rows: moments for batch normalisation, and global average pooling both ways. */
#include "kernels/isa/symbols.h"
#include "kernels/isa/vector.h"

enum { VECTORS = 4 }; /* of channels at a time, whose sums stay in registers */

/* Sums over rows of channels [c, c + count) in `vectors` vectors: of x, or of (x - mean)^2. */
RL_INLINE void sum_columns(const size_t vectors, const bool squares, size_t rows, const float *x,
                           size_t ldx, const float *mean, float *out, size_t count) {
    vec sum[VECTORS], center[VECTORS];
    RL_UNROLL
    for (size_t v = 0; v < vectors; v++) {
        sum[v] = vec_all(0);
        center[v] = squares ? vec_get(mean + v * LANES, count) : vec_all(0);
    }
    for (size_t r = 0; r < rows; r++) {
        RL_UNROLL
        for (size_t v = 0; v < vectors; v++) {
            const vec value = vec_get(x + r * ldx + v * LANES, count);
            const vec distance = value - center[v];
            sum[v] = squares ? vec_fma(distance, distance, sum[v]) : sum[v] + value;
        }
    }
    RL_UNROLL
    for (size_t v = 0; v < vectors; v++)
        vec_put(out + v * LANES, squares ? sum[v] : sum[v] / (float)rows, count);
}

RL_INLINE void sum_rows(const bool squares, size_t rows, size_t C, const float *x, size_t ldx,
                        const float *mean, float *out) {
    size_t c = 0;
    for (; c + VECTORS * LANES <= C; c += VECTORS * LANES)
        sum_columns(VECTORS, squares, rows, x + c, ldx, squares ? mean + c : NULL, out + c, LANES);
    for (; c + 2 * LANES <= C; c += 2 * LANES)
        sum_columns(2, squares, rows, x + c, ldx, squares ? mean + c : NULL, out + c, LANES);
    for (; c + LANES <= C; c += LANES)
        sum_columns(1, squares, rows, x + c, ldx, squares ? mean + c : NULL, out + c, LANES);
    if (c < C)
        sum_columns(1, squares, rows, x + c, ldx, squares ? mean + c : NULL, out + c, C - c);
}

static void mean_of_rows(size_t rows, size_t C, const float *x, size_t ldx, float *mean) {
    sum_rows(false, rows, C, x, ldx, NULL, mean);
}

void RL_SYMBOL(moments)(size_t rows, size_t C, const float *x, size_t ldx, float *mean, float *m2) {
    mean_of_rows(rows, C, x, ldx, mean);
    sum_rows(true, rows, C, x, ldx, mean, m2);
}

void RL_SYMBOL(average_rows)(size_t rows, size_t C, const float *x, size_t ldx, float *y) {
    mean_of_rows(rows, C, x, ldx, y);
}

RL_INLINE void spread_part(const float *dy, float rows, float *dx, size_t count, bool accumulate) {
    const vec share = vec_get(dy, count) / rows;
    vec_put(dx, accumulate ? vec_get(dx, count) + share : share, count);
}

void RL_SYMBOL(spread_rows)(size_t rows, size_t C, const float *dy, float *dx, size_t ld_dx,
                            bool accumulate) {
    for (size_t r = 0; r < rows; r++) {
        size_t c = 0;
        for (; c + LANES <= C; c += LANES)
            spread_part(dy + c, (float)rows, dx + r * ld_dx + c, LANES, accumulate);
        if (c < C)
            spread_part(dy + c, (float)rows, dx + r * ld_dx + c, C - c, accumulate);
    }
}
