/* Sums over rows: moments for batch normalisation, and global average pooling both ways. */
#include "kernels/isa/symbols.h"
#include "kernels/isa/vector.h"

/* Sums over rows read memory row by row, in the order that the hardware prefetches; the sums, a few
 * KiB, stay in the L1 cache. */

RL_INLINE void sum_part(const float *x, float *sum, size_t count) {
    vec_put(sum, vec_get(sum, count) + vec_get(x, count), count);
}

static void mean_of_rows(size_t rows, size_t C, const float *x, size_t ldx, float *mean) {
    memset(mean, 0, C * sizeof(float));
    for (size_t r = 0; r < rows; r++) {
        size_t c = 0;
        for (; c + LANES <= C; c += LANES)
            sum_part(x + r * ldx + c, mean + c, LANES);
        if (c < C)
            sum_part(x + r * ldx + c, mean + c, C - c);
    }
    for (size_t c = 0; c < C; c++)
        mean[c] /= (float)rows;
}

RL_INLINE void deviation_part(const float *x, const float *mean, float *m2, size_t count) {
    const vec distance = vec_get(x, count) - vec_get(mean, count);
    vec_put(m2, vec_fma(distance, distance, vec_get(m2, count)), count);
}

void RL_SYMBOL(moments)(size_t rows, size_t C, const float *x, size_t ldx, float *mean, float *m2) {
    mean_of_rows(rows, C, x, ldx, mean);
    memset(m2, 0, C * sizeof(float));
    for (size_t r = 0; r < rows; r++) {
        size_t c = 0;
        for (; c + LANES <= C; c += LANES)
            deviation_part(x + r * ldx + c, mean + c, m2 + c, LANES);
        if (c < C)
            deviation_part(x + r * ldx + c, mean + c, m2 + c, C - c);
    }
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
