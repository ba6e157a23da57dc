/* A whole data set from its source: downloads, verifies, unpacks, and only then puts it in place.
 */
#ifndef RL_DATA_FETCH_H
#define RL_DATA_FETCH_H

#include "data/sources.h"

typedef struct {
    unsigned stall_seconds;   /* as in rl_download */
    const char *certificates; /* as in rl_download */
} rl_fetch_limits;

/* rl_data_get of this row, whatever request->name is; request->folder must be given. `limits` may
 * be NULL. */
rl_status rl_data_fetch(const rl_source_row *row, const rl_data_request *request,
                        const rl_fetch_limits *limits, rl_data_result *result, rl_error *error);

#endif
