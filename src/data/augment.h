/* Augmentation of training images. A kind of augmentation is one file that defines an
 * rl_augment_kind (data/augment_kind.h) and a row in the table of augment.c; every kind draws from
 * streams of its own, so that turning one on leaves what the others do unchanged. Mixing the images
 * of a batch is data/mix.h's. */
#ifndef RL_DATA_AUGMENT_H
#define RL_DATA_AUGMENT_H

#include "data/dataset.h"

/* How to crop; the names are in the same order. */
typedef enum {
    RL_CROP_ZERO,    /* a random window of the image padded with black */
    RL_CROP_REFLECT, /* the same, padded with its mirror images */
    RL_CROP_RESIZED, /* a random part of the image, enlarged to the whole */
    RL_CROP_NONE
} rl_crop;
extern const char *const rl_crop_names[]; /* ended by NULL */

/* When to mirror, where the data allow it at all. */
typedef enum {
    RL_FLIP_RANDOM,      /* each time at random */
    RL_FLIP_ALTERNATING, /* every other epoch, beginning with the first or the second */
    RL_FLIP_NONE
} rl_flip;
extern const char *const rl_flip_names[];

/* What is done to training images. */
typedef struct {
    bool enabled; /* false: nothing at all, whatever else is set */
    rl_crop crop;
    uint32_t pad;     /* zero, reflect: pixels at each border, below 32 */
    double crop_area; /* resized: smallest share of the image that is kept */
    rl_flip flip;
    uint32_t cutout;                 /* side of the square, in pixels; 0: none */
    double erasing;                  /* probability of random erasing */
    double mixup;                    /* alpha of the Beta distribution; 0: no mixing (data/mix.h) */
    uint8_t mean[RL_IMAGE_CHANNELS]; /* what rl_augment_bytes erases with: rl_augment_set_mean */
} rl_augment_options;

/* Which image, when: with the options this is all that a draw depends on. */
typedef struct {
    uint64_t seed;
    uint32_t epoch;
    size_t index;  /* in the split */
    bool may_flip; /* do the data allow flips? */
} rl_augment_sample;

/* Sets the bytes nearest to the mean of `normalization`. */
void rl_augment_set_mean(rl_augment_options *options, const rl_normalization *normalization);

/* What the options make of a training image, as normalised floats and, to be looked at, as bytes.
 * Erased pixels are exactly zero after normalisation; their bytes are options->mean. */
void rl_augment_image(const rl_augment_options *options, const rl_augment_sample *sample,
                      const rl_normalization *normalization, const uint8_t *pixels, float *image);
void rl_augment_bytes(const rl_augment_options *options, const rl_augment_sample *sample,
                      const uint8_t *pixels, uint8_t out[RL_IMAGE_BYTES]);

#endif
