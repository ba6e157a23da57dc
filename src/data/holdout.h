/* Training images set aside, to choose settings by: the same share of every class. Which they are
 * follows from the data alone, so that all runs on the same data set the same ones aside. */
#ifndef RL_DATA_HOLDOUT_H
#define RL_DATA_HOLDOUT_H

#include "base/digest.h"
#include "data/dataset.h"

typedef struct {
    uint32_t *kept, *held; /* training images by their number, in file order */
    size_t kept_count, held_count;
    char digest[RL_DIGEST_TEXT]; /* of the data's fingerprint and the numbers of those held */
} rl_holdout;

/* Of the first `images` training images, 0 < share < 1 of every class is held, rounded to the
 * nearest. RL_ERROR_ARGUMENT names a class, present among them, of which none would be held or none
 * kept. */
rl_status rl_holdout_draw(rl_holdout *holdout, const rl_dataset *dataset, size_t images,
                          double share, rl_error *error);

/* Harmless on {0} and when called twice. */
void rl_holdout_clear(rl_holdout *holdout);

#endif
