/* Batch normalisation with what surrounds it: y = act(bn(x) + residual), forward and backward, over
 * threads. Ioffe and Szegedy 2015; eps, momentum and the unbiased running variance as in PyTorch's
 * BatchNorm2d. Without batch norm (gamma NULL) the map is the identity.
 *
 * Sums over the batch are taken in chunks of pixels: by passes of their own, or by the convolution
 * that has just written the pixels, through the functions for a pixel range, which fit a sink. */
#ifndef RL_NN_BATCH_NORM_H
#define RL_NN_BATCH_NORM_H

#include "nn/engine.h"
#include "nn/pixels.h"

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
    /* [C] each: dx = a * g + b * (x - mean) + d, g the gradient of bn(x). */
    float *a, *b, *d;
    size_t first_sum; /* where the sums over its chunks begin in those of the engine */
} rl_batch_norm;

enum { RL_BATCH_NORM_VECTORS = 7 };

/* Pixels of a chunk of the passes of their own. */
size_t rl_batch_norm_chunk(size_t C);

/* Batch norm of channels [channel, channel + channels): channels do not depend on each other. */
rl_batch_norm rl_batch_norm_part(const rl_batch_norm *norm, size_t channel, size_t channels);

/* Floats that the sums over all chunks take. */
size_t rl_batch_norm_sum_floats(const rl_batch_norm *norm, size_t chunk);

/* chunk: the smallest that is used with this norm. */
void rl_batch_norm_needs(size_t rows, size_t C, size_t chunk, rl_engine_needs *needs);

/* --- Forward --- */

/* Moments of channels [channel, channel + channels) of pixels [first, first + count) at x, for the
 * chunk that begins at `first`. Nothing without batch norm. */
void rl_batch_norm_measure_chunk(const rl_engine *engine, const rl_batch_norm *norm, size_t chunk,
                                 const float *x, size_t ldx, size_t first, size_t count,
                                 size_t channel, size_t channels);

/* From the moments of all chunks: scale, shift, mean, inv_std; moves the running statistics. */
void rl_batch_norm_finish(const rl_engine *engine, const rl_batch_norm *norm, size_t chunk);

/* Both, as a pass over x. */
void rl_batch_norm_measure(const rl_engine *engine, const rl_batch_norm *norm,
                           const rl_pixel_source *x);

/* Sets scale and shift from the running statistics. */
void rl_batch_norm_use_running(const rl_batch_norm *norm);

/* y = act(x * scale + shift + residual); y may be x. residual NULL: none. */
void rl_batch_norm_apply(const rl_engine *engine, const rl_batch_norm *norm,
                         const rl_pixel_source *x, const float *residual, size_t ld_residual,
                         float *y, size_t ldy);

/* The same for channels of pixels of one thread. The pointers are at channel 0 of pixel 0, x of
 * pixel `first` and channel `channel`. */
void rl_batch_norm_apply_range(const rl_engine *engine, const rl_batch_norm *norm, const float *x,
                               size_t ldx, const float *residual, size_t ld_residual, float *y,
                               size_t ldy, size_t first, size_t count, size_t channel,
                               size_t channels);

/* --- Backward --- */

typedef struct {
    rl_pixel_source x;
    const float *residual; /* or NULL */
    size_t ld_residual;
    float *dy; /* in: gradient of y; becomes g */
    size_t ldy;
    float *d_residual; /* or NULL */
    size_t ld_d_residual;
    bool accumulate_residual;
    float *d_gamma, *d_beta; /* [C], or NULL without batch norm */
} rl_batch_norm_gradient;

/* dy becomes g, for a range of one chunk; leaves the chunk's sums. scratch: count * channels floats
 * for a source that computes x. */
void rl_batch_norm_activation_chunk(const rl_engine *engine, const rl_batch_norm *norm,
                                    const rl_batch_norm_gradient *gradient, size_t chunk,
                                    size_t first, size_t count, size_t channel, size_t channels,
                                    float *scratch);

/* From the sums of all chunks: d_gamma, d_beta, a, b, d. */
void rl_batch_norm_coefficients(const rl_engine *engine, const rl_batch_norm *norm,
                                const rl_batch_norm_gradient *gradient, size_t chunk);

/* Both, as a pass. */
void rl_batch_norm_activation(const rl_engine *engine, const rl_batch_norm *norm,
                              const rl_batch_norm_gradient *gradient);

/* dx (+)= a * g + b * (x - mean) + d; dx may be dy unless accumulate. The sink is called in chunks
 * of rl_batch_norm_chunk(C) pixels. */
void rl_batch_norm_input_gradient(const rl_engine *engine, const rl_batch_norm *norm,
                                  const rl_batch_norm_gradient *gradient, const rl_pixel_sink *dx);

/* The same for pixels of one thread; x and dx: of pixel `first`. */
void rl_batch_norm_input_gradient_range(const rl_engine *engine, const rl_batch_norm *norm,
                                        const rl_batch_norm_gradient *gradient, const float *x,
                                        size_t ldx, size_t first, size_t count, float *dx,
                                        size_t ld_dx);

/* The same as it is read; x must lie in memory. `source` points to itself: do not move it. */
typedef struct {
    const rl_engine *engine;
    const rl_batch_norm *norm;
    const rl_batch_norm_gradient *gradient;
    rl_pixel_source source;
} rl_batch_norm_reader;

const rl_pixel_source *rl_batch_norm_read_input_gradient(rl_batch_norm_reader *reader,
                                                         const rl_engine *engine,
                                                         const rl_batch_norm *norm,
                                                         const rl_batch_norm_gradient *gradient);

#endif
