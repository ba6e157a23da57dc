/* What rl_dataset_open derives from the images, whatever format they came from. */
#ifndef RL_DATA_MEASURE_H
#define RL_DATA_MEASURE_H

#include "data/dataset.h"

/* Mean and population deviation of the training images by channel. */
void rl_dataset_measure(rl_dataset *dataset);

/* SHA-256 over the classes, counts, labels and pixels. The byte stream that is hashed is part of
 * the reproducibility contract (runs store the result): u64 class count; each name with its NUL;
 * then for training and test: u64 count, u16 labels, pixels. Integers are little-endian. */
rl_status rl_dataset_hash(rl_dataset *dataset, rl_error *error);

#endif
