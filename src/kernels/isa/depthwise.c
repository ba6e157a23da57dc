/* Depthwise convolution of one image, all three passes. With one output channel per input channel
 * the inner loop is a vector of channels; other multipliers take a plain loop over channels. */
#include "kernels/isa/symbols.h"
#include "kernels/isa/vector.h"

/* Taps of row i (or column) that fall inside an extent: [*begin, *end). */
RL_INLINE void taps_inside(size_t i, size_t extent, size_t kernel, size_t *begin, size_t *end) {
    const size_t pad = kernel / 2;
    *begin = i < pad ? pad - i : 0;
    *end = extent + pad - i < kernel ? extent + pad - i : kernel;
}

/* Sum over taps of source pixels times weights for channels [c, c + count); `flip` walks the taps
 * backwards (data gradient). */
RL_INLINE vec gather(const rl_depthwise_shape *s, const float *source, size_t ld, const float *w,
                     bool flip, size_t i, size_t j, size_t c, size_t count, vec sum) {
    const size_t kernel = s->kernel, pad = kernel / 2;
    size_t top, bottom, left, right;
    taps_inside(i, s->height, kernel, &top, &bottom);
    taps_inside(j, s->width, kernel, &left, &right);
    for (size_t r = top; r < bottom; r++)
        for (size_t q = left; q < right; q++) {
            const float *x = source + ((i + r - pad) * s->width + (j + q - pad)) * ld;
            const size_t tap = flip ? (kernel - 1 - r) * kernel + (kernel - 1 - q) : r * kernel + q;
            sum = vec_fma(vec_get(x + c, count), vec_get(w + tap * s->channels + c, count), sum);
        }
    return sum;
}

/* The common case: 3x3 and the pixel not at the border, weights in registers. */
RL_INLINE vec gather3x3(const float *x, size_t row, size_t ld, const vec weights[9], vec sum) {
#pragma GCC unroll 3
    for (size_t r = 0; r < 3; r++)
#pragma GCC unroll 3
        for (size_t q = 0; q < 3; q++)
            sum = vec_fma(vec_load(x + r * row + q * ld), weights[3 * r + q], sum);
    return sum;
}

RL_INLINE void block_rows(const rl_depthwise_shape *s, const float *source, size_t ld_source,
                          const float *w, bool flip, size_t row_begin, size_t row_end, float *out,
                          size_t ld_out, bool accumulate, size_t c, size_t count) {
    vec weights[9];
    const bool small = s->kernel == 3 && count == LANES;
    for (size_t tap = 0; small && tap < 9; tap++)
        weights[tap] = vec_load(w + (flip ? 8 - tap : tap) * s->channels + c);
    for (size_t i = row_begin; i < row_end; i++)
        for (size_t j = 0; j < s->width; j++) {
            float *target = out + (i * s->width + j) * ld_out + c;
            vec sum = accumulate ? vec_get(target, count) : vec_all(0);
            if (small && i > 0 && i + 1 < s->height && j > 0 && j + 1 < s->width)
                sum = gather3x3(source + ((i - 1) * s->width + j - 1) * ld_source + c,
                                s->width * ld_source, ld_source, weights, sum);
            else
                sum = gather(s, source, ld_source, w, flip, i, j, c, count, sum);
            vec_put(target, sum, count);
        }
}

static void one_to_one(const rl_depthwise_shape *s, const float *source, size_t ld_source,
                       const float *w, bool flip, size_t row_begin, size_t row_end, float *out,
                       size_t ld_out, bool accumulate) {
    size_t c = 0;
    for (; c + LANES <= s->channels; c += LANES)
        block_rows(s, source, ld_source, w, flip, row_begin, row_end, out, ld_out, accumulate, c,
                   LANES);
    if (c < s->channels)
        block_rows(s, source, ld_source, w, flip, row_begin, row_end, out, ld_out, accumulate, c,
                   s->channels - c);
}

/* Any multiplier: element by element. */
RL_INLINE float weight_at(const rl_depthwise_shape *s, const float *w, size_t r, size_t q,
                          size_t channel) {
    return w[(r * s->kernel + q) * s->channels * s->multiplier + channel];
}

static float forward_element(const rl_depthwise_shape *s, const float *x, const float *w, size_t i,
                             size_t j, size_t channel) {
    const size_t pad = s->kernel / 2;
    size_t top, bottom, left, right;
    taps_inside(i, s->height, s->kernel, &top, &bottom);
    taps_inside(j, s->width, s->kernel, &left, &right);
    float sum = 0;
    for (size_t r = top; r < bottom; r++)
        for (size_t q = left; q < right; q++)
            sum +=
                x[((i + r - pad) * s->width + (j + q - pad)) * s->ldx + channel / s->multiplier] *
                weight_at(s, w, r, q, channel);
    return sum;
}

