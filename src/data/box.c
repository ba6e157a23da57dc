/* Boxes of random area, ratio and place, for crops and for erasing. */
#include "data/augment_kind.h"

#include <math.h>

static double between(rl_random *random, double low, double high) {
    return low + (high - low) * rl_random_double(random);
}

rl_box rl_box_draw(rl_random *random, const rl_box_range *range) {
    enum { TRIES = 10 };
    const double pixels = RL_IMAGE_SIDE * RL_IMAGE_SIDE;
    for (int i = 0; i < TRIES; i++) {
        const double area = pixels * between(random, range->min_area, range->max_area);
        const double ratio = exp(between(random, log(range->min_ratio), log(range->max_ratio)));
        const uint32_t width = (uint32_t)lround(sqrt(area * ratio));
        const uint32_t height = (uint32_t)lround(sqrt(area / ratio));
        if (width == 0 || height == 0 || width > range->max_side || height > range->max_side)
            continue;
        const uint32_t top = rl_random_below(random, RL_IMAGE_SIDE - height + 1);
        const uint32_t left = rl_random_below(random, RL_IMAGE_SIDE - width + 1);
        return (rl_box){top, left, height, width};
    }
    return (rl_box){0};
}
