/* Depthwise convolution of a batch over threads: the cheap half of a Ghost Module. Stride 1. */
#ifndef RL_NN_DEPTHWISE_H
#define RL_NN_DEPTHWISE_H

#include "nn/engine.h"
#include "nn/pixels.h"

void rl_depthwise_needs(const rl_depthwise_shape *shape, size_t images, bool backward,
                        rl_engine_needs *needs);

/* Pixels between the cuts of a sink's calls. */
size_t rl_depthwise_chunk(const rl_depthwise_shape *shape);

/* The shape's ldx and ldy are not used: sources and sinks say how pixels lie. */
void rl_depthwise_forward(const rl_engine *engine, const rl_depthwise_shape *shape, size_t images,
                          const rl_pixel_source *x, const float *w, const rl_pixel_sink *y);
void rl_depthwise_data_gradient(const rl_engine *engine, const rl_depthwise_shape *shape,
                                size_t images, const rl_pixel_source *dy, const float *w,
                                const rl_pixel_sink *dx);
/* dw is overwritten. */
void rl_depthwise_weight_gradient(const rl_engine *engine, const rl_depthwise_shape *shape,
                                  size_t images, const rl_pixel_source *x,
                                  const rl_pixel_source *dy, float *dw);

#endif
