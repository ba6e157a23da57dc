/* Depthwise convolution of one image, forward and data gradient. Both are a sum over the taps at
 * every pixel; the data gradient takes the taps in reverse. Vectors run over output channels, so a
 * channel multiplier spreads the input channels over the lanes (forward) or adds lanes up (data
 * gradient). 3x3 has a path of its own: four pixels at a time share what they load. */
#include "kernels/isa/depthwise.h"
#include "kernels/isa/symbols.h"

enum { BLOCK = 4 }; /* pixels */

/* One sum over taps at pixels of an image. */
typedef struct {
    const rl_depthwise_shape *shape;
    size_t K;            /* channels of the weights: channels * multiplier */
    const float *source; /* x forward, dy in the data gradient */
    size_t ld_source;
    const float *w; /* of the first tap */
    ptrdiff_t next; /* from a tap's weights to the next one's; negative in the data gradient */
    float *out;
    size_t ld_out;
    bool accumulate;
} tap_sum;

/* How channels of the source and of the output relate to those of the weights. */
typedef enum {
    ONE_TO_ONE,
    SPREAD, /* source channel = weight channel / multiplier */
    FOLD    /* output channel = weight channel / multiplier, which adds several up */
} relation;

/* Adds lanes [0, count), weight channels k and up, to the output channels they belong to. A
 * channel's first lane begins its sum; lanes come in order, whatever the vector's width. */
static void fold_lanes(const tap_sum *t, float *out, vec sum, size_t k, size_t count) {
    const size_t multiplier = t->shape->multiplier;
    float lane[LANES];
    vec_store(lane, sum);
    size_t c = k / multiplier, m = k % multiplier;
    for (size_t i = 0; i < count; i++) {
        out[c] = m == 0 && !t->accumulate ? lane[i] : out[c] + lane[i];
        if (++m == multiplier) {
            m = 0;
            c++;
        }
    }
}

RL_INLINE vec begin_sum(const relation rule, const tap_sum *t, const float *out, size_t k,
                        size_t count) {
    return t->accumulate && rule != FOLD ? vec_get(out + k, count) : vec_all(0);
}

RL_INLINE void end_sum(const relation rule, const tap_sum *t, float *out, vec sum, size_t k,
                       size_t count) {
    if (rule == FOLD)
        fold_lanes(t, out, sum, k, count);
    else
        vec_put(out + k, sum, count);
}

/* `width` pixels of row i from column j on, a 3x3 kernel, channels [k, k + count). Columns outside
 * the image are zeros; rows outside are left out. */
RL_INLINE void block_3x3(const relation rule, const size_t width, const tap_sum *t, size_t i,
                         size_t j, size_t k, size_t count) {
    const rl_depthwise_shape *s = t->shape;
    const channel_map map = map_channels(rule == SPREAD ? s->multiplier : 1, k, count);
    const bool left = j > 0, right = j + width < s->width;
    float *out = t->out + (i * s->width + j) * t->ld_out;
    vec sum[BLOCK];
    RL_UNROLL
    for (size_t p = 0; p < width; p++)
        sum[p] = begin_sum(rule, t, out + p * t->ld_out, k, count);
    size_t top, bottom;
    taps_inside(i, s->height, 3, &top, &bottom);
    for (size_t r = top; r < bottom; r++) {
        const float *x = t->source + ((i + r - 1) * s->width + j) * t->ld_source;
        vec column[BLOCK + 2];
        column[0] = left ? load_channels(x - t->ld_source, &map) : vec_all(0);
        RL_UNROLL
        for (size_t p = 0; p < width; p++)
            column[p + 1] = load_channels(x + p * t->ld_source, &map);
        column[width + 1] = right ? load_channels(x + width * t->ld_source, &map) : vec_all(0);
        RL_UNROLL
        for (size_t q = 0; q < 3; q++) {
            const vec weight = vec_get(t->w + (ptrdiff_t)(3 * r + q) * t->next + k, count);
            RL_UNROLL
            for (size_t p = 0; p < width; p++)
                sum[p] = vec_fma(column[p + q], weight, sum[p]);
        }
    }
    RL_UNROLL
    for (size_t p = 0; p < width; p++)
        end_sum(rule, t, out + p * t->ld_out, sum[p], k, count);
}

