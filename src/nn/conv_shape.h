/* What a convolution is. Weights lie as [R][S][C][K]: tap, input channel, output channel. */
#ifndef RL_NN_CONV_SHAPE_H
#define RL_NN_CONV_SHAPE_H

#include <stddef.h>

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

#endif
