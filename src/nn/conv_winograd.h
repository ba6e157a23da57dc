/* What the Winograd passes share: how a batch is cut into strips and blocks, and how strips are
 * read. */
#ifndef RL_NN_CONV_WINOGRAD_H
#define RL_NN_CONV_WINOGRAD_H

#include "nn/conv_methods.h"

/* Matrices of the transformed domain, one a position, lie this many floats further apart than they
 * are long: powers of two would fall into few sets of the caches when a tile is written to all. */
enum { RL_MATRIX_PADDING = 16 };

/* One side of a pass: pixels of a batch in strips, next to their tiles in the domain. */
typedef struct {
    size_t channels;      /* of the pixels */
    size_t phases;        /* blocks of `channels` in a row of the domain */
    size_t width;         /* pixels in a row of the image */
    size_t rows;          /* of pixels in a strip */
    size_t strips, tiles; /* strips an image, tiles a strip */
    bool above, below;    /* whether the transform looks past the strip */
} rl_winograd_side;

typedef void rl_winograd_read(const rl_winograd_strip *strip, size_t channels, const float *pixels,
                              size_t ld, float *domain);

/* The scheme of a shape's stride. */
const rl_winograd *rl_winograd_of(const rl_kernels *kernels, const rl_conv_shape *shape);

/* The sides at x (and dx) and at y (and dy); `gradient`: for the data gradient's transforms. */
rl_winograd_side rl_winograd_x_side(const rl_winograd *scheme, const rl_conv_shape *shape);
rl_winograd_side rl_winograd_y_side(const rl_winograd *scheme, const rl_conv_shape *shape,
                                    bool gradient);

/* Transforms channels [channel, channel + channels) of strip number `strip` of the batch; its tiles
 * begin at `domain`. `rows`: scratch of rl_winograd_row_floats floats for a source that computes
 * its pixels. */
void rl_winograd_read_strip(const rl_winograd_side *side, const rl_pixel_source *source,
                            rl_winograd_read *read, size_t strip, size_t channel, size_t channels,
                            size_t position_stride, size_t tile_stride, float *rows, float *domain);
size_t rl_winograd_row_floats(const rl_winograd_side *side);

/* The matrix of the position after p of a domain, to be fetched ahead: none where the whole domain
 * stays near anyway. */
rl_range rl_winograd_ahead(const rl_winograd *scheme, size_t p, const float *domain,
                           size_t position_stride);

#endif