static float data_element(const rl_depthwise_shape *s, const float *dy, const float *w, size_t i,
                          size_t j, size_t channel) {
    const size_t pad = s->kernel / 2, last = s->kernel - 1;
    size_t top, bottom, left, right;
    taps_inside(i, s->height, s->kernel, &top, &bottom);
    taps_inside(j, s->width, s->kernel, &left, &right);
    float sum = 0;
    for (size_t r = top; r < bottom; r++)
        for (size_t q = left; q < right; q++)
            for (size_t m = channel * s->multiplier; m < (channel + 1) * s->multiplier; m++)
                sum += dy[((i + r - pad) * s->width + (j + q - pad)) * s->ldy + m] *
                       weight_at(s, w, last - r, last - q, m);
    return sum;
}

void RL_SYMBOL(depthwise_forward)(const rl_depthwise_shape *shape, const float *x, const float *w,
                                  size_t row_begin, size_t row_end, float *y) {
    if (shape->multiplier == 1) {
        one_to_one(shape, x, shape->ldx, w, false, row_begin, row_end, y, shape->ldy, false);
        return;
    }
    for (size_t i = row_begin; i < row_end; i++)
        for (size_t j = 0; j < shape->width; j++)
            for (size_t k = 0; k < shape->channels * shape->multiplier; k++)
                y[(i * shape->width + j) * shape->ldy + k] = forward_element(shape, x, w, i, j, k);
}

void RL_SYMBOL(depthwise_data_gradient)(const rl_depthwise_shape *shape, const float *dy,
                                        const float *w, size_t row_begin, size_t row_end, float *dx,
                                        bool accumulate) {
    if (shape->multiplier == 1) {
        one_to_one(shape, dy, shape->ldy, w, true, row_begin, row_end, dx, shape->ldx, accumulate);
        return;
    }
    for (size_t i = row_begin; i < row_end; i++)
        for (size_t j = 0; j < shape->width; j++)
            for (size_t c = 0; c < shape->channels; c++) {
                float *out = &dx[(i * shape->width + j) * shape->ldx + c];
                const float sum = data_element(shape, dy, w, i, j, c);
                *out = accumulate ? *out + sum : sum;
            }
}

/* One tap's gradient for a block of channels: the sum over the pixels it reaches. */
RL_INLINE vec tap_gradient(const rl_depthwise_shape *s, const float *x, const float *dy, size_t r,
                           size_t q, size_t row_begin, size_t row_end, size_t count, vec sum) {
    const size_t pad = s->kernel / 2;
    /* Columns j with 0 <= j + q - pad < width; none when the kernel is wider than the image there. */
    const size_t j0 = q < pad ? pad - q : 0;
    const size_t limit = s->width + pad > q ? s->width + pad - q : 0;
    const size_t j1 = limit < s->width ? limit : s->width;
    for (size_t i = row_begin; i < row_end; i++) {
        if (i + r < pad || i + r - pad >= s->height)
            continue;
        const float *from = x + (i + r - pad) * s->width * s->ldx;
        const float *to = dy + i * s->width * s->ldy;
        for (size_t j = j0; j < j1; j++)
            sum = vec_fma(vec_get(from + (j + q - pad) * s->ldx, count),
                          vec_get(to + j * s->ldy, count), sum);
    }
    return sum;
}

static void weight_one_to_one(const rl_depthwise_shape *s, const float *x, const float *dy,
                              size_t row_begin, size_t row_end, float *dw) {
    for (size_t r = 0; r < s->kernel; r++)
        for (size_t q = 0; q < s->kernel; q++) {
            float *out = dw + (r * s->kernel + q) * s->channels;
            size_t c = 0;
            for (; c + LANES <= s->channels; c += LANES)
                vec_store(out + c, tap_gradient(s, x + c, dy + c, r, q, row_begin, row_end, LANES,
                                                vec_load(out + c)));
            if (c < s->channels) {
                const size_t count = s->channels - c;
                vec_store_part(out + c,
                               tap_gradient(s, x + c, dy + c, r, q, row_begin, row_end, count,
                                            vec_load_part(out + c, count)),
                               count);
            }
        }
}

void RL_SYMBOL(depthwise_weight_gradient)(const rl_depthwise_shape *shape, const float *x,
                                          const float *dy, size_t row_begin, size_t row_end,
                                          float *dw) {
    if (shape->multiplier == 1) {
        weight_one_to_one(shape, x, dy, row_begin, row_end, dw);
        return;
    }
    const size_t K = shape->channels * shape->multiplier, pad = shape->kernel / 2;
    for (size_t i = row_begin; i < row_end; i++)
        for (size_t j = 0; j < shape->width; j++) {
            size_t top, bottom, left, right;
            taps_inside(i, shape->height, shape->kernel, &top, &bottom);
            taps_inside(j, shape->width, shape->kernel, &left, &right);
            for (size_t r = top; r < bottom; r++)
                for (size_t q = left; q < right; q++) {
                    const float *pixel =
                        x + ((i + r - pad) * shape->width + (j + q - pad)) * shape->ldx;
                    const float *gradient = dy + (i * shape->width + j) * shape->ldy;
                    for (size_t k = 0; k < K; k++)
                        dw[(r * shape->kernel + q) * K + k] +=
                            pixel[k / shape->multiplier] * gradient[k];
                }
        }
}
