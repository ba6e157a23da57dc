/* The table of augmentations and the way of an image through it: kinds that move pixels work on
 * bytes, one after the other; then the image is normalised; then parts of it are erased. What each
 * kind does is in its own file; drawing is deterministic, and nothing is allocated. */
#include "data/augment_kind.h"

#include <math.h>
#include <string.h>

static const rl_augment_kind *const kinds[] = {&rl_augment_crop, &rl_augment_flip,
                                               &rl_augment_cutout, &rl_augment_erasing};
enum { KINDS = sizeof kinds / sizeof *kinds };

void rl_augment_set_mean(rl_augment_options *options, const rl_normalization *normalization) {
    for (size_t c = 0; c < RL_IMAGE_CHANNELS; c++)
        options->mean[c] = (uint8_t)lroundf(fminf(fmaxf(normalization->mean[c], 0), 1) * 255);
}

static bool applies(const rl_augment_kind *kind, const rl_augment_options *options,
                    const rl_augment_sample *sample) {
    return options->enabled && kind->applies(options, sample);
}

/* Two buffers, written in turn. */
typedef uint8_t moved_pixels[2][RL_IMAGE_BYTES];

/* The pixels after all moves: in one of the buffers, or `pixels` where none applied. */
static const uint8_t *move_pixels(const rl_augment_options *options,
                                  const rl_augment_sample *sample, const uint8_t *pixels,
                                  moved_pixels buffers) {
    size_t next = 0;
    for (size_t i = 0; i < KINDS; i++)
        if (kinds[i]->move && applies(kinds[i], options, sample)) {
            kinds[i]->move(options, sample, pixels, buffers[next]);
            pixels = buffers[next];
            next = 1 - next;
        }
    return pixels;
}

/* The parts to erase; how many. */
static size_t boxes_to_erase(const rl_augment_options *options, const rl_augment_sample *sample,
                             rl_box boxes[KINDS]) {
    size_t count = 0;
    for (size_t i = 0; i < KINDS; i++)
        if (kinds[i]->erase && applies(kinds[i], options, sample))
            boxes[count++] = kinds[i]->erase(options, sample);
    return count;
}

static void erase_bytes(const rl_box *box, const uint8_t mean[RL_IMAGE_CHANNELS], uint8_t *image) {
    for (size_t y = box->top; y < box->top + box->height; y++)
        for (size_t x = box->left; x < box->left + box->width; x++)
            memcpy(image + y * RL_IMAGE_ROW + x * RL_IMAGE_CHANNELS, mean, RL_IMAGE_CHANNELS);
}

static void erase_floats(const rl_box *box, float *image) {
    for (size_t y = box->top; y < box->top + box->height; y++)
        memset(image + y * RL_IMAGE_ROW + box->left * RL_IMAGE_CHANNELS, 0,
               box->width * RL_IMAGE_CHANNELS * sizeof *image);
}

void rl_augment_bytes(const rl_augment_options *options, const rl_augment_sample *sample,
                      const uint8_t *pixels, uint8_t out[RL_IMAGE_BYTES]) {
    moved_pixels buffers;
    rl_box boxes[KINDS];
    memcpy(out, move_pixels(options, sample, pixels, buffers), RL_IMAGE_BYTES);
    const size_t count = boxes_to_erase(options, sample, boxes);
    for (size_t i = 0; i < count; i++)
        erase_bytes(&boxes[i], options->mean, out);
}

void rl_augment_image(const rl_augment_options *options, const rl_augment_sample *sample,
                      const rl_normalization *normalization, const uint8_t *pixels, float *image) {
    moved_pixels buffers;
    rl_box boxes[KINDS];
    rl_normalize_image(normalization, move_pixels(options, sample, pixels, buffers), image);
    const size_t count = boxes_to_erase(options, sample, boxes);
    for (size_t i = 0; i < count; i++)
        erase_floats(&boxes[i], image);
}
