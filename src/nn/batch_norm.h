/* Batch normalisation with what surrounds it: y = act(bn(x) + residual), forward and backward, over
 * threads. Ioffe and Szegedy 2015; eps, momentum and the unbiased running variance as in PyTorch's
 * BatchNorm2d. Without batch norm (gamma NULL) the map is the identity. */
#ifndef RL_NN_BATCH_NORM_H
#define RL_NN_BATCH_NORM_H

#include "nn/engine.h"

#define RL_BATCH_NORM_EPS 1e-5
#define RL_BATCH_NORM_MOMENTUM 0.1

typedef struct {
    size_t rows, C;                    /* N * H * W rows of C channels */
    const float *gamma, *beta;         /* [C], or NULL: no batch norm */
    float *running_mean, *running_var; /* [C], or NULL with gamma */
    rl_activation_kind activation;
    float negative_slope;
    /* [C] each, kept from forward for backward. */
    float *scale, *shift, *mean, *inv_std;
} rl_batch_norm;

void rl_batch_norm_needs(size_t rows, size_t C, rl_engine_needs *needs);

/* Sets scale, shift, mean, inv_std from the batch x, and moves the running statistics. */
void rl_batch_norm_measure(const rl_engine *engine, const rl_batch_norm *norm, const float *x,
                           size_t ldx);

/* Sets scale and shift from the running statistics. */
void rl_batch_norm_use_running(const rl_batch_norm *norm);

/* y = act(x * scale + shift + residual); y may be x. residual may be NULL. */
void rl_batch_norm_apply(const rl_engine *engine, const rl_batch_norm *norm, const float *x,
                         size_t ldx, const float *residual, size_t ld_residual, float *y,
                         size_t ldy);

typedef struct {
    const float *x;
    size_t ldx;
    const float *residual; /* or NULL */
    size_t ld_residual;
    float *dy; /* in: gradient of y; overwritten */
    size_t ldy;
    float *d_residual; /* or NULL */
    size_t ld_d_residual;
    bool accumulate_residual;
    float *dx; /* may be dy, with the same leading dimension, unless accumulate */
    size_t ld_dx;
    bool accumulate;
    float *d_gamma, *d_beta; /* [C], or NULL without batch norm */
} rl_batch_norm_gradient;

void rl_batch_norm_backward(const rl_engine *engine, const rl_batch_norm *norm,
                            const rl_batch_norm_gradient *gradient);

#endif
