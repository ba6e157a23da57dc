/* Depthwise convolution of a batch over threads: the cheap half of a Ghost Module. Stride 1. */
#ifndef RL_NN_DEPTHWISE_H
#define RL_NN_DEPTHWISE_H

#include "nn/engine.h"

void rl_depthwise_needs(const rl_depthwise_shape *shape, size_t images, bool backward,
                        rl_engine_needs *needs);

/* Images of x lie height * width * ldx floats apart, those of y height * width * ldy. */
void rl_depthwise_forward(const rl_engine *engine, const rl_depthwise_shape *shape, size_t images,
                          const float *x, const float *w, float *y);
void rl_depthwise_data_gradient(const rl_engine *engine, const rl_depthwise_shape *shape,
                                size_t images, const float *dy, const float *w, float *dx,
                                bool accumulate);
/* dw is overwritten. */
void rl_depthwise_weight_gradient(const rl_engine *engine, const rl_depthwise_shape *shape,
                                  size_t images, const float *x, const float *dy, float *dw);

#endif
