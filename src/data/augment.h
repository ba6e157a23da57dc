/* The usual augmentation of small images: pad by 4, crop at random, mirror at random. */
#ifndef RL_DATA_AUGMENT_H
#define RL_DATA_AUGMENT_H

#include "data/dataset.h"

#define RL_AUGMENT_PAD 4

/* What is done to training images. */
typedef struct {
    bool enabled; /* false: nothing at all */
} rl_augment_options;

/* Which image, when: with the options this is all that a draw depends on. */
typedef struct {
    uint64_t seed;
    uint32_t epoch;
    size_t index;  /* in the split */
    bool may_flip; /* do the data allow flips? */
} rl_augment_sample;

/* Where to crop and whether to mirror: 0..8 each way, 4 being the centre. */
typedef struct {
    uint32_t top, left;
    bool flip;
} rl_augmentation;

/* All numbers are always drawn, so that the crops are the same whether or not flips are allowed. */
rl_augmentation rl_augmentation_draw(const rl_augment_options *options,
                                     const rl_augment_sample *sample);

/* Crops and mirrors; the padding is black. `out` may not overlap `pixels`. */
void rl_augment_pixels(const rl_augmentation *augmentation, const uint8_t *pixels,
                       uint8_t out[RL_IMAGE_BYTES]);

/* What the options make of a training image, as bytes and as normalised floats. */
void rl_augment_bytes(const rl_augment_options *options, const rl_augment_sample *sample,
                      const uint8_t *pixels, uint8_t out[RL_IMAGE_BYTES]);
void rl_augment_image(const rl_augment_options *options, const rl_augment_sample *sample,
                      const rl_normalization *normalization, const uint8_t *pixels, float *image);

#endif
