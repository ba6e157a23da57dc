/* The labels of a data set in IDX files, and what they are called. IDX holds numbers only; the
 * names come from a file of the user's, from what is known of the set, or are the numbers
 * themselves. */
#ifndef RL_DATA_IDX_LABELS_H
#define RL_DATA_IDX_LABELS_H

#include "data/dataset.h"

#include <limits.h>

/* The labels of one file. */
typedef struct {
    char path[PATH_MAX];
    uint8_t *values; /* [count] */
    size_t count;
} rl_idx_labels;

/* Reads the file `path` into *labels, which rl_idx_labels_clear releases. */
rl_status rl_idx_labels_read(rl_idx_labels *labels, const char *path, rl_error *error);
void rl_idx_labels_clear(rl_idx_labels *labels);

/* Names the classes of `dataset` and says whether a flip keeps their labels. `labels` are those of
 * both splits, `folder` the one they came from, whose classes.txt wins over all that is known. A
 * label without a name is an error. */
rl_status rl_idx_labels_name(rl_dataset *dataset, const rl_idx_labels labels[2], const char *folder,
                             rl_error *error);

#endif
