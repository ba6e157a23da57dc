/* What the dataset formats share while they fill an rl_dataset: allocation of a split and the list
 * of class names. Whatever they leave half-built is released by rl_dataset_free. */
#ifndef RL_DATA_DATASET_BUILD_H
#define RL_DATA_DATASET_BUILD_H

#include "data/dataset.h"

/* Room for `count` images in `set`, which must be empty; count 0 is legal. */
rl_status rl_image_set_allocate(rl_image_set *set, size_t count, rl_error *error);

/* Copies `count` names. A name that is empty, repeated, not UTF-8 or holds a control character is
 * an error naming `path`: names go into JSON and CSV files and onto the terminal. */
rl_status rl_dataset_name_classes(rl_dataset *dataset, const char *path, const char *const *names,
                                  size_t count, rl_error *error);

/* Notes what was found or done, in a line that becomes a notice once the data are open. */
__attribute__((format(printf, 3, 4))) rl_status
rl_dataset_add_note(rl_dataset *dataset, rl_error *error, const char *format, ...);

#endif
