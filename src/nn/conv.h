/* Convolution of a batch: any odd kernel, stride, padding kernel/2. All three passes, over threads.
 * Weights lie as [R][S][C][K]: tap, input channel, output channel. */
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

/* Raises `needs` by what the passes of this shape use for batches of up to `images`. */
void rl_conv_needs(const rl_conv_shape *shape, size_t images, bool backward,
                   const rl_kernels *kernels, rl_engine_needs *needs);

/* The part of rl_conv_needs that is about forward pass and data gradient. */
void rl_conv_rows_needs(const rl_conv_shape *shape, bool backward, const rl_kernels *kernels,
                        rl_engine_needs *needs);

/* y = conv(x, w) */
void rl_conv_forward(const rl_engine *engine, const rl_conv_shape *shape, size_t images,
                     const float *x, const float *w, float *y);

/* dx (+)= the transposed convolution of dy */
void rl_conv_data_gradient(const rl_engine *engine, const rl_conv_shape *shape, size_t images,
                           const float *dy, const float *w, float *dx, bool accumulate);

/* dw = gradient, overwritten */
void rl_conv_weight_gradient(const rl_engine *engine, const rl_conv_shape *shape, size_t images,
                             const float *x, const float *dy, float *dw);

#endif
