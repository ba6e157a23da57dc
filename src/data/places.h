/* Where data sets that people download are kept: the folder $RESLAB_DATA, then the folder reslab of
 * the user's cache ($XDG_CACHE_HOME, which counts only when absolute, else ~/.cache). */
#ifndef RL_DATA_PLACES_H
#define RL_DATA_PLACES_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

enum { RL_PLACES_MAX = 2 };

/* Where packages of the distribution install data sets; nothing else is put there. */
#define RL_PACKAGES_PLACE "/usr/share/datasets"

/* The places in the order in which they are looked at and new sets are put there; returns how many:
 * 0 where none of the variables is set. They need not exist. */
size_t rl_data_places(char places[RL_PLACES_MAX][PATH_MAX]);

/* Is $RESLAB_DATA set? */
bool rl_data_place_is_chosen(void);

#endif
