/* Convolution of a batch: any odd kernel, stride, padding kernel/2. All three passes, over threads.
 * Weights lie as [R][S][C][K]: tap, input channel, output channel.
 *
 * Three methods do the work, chosen by shape alone (conv.c): Winograd's where it fits, dense
 * products for 1x1 filters, and products
 * over row pointers for everything else. Sources that compute their pixels are for shapes of which
 * rl_conv_reads_sources is true. rl_conv_*_chunk: pixels between the cuts of a sink's calls. */
#ifndef RL_NN_CONV_H
#define RL_NN_CONV_H

#include "nn/conv_shape.h"
#include "nn/engine.h"
#include "nn/pixels.h"

/* Raises `needs` by what the passes of this shape use for batches of up to `images`. */
void rl_conv_needs(const rl_conv_shape *shape, size_t images, bool backward,
                   const rl_kernels *kernels, rl_engine_needs *needs);

/* y (+)= conv(x, w) */
void rl_conv_forward(const rl_engine *engine, const rl_conv_shape *shape, size_t images,
                     const rl_pixel_source *x, const float *w, const rl_pixel_sink *y);
size_t rl_conv_forward_chunk(const rl_conv_shape *shape);

/* The same with weights that are used again and again: prepared once, for batches of up to
 * `most_images`, to rl_conv_prepared_floats floats. */
size_t rl_conv_prepared_floats(const rl_conv_shape *shape, size_t most_images,
                               const rl_kernels *kernels);
void rl_conv_prepare(const rl_engine *engine, const rl_conv_shape *shape, size_t most_images,
                     const float *w, float *prepared);
void rl_conv_forward_prepared(const rl_engine *engine, const rl_conv_shape *shape,
                              size_t most_images, size_t images, const rl_pixel_source *x,
                              const float *prepared, const rl_pixel_sink *y);

/* dx (+)= the transposed convolution of dy */
void rl_conv_data_gradient(const rl_engine *engine, const rl_conv_shape *shape, size_t images,
                           const rl_pixel_source *dy, const float *w, const rl_pixel_sink *dx);
size_t rl_conv_data_gradient_chunk(const rl_conv_shape *shape);

/* dw = gradient, overwritten */
void rl_conv_weight_gradient(const rl_engine *engine, const rl_conv_shape *shape, size_t images,
                             const rl_pixel_source *x, const rl_pixel_source *dy, float *dw);

/* Whether sources that compute their pixels are worth it: whether the passes of this shape compute
 * as they read, and read a pixel only once or twice. */
bool rl_conv_reads_sources(const rl_conv_shape *shape);

/* Whether the weight gradient of this shape reads every pixel of dy once, and all its channels at
 * once: then a source may keep them. */
bool rl_conv_weight_gradient_reads_once(const rl_conv_shape *shape);

#endif
