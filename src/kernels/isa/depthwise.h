/* What the passes of depthwise convolutions share: which taps of a pixel are inside the image, and
 * the vector of input channels that belongs to a vector of output channels. */
#ifndef RL_KERNELS_ISA_DEPTHWISE_H
#define RL_KERNELS_ISA_DEPTHWISE_H

#include "kernels/isa/vector.h"

/* Taps of row i (or column) that fall inside an extent: [*begin, *end). */
RL_INLINE void taps_inside(size_t i, size_t extent, size_t kernel, size_t *begin, size_t *end) {
    const size_t pad = kernel / 2;
    *begin = i < pad ? pad - i : 0;
    *end = extent + pad - i < kernel ? extent + pad - i : kernel;
}

/* Output channels [k, k + count) read the input channels k / multiplier and up: `count` channels
 * that begin at `first`, spread over the lanes by `lane`. */
typedef struct {
    size_t multiplier;
    size_t first, count;
    mask lane;
} channel_map;

RL_INLINE channel_map map_channels(size_t multiplier, size_t k, size_t count) {
    channel_map map = {multiplier, k, count, {0}};
    if (multiplier > 1) {
        map.first = k / multiplier;
        map.count = (k + count - 1) / multiplier - map.first + 1;
        for (size_t i = 0; i < count; i++)
            map.lane[i] = (int32_t)((k + i) / multiplier - map.first);
    }
    return map;
}

/* From the row x of input channels. */
RL_INLINE vec load_channels(const float *x, const channel_map *map) {
    return map->multiplier == 1 ? vec_get(x + map->first, map->count)
                                : vec_load_lanes(x + map->first, map->lane, map->count);
}

#endif
