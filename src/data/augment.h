/* The usual augmentation of small images: pad by 4, crop at random, mirror at random. */
#ifndef RL_DATA_AUGMENT_H
#define RL_DATA_AUGMENT_H

#include "data/dataset.h"

#define RL_AUGMENT_PAD 4

/* Where to crop and whether to mirror: 0..8 each way, 4 being the centre. */
typedef struct {
    uint32_t top, left;
    bool flip;
} rl_augmentation;

/* The draw for sample `index` of the split in `epoch`. All three numbers are always drawn, so that
 * the crops are the same whether or not flips are allowed. */
rl_augmentation rl_augmentation_draw(uint64_t seed, uint32_t epoch, size_t index, bool may_flip);

/* Crops, mirrors and normalises in one pass. The padding is black before normalisation. */
void rl_augment_image(const rl_augmentation *augmentation, const rl_normalization *normalization,
                      const uint8_t *pixels, float *image);

#endif
