/* The options table as the library uses it: each public row with where its value lives. */
#ifndef RL_RUN_OPTIONS_H
#define RL_RUN_OPTIONS_H

#include "run/config.h"

#include <limits.h>

enum { RL_MAX_OPTIONS = 128 }; /* rows at most, for arrays with an element a row */

typedef struct {
    rl_option option;
    size_t offset; /* of the field in struct rl_config */
    bool input;    /* names a file or folder to read */
} rl_option_row;

/* All rows, in the order of options.def. */
const rl_option_row *rl_option_rows(size_t *count);

/* The row of that name; '_' and '-' are the same. NULL when there is none. */
const rl_option_row *rl_option_find(const char *name);

/* What runs did before there was the option: what stands for it in records without it. */
const char *rl_option_before(const rl_option_row *row);

/* The value as it is recorded: of an input, with its whole path, so that the record holds wherever
 * it is read. May be in `buffer`; else as rl_config_get. */
const char *rl_option_recorded(const rl_option_row *row, const rl_config *config,
                               char buffer[PATH_MAX]);

/* RL_ERROR_ARGUMENT "unknown option 'x'", with the nearest name. */
rl_status rl_option_unknown(const char *name, rl_error *error);

/* A row's value in a configuration. */
static inline void *rl_option_value(const rl_option_row *row, const rl_config *config) {
    return (char *)config + row->offset;
}

#endif
