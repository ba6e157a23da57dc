/* The methods of convolution, for conv.c. */
#ifndef RL_NN_CONV_METHODS_H
#define RL_NN_CONV_METHODS_H

#include "nn/conv_shape.h"
#include "nn/engine.h"
#include "nn/pixels.h"

/* --- Products over row pointers: every shape. Sources must lie in memory; sinks are not called.
 */
void rl_conv_rows_forward(const rl_engine *engine, const rl_conv_shape *shape, size_t images,
                          const float *x, const float *w, float *y, bool accumulate);
size_t rl_conv_rows_prepared_floats(const rl_conv_shape *shape, const rl_kernels *kernels);
void rl_conv_rows_prepare(const rl_engine *engine, const rl_conv_shape *shape, const float *w,
                          float *prepared);
/* The weights of the data gradient, with the roles of input and output channel exchanged. */
void rl_conv_rows_prepare_gradient(const rl_engine *engine, const rl_conv_shape *shape,
                                   const float *w, float *prepared);
void rl_conv_rows_forward_prepared(const rl_engine *engine, const rl_conv_shape *shape,
                                   size_t images, const float *x, const float *prepared, float *y,
                                   bool accumulate);
void rl_conv_rows_data_gradient(const rl_engine *engine, const rl_conv_shape *shape, size_t images,
                                const float *dy, const float *w, float *dx, bool accumulate);
void rl_conv_rows_weight_gradient(const rl_engine *engine, const rl_conv_shape *shape,
                                  size_t images, const float *x, const float *dy, float *dw);
void rl_conv_rows_needs(const rl_conv_shape *shape, bool backward, const rl_kernels *kernels,
                        rl_engine_needs *needs);
void rl_conv_rows_weight_needs(const rl_conv_shape *shape, size_t images, rl_engine_needs *needs);

/* --- 1x1 as dense products: channels multiples of 32, height and width multiples of the stride.
 * Prepared weights are those of rl_conv_rows_prepare. --- */
void rl_conv_pointwise_forward(const rl_engine *engine, const rl_conv_shape *shape, size_t images,
                               const rl_pixel_source *x, const float *w, const rl_pixel_sink *y);
void rl_conv_pointwise_forward_prepared(const rl_engine *engine, const rl_conv_shape *shape,
                                        size_t images, const rl_pixel_source *x,
                                        const float *prepared, const rl_pixel_sink *y);
size_t rl_conv_pointwise_forward_chunk(const rl_conv_shape *shape);
void rl_conv_pointwise_data_gradient(const rl_engine *engine, const rl_conv_shape *shape,
                                     size_t images, const rl_pixel_source *dy, const float *w,
                                     const rl_pixel_sink *dx);
size_t rl_conv_pointwise_data_gradient_chunk(const rl_conv_shape *shape);
void rl_conv_pointwise_weight_gradient(const rl_engine *engine, const rl_conv_shape *shape,
                                       size_t images, const rl_pixel_source *x,
                                       const rl_pixel_source *dy, float *dw);
void rl_conv_pointwise_needs(const rl_conv_shape *shape, size_t images, bool backward,
                             const rl_kernels *kernels, rl_engine_needs *needs);

/* --- Winograd: 3x3, stride 1 or 2, output height and width multiples of 4. --- */
void rl_conv_winograd_forward(const rl_engine *engine, const rl_conv_shape *shape, size_t images,
                              const rl_pixel_source *x, const float *w, const rl_pixel_sink *y);
/* `most_images` decides how weights are laid out: the same to both functions. */
size_t rl_conv_winograd_prepared_floats(const rl_conv_shape *shape, const rl_kernels *kernels);
void rl_conv_winograd_prepare(const rl_engine *engine, const rl_conv_shape *shape,
                              size_t most_images, const float *w, float *prepared);
void rl_conv_winograd_forward_prepared(const rl_engine *engine, const rl_conv_shape *shape,
                                       size_t most_images, size_t images, const rl_pixel_source *x,
                                       const float *prepared, const rl_pixel_sink *y);
void rl_conv_winograd_data_gradient(const rl_engine *engine, const rl_conv_shape *shape,
                                    size_t images, const rl_pixel_source *dy, const float *w,
                                    const rl_pixel_sink *dx);
void rl_conv_winograd_weight_gradient(const rl_engine *engine, const rl_conv_shape *shape,
                                      size_t images, const rl_pixel_source *x,
                                      const rl_pixel_source *dy, float *dw);
bool rl_conv_winograd_weight_reads_once(const rl_conv_shape *shape);
void rl_conv_winograd_needs(const rl_conv_shape *shape, size_t images, bool backward,
                            const rl_kernels *kernels, rl_engine_needs *needs);
void rl_conv_winograd_weight_needs(const rl_conv_shape *shape, size_t images,
                                   const rl_kernels *kernels, rl_engine_needs *needs);

#endif
