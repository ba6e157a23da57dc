/* Random crop of the padded image and mirroring, straight from 8-bit pixels to floats.
 *
 * The pixels are moved first, as bytes, and normalised by rl_normalize_image, so an augmented value
 * is bit for bit the plain value of the pixel it came from. */
#include "data/augment.h"

#include "base/random.h"

#include <string.h>

rl_augmentation rl_augmentation_draw(const rl_augment_options *options,
                                     const rl_augment_sample *sample) {
    if (!options->enabled)
        return (rl_augmentation){RL_AUGMENT_PAD, RL_AUGMENT_PAD, false};
    rl_random random =
        rl_random_stream(sample->seed, RL_RANDOM_AUGMENT, sample->epoch, sample->index);
    rl_augmentation drawn;
    drawn.top = rl_random_below(&random, 2 * RL_AUGMENT_PAD + 1);
    drawn.left = rl_random_below(&random, 2 * RL_AUGMENT_PAD + 1);
    drawn.flip = rl_random_below(&random, 2) == 1 && sample->may_flip;
    return drawn;
}

static void mirror(uint8_t *row) {
    for (size_t i = 0, j = RL_IMAGE_SIDE - 1; i < j; i++, j--)
        for (size_t c = 0; c < RL_IMAGE_CHANNELS; c++) {
            uint8_t kept = row[i * RL_IMAGE_CHANNELS + c];
            row[i * RL_IMAGE_CHANNELS + c] = row[j * RL_IMAGE_CHANNELS + c];
            row[j * RL_IMAGE_CHANNELS + c] = kept;
        }
}

void rl_augment_pixels(const rl_augmentation *augmentation, const uint8_t *pixels,
                       uint8_t out[RL_IMAGE_BYTES]) {
    enum { ROW = RL_IMAGE_SIDE * RL_IMAGE_CHANNELS };
    const int down = (int)augmentation->top - RL_AUGMENT_PAD;
    const int right = (int)augmentation->left - RL_AUGMENT_PAD;
    /* Columns first_x.. of the crop come from the image, the others from the padding. */
    const int first_x = right < 0 ? -right : 0;
    const size_t columns = (size_t)(RL_IMAGE_SIDE - (right < 0 ? -right : right));

    memset(out, 0, RL_IMAGE_BYTES);
    for (int y = 0; y < RL_IMAGE_SIDE; y++) {
        const int source = y + down;
        uint8_t *row = out + y * ROW;
        if (source < 0 || source >= RL_IMAGE_SIDE)
            continue;
        memcpy(row + first_x * RL_IMAGE_CHANNELS,
               pixels + source * ROW + (first_x + right) * RL_IMAGE_CHANNELS,
               columns * RL_IMAGE_CHANNELS);
        if (augmentation->flip)
            mirror(row);
    }
}

void rl_augment_bytes(const rl_augment_options *options, const rl_augment_sample *sample,
                      const uint8_t *pixels, uint8_t out[RL_IMAGE_BYTES]) {
    const rl_augmentation drawn = rl_augmentation_draw(options, sample);
    rl_augment_pixels(&drawn, pixels, out);
}

void rl_augment_image(const rl_augment_options *options, const rl_augment_sample *sample,
                      const rl_normalization *normalization, const uint8_t *pixels, float *image) {
    uint8_t augmented[RL_IMAGE_BYTES];
    if (options->enabled) {
        rl_augment_bytes(options, sample, pixels, augmented);
        pixels = augmented;
    }
    rl_normalize_image(normalization, pixels, image);
}
