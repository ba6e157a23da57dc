/* Depthwise convolution of a batch over threads: the cheap half of a Ghost Module. Stride 1. */
#ifndef RL_NN_DEPTHWISE_H
#define RL_NN_DEPTHWISE_H

#include "nn/engine.h"
#include "nn/pixels.h"

void rl_depthwise_needs(const rl_depthwise_shape *shape, size_t images, bool backward,
                        rl_engine_needs *needs);

/* The shape's ldx and ldy are not used: sources and sinks say how pixels lie. Sinks, and observers
 * of x, which may be NULL, are called in chunks of rl_depthwise_forward_chunk pixels, backward
 * image by image. Forward does not accumulate. */
void rl_depthwise_forward(const rl_engine *engine, const rl_depthwise_shape *shape, size_t images,
                          const rl_pixel_source *x, const rl_pixel_observer *observer,
                          const float *w, const rl_pixel_sink *y);
size_t rl_depthwise_forward_chunk(const rl_depthwise_shape *shape);

/* Both gradients: dw is overwritten, dx (+)= the data gradient. The observer is called before: it
 * may write what dx is added to. */
void rl_depthwise_backward(const rl_engine *engine, const rl_depthwise_shape *shape, size_t images,
                           const rl_pixel_source *x, const rl_pixel_observer *observer,
                           const rl_pixel_source *dy, const float *w, float *dw,
                           const rl_pixel_sink *dx);

#endif
