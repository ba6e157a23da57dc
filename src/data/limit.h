/* The first images of a split, when there is a limit: do they have all classes? */
#ifndef RL_DATA_LIMIT_H
#define RL_DATA_LIMIT_H

#include "data/dataset.h"

/* Gives a notice where the first `limit` images of a split (0: all) lack classes: how many and
 * which; `option` is the limit's name. Image folders come class by class, so that a small limit
 * leaves most of them out. */
rl_status rl_limit_check(const rl_dataset *dataset, rl_split split, size_t limit,
                         const char *option, rl_error *error);

#endif
