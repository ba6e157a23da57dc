/* Data by name: where a data set that people download lies when all that is given is its name. */
#ifndef RL_DATA_FIND_H
#define RL_DATA_FIND_H

#include "reslab.h"

#include <limits.h>

/* What `data` stands for: itself, unless it is the name of a known data set and no file or folder
 * is called so; then *found is `buffer` with the folder that holds the set. RL_ERROR_IO says where
 * a known set was looked for. */
rl_status rl_data_find(const char **found, char buffer[PATH_MAX], const char *data,
                       rl_error *error);

/* The same with another folder in the place of RL_PACKAGES_PLACE, which a test cannot write to. */
rl_status rl_data_find_beside(const char **found, char buffer[PATH_MAX], const char *data,
                              const char *packages, rl_error *error);

/* The name by which `data` is found from any folder: with its whole path (in `buffer`), where it is
 * a file or folder; itself, where it is a name or nothing that is there. */
const char *rl_data_whole_path(const char *data, char buffer[PATH_MAX]);

/* The known names; returns how many, at most `room`. */
size_t rl_data_known_names(const char **names, size_t room);

#endif
