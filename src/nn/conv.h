/* Convolution of a batch: any odd kernel, stride, padding kernel/2. All three passes, over threads.
 * Weights lie as [R][S][C][K]: tap, input channel, output channel.
 *
 * Two methods do the work, chosen by shape alone (conv.c): Winograd's where it fits, and products
 * over row pointers for everything else. What surrounds a convolution can be fused into it: a
 * source computes rows as they are read, a sink goes on with rows as soon as they are written,
 * while they are in the cache. */
#ifndef RL_NN_CONV_H
#define RL_NN_CONV_H

#include "nn/engine.h"

#define RL_MAX_KERNEL 7

typedef struct {
    size_t height, width; /* of the input */
    size_t C, ldx;        /* input channels; floats from pixel to pixel */
    size_t K, ldy;        /* output channels; floats from pixel to pixel */
    size_t kernel, stride;
} rl_conv_shape;

static inline size_t rl_conv_out(size_t in, size_t stride) {
    return (in - 1) / stride + 1; /* padding kernel/2, kernel odd */
}

/* The pixels a pass reads: as they lie at x or, with `read`, as read(context, first, count,
 * channel, channels, out) computes channels [channel, channel + channels) of pixels [first, first +
 * count) of the batch, to out[count][channels]. `read` runs in several threads at once, and may run
 * several times for a pixel. Only shapes of which rl_conv_reads_sources is true take sources with
 * `read`. */
typedef struct {
    const float *x; /* ignored with `read` */
    void (*read)(const void *context, size_t first, size_t count, size_t channel, size_t channels,
                 float *out);
    const void *context;
} rl_pixel_source;

/* The pixels a pass writes. `written`, if there, is called once for every pixel and channel, when
 * pixels [first, first + count) of the batch have their final value in channels [channel, channel +
 * channels). Calls come in several threads at once; the cuts depend on the shape alone: pixels
 * begin at multiples of rl_conv_*_chunk and end at the next one. */
typedef struct {
    float *y;
    bool accumulate; /* add to y */
    void (*written)(const void *context, size_t first, size_t count, size_t channel,
                    size_t channels);
    const void *context;
} rl_pixel_sink;

/* Raises `needs` by what the passes of this shape use for batches of up to `images`. */
void rl_conv_needs(const rl_conv_shape *shape, size_t images, bool backward,
                   const rl_kernels *kernels, rl_engine_needs *needs);

/* y (+)= conv(x, w) */
void rl_conv_forward(const rl_engine *engine, const rl_conv_shape *shape, size_t images,
                     const rl_pixel_source *x, const float *w, const rl_pixel_sink *y);
size_t rl_conv_forward_chunk(const rl_conv_shape *shape);

/* dx (+)= the transposed convolution of dy */
void rl_conv_data_gradient(const rl_engine *engine, const rl_conv_shape *shape, size_t images,
                           const rl_pixel_source *dy, const float *w, const rl_pixel_sink *dx);
size_t rl_conv_data_gradient_chunk(const rl_conv_shape *shape);

/* dw = gradient, overwritten */
void rl_conv_weight_gradient(const rl_engine *engine, const rl_conv_shape *shape, size_t images,
                             const rl_pixel_source *x, const rl_pixel_source *dy, float *dw);

/* Whether the passes of this shape read sources that compute their pixels. */
bool rl_conv_reads_sources(const rl_conv_shape *shape);

#endif
