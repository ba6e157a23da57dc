/* Parts of an image replaced by the mean: a square (cutout: DeVries and Taylor, "Improved
 * regularization of convolutional neural networks with cutout", arXiv 1708.04552) and a rectangle
 * of random shape, now and then (Zhong et al., "Random erasing data augmentation", AAAI 2020, with
 * the ranges and the constant value of torchvision's RandomErasing; noise is not offered). */
#include "base/memory.h"
#include "data/augment_kind.h"

static bool cuts_out(const rl_augment_options *options, const rl_augment_sample *sample) {
    (void)sample;
    return options->cutout > 0;
}

/* The square's centre is anywhere on the image; what lies outside is cut off. */
static rl_box cutout(const rl_augment_options *options, const rl_augment_sample *sample) {
    rl_random random =
        rl_random_stream(sample->seed, RL_RANDOM_CUTOUT, sample->epoch, sample->index);
    const uint32_t before = options->cutout / 2, after = options->cutout - before;
    const uint32_t y = rl_random_below(&random, RL_IMAGE_SIDE);
    const uint32_t x = rl_random_below(&random, RL_IMAGE_SIDE);
    const uint32_t top = y - rl_min(before, y), left = x - rl_min(before, x);
    return (rl_box){.top = top,
                    .left = left,
                    .height = rl_min(y + after, RL_IMAGE_SIDE) - top,
                    .width = rl_min(x + after, RL_IMAGE_SIDE) - left};
}

const rl_augment_kind rl_augment_cutout = {.name = "cutout", .applies = cuts_out, .erase = cutout};

static bool erases(const rl_augment_options *options, const rl_augment_sample *sample) {
    (void)sample;
    return options->erasing > 0;
}

/* Zhong et al. and torchvision give the ratio of height to width. */
static rl_box random_part(const rl_augment_options *options, const rl_augment_sample *sample) {
    const rl_box_range range = {0.02, 0.33, 1 / 3.3, 1 / 0.3, RL_IMAGE_SIDE - 1};
    rl_random random =
        rl_random_stream(sample->seed, RL_RANDOM_ERASING, sample->epoch, sample->index);
    if (rl_random_double(&random) >= options->erasing)
        return (rl_box){0};
    return rl_box_draw(&random, &range);
}

const rl_augment_kind rl_augment_erasing = {
    .name = "random-erasing", .applies = erases, .erase = random_part};