/* One pixel, a kernel of any size. */
RL_INLINE void pixel_any(const relation rule, const tap_sum *t, size_t i, size_t j, size_t k,
                         size_t count) {
    const rl_depthwise_shape *s = t->shape;
    const size_t kernel = s->kernel, pad = kernel / 2;
    const channel_map map = map_channels(rule == SPREAD ? s->multiplier : 1, k, count);
    float *out = t->out + (i * s->width + j) * t->ld_out;
    vec sum = begin_sum(rule, t, out, k, count);
    size_t top, bottom, left, right;
    taps_inside(i, s->height, kernel, &top, &bottom);
    taps_inside(j, s->width, kernel, &left, &right);
    for (size_t r = top; r < bottom; r++)
        for (size_t q = left; q < right; q++) {
            const float *x = t->source + ((i + r - pad) * s->width + (j + q - pad)) * t->ld_source;
            const float *w = t->w + (ptrdiff_t)(kernel * r + q) * t->next;
            sum = vec_fma(load_channels(x, &map), vec_get(w + k, count), sum);
        }
    end_sum(rule, t, out, sum, k, count);
}

/* Pixels [j, j + width) of row i, all channels; width 0 stands for one pixel of any kernel. */
RL_INLINE void all_channels(const relation rule, const size_t width, const tap_sum *t, size_t i,
                            size_t j) {
    size_t k = 0;
    for (; k + LANES <= t->K; k += LANES)
        if (width)
            block_3x3(rule, width, t, i, j, k, LANES);
        else
            pixel_any(rule, t, i, j, k, LANES);
    if (k < t->K) {
        if (width)
            block_3x3(rule, width, t, i, j, k, t->K - k);
        else
            pixel_any(rule, t, i, j, k, t->K - k);
    }
}

RL_INLINE void sum_rows(const relation rule, const tap_sum *t, size_t row_begin, size_t row_end) {
    const size_t width = t->shape->width;
    for (size_t i = row_begin; i < row_end; i++) {
        size_t j = 0;
        if (t->shape->kernel == 3) {
            for (; j + BLOCK <= width; j += BLOCK)
                all_channels(rule, BLOCK, t, i, j);
            for (; j < width; j++)
                all_channels(rule, 1, t, i, j);
        }
        for (; j < width; j++)
            all_channels(rule, 0, t, i, j);
    }
}

void RL_SYMBOL(depthwise_forward)(const rl_depthwise_shape *shape, const float *x, const float *w,
                                  size_t row_begin, size_t row_end, float *y) {
    const size_t K = shape->channels * shape->multiplier;
    const tap_sum sum = {shape, K, x, shape->ldx, w, (ptrdiff_t)K, y, shape->ldy, false};
    if (shape->multiplier == 1)
        sum_rows(ONE_TO_ONE, &sum, row_begin, row_end);
    else
        sum_rows(SPREAD, &sum, row_begin, row_end);
}

void RL_SYMBOL(depthwise_data_gradient)(const rl_depthwise_shape *shape, const float *dy,
                                        const float *w, size_t row_begin, size_t row_end, float *dx,
                                        bool accumulate) {
    const size_t K = shape->channels * shape->multiplier;
    const float *last = w + (shape->kernel * shape->kernel - 1) * K;
    const tap_sum sum = {shape, K, dy, shape->ldy, last, -(ptrdiff_t)K, dx, shape->ldx, accumulate};
    if (shape->multiplier == 1)
        sum_rows(ONE_TO_ONE, &sum, row_begin, row_end);
    else
        sum_rows(FOLD, &sum, row_begin, row_end);
}
