/* What a kind of augmentation is, for the files that define one. */
#ifndef RL_DATA_AUGMENT_KIND_H
#define RL_DATA_AUGMENT_KIND_H

#include "base/random.h"
#include "data/augment.h"

enum { RL_IMAGE_ROW = RL_IMAGE_SIDE * RL_IMAGE_CHANNELS }; /* bytes of a row of pixels */

/* A part of an image, in pixels; empty where height or width is zero. */
typedef struct {
    uint32_t top, left, height, width;
} rl_box;

/* One of the two functions is set. Pixels are moved before any are erased. */
typedef struct {
    const char *name;
    bool (*applies)(const rl_augment_options *options, const rl_augment_sample *sample);
    /* Pixels are moved as bytes: a value that is only moved is then bit for bit the plain one. */
    void (*move)(const rl_augment_options *options, const rl_augment_sample *sample,
                 const uint8_t *pixels, uint8_t out[RL_IMAGE_BYTES]);
    /* The part to erase. That is done to floats, since no byte is exactly the mean. */
    rl_box (*erase)(const rl_augment_options *options, const rl_augment_sample *sample);
} rl_augment_kind;

extern const rl_augment_kind rl_augment_crop;
extern const rl_augment_kind rl_augment_flip;
extern const rl_augment_kind rl_augment_cutout;
extern const rl_augment_kind rl_augment_erasing;

/* Where to crop and whether to mirror: 0..2 pad each way, `pad` being the centre. Crops and flips
 * share a stream, and all three numbers are always drawn: each is then the same whatever the choice
 * for the others. */
typedef struct {
    uint32_t top, left;
    bool flip;
} rl_shift;
rl_shift rl_shift_draw(const rl_augment_options *options, const rl_augment_sample *sample);

/* What boxes to draw: area as shares of the image, ratio as width to height. */
typedef struct {
    double min_area, max_area;
    double min_ratio, max_ratio;
    uint32_t max_side; /* pixels */
} rl_box_range;

/* A box of random area (uniform), ratio (uniform in its logarithm) and place, as torchvision's
 * RandomResizedCrop and RandomErasing draw them: of ten tries the first that fits, else empty. */
rl_box rl_box_draw(rl_random *random, const rl_box_range *range);

#endif
