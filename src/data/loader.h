/* Batches of normalised, augmented floats, prepared one ahead by a thread of the loader's own.
 * What a batch holds depends only on (seed, epoch, step), never on timing or what came before. */
#ifndef RL_DATA_LOADER_H
#define RL_DATA_LOADER_H

#include "data/augment.h"
#include "data/dataset.h"

typedef struct {
    rl_split split;
    size_t batch_size;
    size_t limit; /* use only the first `limit` images in file order; 0: all */
    /* The images to use, `limit` of them by their numbers in the split; must outlive the loader.
     * NULL: the first. */
    const uint32_t *chosen;
    uint64_t seed;
    bool shuffle;   /* a fresh permutation each epoch */
    bool drop_last; /* leave out what is left over from an epoch's whole batches, if it has any */
    rl_augment_options augment;
    rl_normalization normalization;
} rl_loader_options;

typedef struct {
    size_t count;           /* images in this batch; a last one that is kept may be short */
    const float *images;    /* [count][32][32][3] */
    const uint16_t *labels; /* [count] */
    /* Of images mixed in (option mixup): [count], NULL where nothing was mixed. */
    const uint16_t *partner_labels;
    double share; /* of the images themselves, against 1 - share of their partners; else 1 */
} rl_batch;

typedef struct rl_loader rl_loader;

/* `dataset` must outlive the loader. Fails when the split is empty. */
rl_status rl_loader_create(rl_loader **loader, const rl_dataset *dataset,
                           const rl_loader_options *options, rl_error *error);
void rl_loader_free(rl_loader *loader);

size_t rl_loader_image_count(const rl_loader *loader); /* to choose from */
size_t rl_loader_steps_per_epoch(const rl_loader *loader);
size_t rl_loader_images_in(const rl_loader *loader, size_t steps); /* of an epoch's first steps */

/* Starts handing out batches of `epoch` (0-based) from `first_step` (0-based) on; any batch handed
 * out before becomes invalid. */
void rl_loader_start(rl_loader *loader, uint32_t epoch, size_t first_step);

/* The next batch, valid until the next call on the loader; false at the end of the epoch. */
bool rl_loader_next(rl_loader *loader, rl_batch *batch);

#endif
