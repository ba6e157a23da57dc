/* Sums over rows: moments for batch normalisation, and global average pooling both ways. */
#include "kernels/isa/symbols.h"
#include "kernels/isa/vector.h"

RL_INLINE void moments_block(size_t rows, const float *x, size_t ldx, size_t count, float *mean,
                             float *m2) {
    vec sum = vec_all(0), squares = vec_all(0);
    for (size_t r = 0; r < rows; r++)
        sum += vec_get(x + r * ldx, count);
    const vec average = sum / (float)rows;
    for (size_t r = 0; r < rows; r++) {
        const vec distance = vec_get(x + r * ldx, count) - average;
        squares = vec_fma(distance, distance, squares);
    }
    vec_put(mean, average, count);
    vec_put(m2, squares, count);
}

void RL_SYMBOL(moments)(size_t rows, size_t C, const float *x, size_t ldx, float *mean, float *m2) {
    size_t c = 0;
    for (; c + LANES <= C; c += LANES)
        moments_block(rows, x + c, ldx, LANES, mean + c, m2 + c);
    if (c < C)
        moments_block(rows, x + c, ldx, C - c, mean + c, m2 + c);
}

RL_INLINE void average_block(size_t rows, const float *x, size_t ldx, size_t count, float *y) {
    vec sum = vec_all(0);
    for (size_t r = 0; r < rows; r++)
        sum += vec_get(x + r * ldx, count);
    vec_put(y, sum / (float)rows, count);
}

void RL_SYMBOL(average_rows)(size_t rows, size_t C, const float *x, size_t ldx, float *y) {
    size_t c = 0;
    for (; c + LANES <= C; c += LANES)
        average_block(rows, x + c, ldx, LANES, y + c);
    if (c < C)
        average_block(rows, x + c, ldx, C - c, y + c);
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
