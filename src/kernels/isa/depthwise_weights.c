/* Weight gradient of a depthwise convolution of one image: every tap's sum over the pixels of dy
 * times the pixels of x that the tap reads. Vectors run over output channels. 3x3 has a path of its
 * own that keeps the nine sums in registers along a row. Rows, and pixels in a row, are added in
 * order on every path. */
#include "kernels/isa/depthwise.h"
#include "kernels/isa/symbols.h"

typedef struct {
    const rl_depthwise_shape *shape;
    size_t K; /* output channels: channels * multiplier */
    const float *x, *dy;
    float *dw;
} weight_gradient;

/* One pixel's products with taps [first, last) of `rows` rows of a 3x3 kernel. x: the pixel's own
 * column, in the first of those rows of the image. */
RL_INLINE void add_pixel(const size_t rows, const size_t first, const size_t last,
                         const rl_depthwise_shape *s, const float *x, vec g, const channel_map *map,
                         vec *sum) {
    const ptrdiff_t ldx = (ptrdiff_t)s->ldx;
    RL_UNROLL
    for (size_t r = 0; r < rows; r++) {
        const float *row = x + r * s->width * s->ldx;
        RL_UNROLL
        for (size_t q = first; q < last; q++) {
            const vec value = load_channels(row + ((ptrdiff_t)q - 1) * ldx, map);
            sum[3 * r + q] = vec_fma(value, g, sum[3 * r + q]);
        }
    }
}

/* Row i of dy with the `rows` kernel rows from `top` on, which are those inside the image. */
RL_INLINE void row_3x3(const bool spread, const size_t rows, const weight_gradient *p, size_t i,
                       size_t top, size_t k, size_t count) {
    const rl_depthwise_shape *s = p->shape;
    const channel_map map = map_channels(spread ? s->multiplier : 1, k, count);
    const float *x = p->x + (i + top - 1) * s->width * s->ldx;
    const float *dy = p->dy + i * s->width * s->ldy + k;
    float *dw = p->dw + 3 * top * p->K + k;
    vec sum[9];
    RL_UNROLL
    for (size_t tap = 0; tap < 3 * rows; tap++)
        sum[tap] = vec_get(dw + tap * p->K, count);
    const size_t end = s->width - 1;
    if (end == 0) {
        add_pixel(rows, 1, 2, s, x, vec_get(dy, count), &map, sum);
    } else {
        add_pixel(rows, 1, 3, s, x, vec_get(dy, count), &map, sum);
        for (size_t j = 1; j < end; j++)
            add_pixel(rows, 0, 3, s, x + j * s->ldx, vec_get(dy + j * s->ldy, count), &map, sum);
        add_pixel(rows, 0, 2, s, x + end * s->ldx, vec_get(dy + end * s->ldy, count), &map, sum);
    }
    RL_UNROLL
    for (size_t tap = 0; tap < 3 * rows; tap++)
        vec_put(dw + tap * p->K, sum[tap], count);
}

/* Row i of dy, one tap of a kernel of any size at a time. */
RL_INLINE void row_any(const bool spread, const weight_gradient *p, size_t i, size_t k,
                       size_t count) {
    const rl_depthwise_shape *s = p->shape;
    const size_t kernel = s->kernel, pad = kernel / 2;
    const channel_map map = map_channels(spread ? s->multiplier : 1, k, count);
    const float *dy = p->dy + i * s->width * s->ldy + k;
    size_t top, bottom;
    taps_inside(i, s->height, kernel, &top, &bottom);
    for (size_t r = top; r < bottom; r++)
        for (size_t q = 0; q < kernel; q++) {
            /* Columns j of dy with 0 <= j + q - pad < width; none where the kernel is wider. */
            const size_t begin = q < pad ? pad - q : 0;
            const size_t limit = s->width + pad > q ? s->width + pad - q : 0;
            const size_t end = limit < s->width ? limit : s->width;
            float *dw = p->dw + (r * kernel + q) * p->K + k;
            vec sum = vec_get(dw, count);
            for (size_t j = begin; j < end; j++) {
                const float *x = p->x + ((i + r - pad) * s->width + (j + q - pad)) * s->ldx;
                sum = vec_fma(load_channels(x, &map), vec_get(dy + j * s->ldy, count), sum);
            }
            vec_put(dw, sum, count);
        }
}

RL_INLINE void row_block(const bool spread, const weight_gradient *p, size_t i, size_t k,
                         size_t count) {
    size_t top, bottom;
    taps_inside(i, p->shape->height, 3, &top, &bottom);
    if (p->shape->kernel != 3)
        row_any(spread, p, i, k, count);
    else if (bottom - top == 3)
        row_3x3(spread, 3, p, i, top, k, count);
    else if (bottom - top == 2)
        row_3x3(spread, 2, p, i, top, k, count);
    else
        row_3x3(spread, 1, p, i, top, k, count);
}

RL_INLINE void add_rows(const bool spread, const weight_gradient *p, size_t row_begin,
                        size_t row_end) {
    for (size_t i = row_begin; i < row_end; i++) {
        size_t k = 0;
        for (; k + LANES <= p->K; k += LANES)
            row_block(spread, p, i, k, LANES);
        if (k < p->K)
            row_block(spread, p, i, k, p->K - k);
    }
}

void RL_SYMBOL(depthwise_weight_gradient)(const rl_depthwise_shape *shape, const float *x,
                                          const float *dy, size_t row_begin, size_t row_end,
                                          float *dw) {
    const weight_gradient pass = {shape, shape->channels * shape->multiplier, x, dy, dw};
    if (shape->width == 0)
        return;
    if (shape->multiplier == 1)
        add_rows(false, &pass, row_begin, row_end);
    else
        add_rows(true, &pass, row_begin, row_end);
}
