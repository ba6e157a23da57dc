#include "nn/conv_winograd.h"

#include "base/memory.h"

const rl_winograd *rl_winograd_of(const rl_kernels *kernels, const rl_conv_shape *shape) {
    return shape->stride == 1 ? kernels->winograd_stride1 : kernels->winograd_stride2;
}

static rl_winograd_side side_of(size_t channels, size_t phases, size_t height, size_t width,
                                size_t rows) {
    return (rl_winograd_side){.channels = channels,
                              .phases = phases,
                              .width = width,
                              .rows = rows,
                              .strips = height / rows,
                              .tiles = width / rows};
}

rl_winograd_side rl_winograd_x_side(const rl_winograd *scheme, const rl_conv_shape *shape) {
    rl_winograd_side side =
        side_of(shape->C, scheme->phases, shape->height, shape->width, 4 * shape->stride);
    side.above = scheme->input_above;
    side.below = scheme->input_below;
    return side;
}

rl_winograd_side rl_winograd_y_side(const rl_winograd *scheme, const rl_conv_shape *shape,
                                    bool gradient) {
    rl_winograd_side side = side_of(shape->K, 1, rl_conv_out(shape->height, shape->stride),
                                    rl_conv_out(shape->width, shape->stride), 4);
    side.above = gradient && scheme->gradient_above;
    side.below = gradient && scheme->gradient_below;
    return side;
}

size_t rl_winograd_row_floats(const rl_winograd_side *side) {
    return (side->rows + side->above + side->below) * side->width * side->channels;
}

void rl_winograd_read_strip(const rl_winograd_side *side, const rl_pixel_source *source,
                            rl_winograd_read *read, size_t strip, size_t channel, size_t channels,
                            size_t position_stride, size_t tile_stride, float *rows,
                            float *domain) {
    const size_t in_image = strip % side->strips;
    const rl_winograd_strip s = {.tiles = side->tiles,
                                 .above = side->above && in_image > 0,
                                 .below = side->below && in_image + 1 < side->strips,
                                 .position_stride = position_stride,
                                 .tile_stride = tile_stride};
    const size_t first = strip * side->rows * side->width;
    const size_t before = s.above ? side->width : 0;
    const size_t pixels = (side->rows + s.above + s.below) * side->width;
    size_t ld;
    const float *x = rl_pixels_at(source, first - before, pixels, channel, channels, rows, &ld);
    x += before * ld;
    read(&s, channels, x, ld, domain);
}

enum { NEAR_DOMAIN_FLOATS = 1 << 17 }; /* with as many on the other side, in the L2 cache */

rl_range rl_winograd_ahead(const rl_winograd *scheme, size_t p, const float *domain,
                           size_t position_stride) {
    if (p + 1 == scheme->positions || scheme->positions * position_stride <= NEAR_DOMAIN_FLOATS)
        return (rl_range){0};
    return (rl_range){domain + (p + 1) * position_stride, position_stride};
}
