/* Mirroring left to right: at random each time, or alternating. Alternating flips (Jordan, "94% on
 * CIFAR-10 in 3.29 seconds on a single GPU", arXiv 2404.00498) show each image and its
 * mirror image equally often: the first epoch is decided at random for each image, and every epoch
 * after shows the other one. */
#include "data/augment_kind.h"

#include <string.h>

const char *const rl_flip_names[] = {"random", "alternating", "none", NULL};

static bool at_random(const rl_augment_options *options, const rl_augment_sample *sample) {
    return rl_shift_draw(options, sample).flip;
}

static bool every_other_epoch(const rl_augment_options *options, const rl_augment_sample *sample) {
    (void)options;
    rl_random random = rl_random_stream(sample->seed, RL_RANDOM_FLIP, 0, sample->index);
    return (rl_random_below(&random, 2) + sample->epoch) % 2 == 1;
}

static bool never(const rl_augment_options *options, const rl_augment_sample *sample) {
    (void)options, (void)sample;
    return false;
}

/* In the order of rl_flip. */
static bool (*const flips[])(const rl_augment_options *,
                             const rl_augment_sample *) = {at_random, every_other_epoch, never};

static bool applies(const rl_augment_options *options, const rl_augment_sample *sample) {
    return sample->may_flip && flips[options->flip](options, sample);
}

static void mirror(const rl_augment_options *options, const rl_augment_sample *sample,
                   const uint8_t *pixels, uint8_t *out) {
    (void)options, (void)sample;
    for (size_t y = 0; y < RL_IMAGE_SIDE; y++, pixels += RL_IMAGE_ROW, out += RL_IMAGE_ROW)
        for (size_t x = 0; x < RL_IMAGE_SIDE; x++)
            memcpy(out + x * RL_IMAGE_CHANNELS,
                   pixels + (RL_IMAGE_SIDE - 1 - x) * RL_IMAGE_CHANNELS, RL_IMAGE_CHANNELS);
}

const rl_augment_kind rl_augment_flip = {.name = "flip", .applies = applies, .move = mirror};
