/* What is found in a table that a checkpoint says was written. */
#ifndef RL_RUN_TABLE_CHECK_H
#define RL_RUN_TABLE_CHECK_H

#include "run/table.h"

typedef struct {
    size_t columns;
    uint64_t kept;    /* bytes of the heading and of the rows up to the mark */
    uint64_t size;    /* bytes of the file */
    rl_digest digest; /* of those rows; to release with rl_digest_end, whatever is returned */
} rl_table_found;

rl_status rl_table_find(rl_table_found *found, const rl_table_form *form, const char *path,
                        const rl_table_mark *mark, rl_error *error);

/* Adds a row (ended by its newline) but for what is measured in it. */
void rl_table_digest_row(rl_digest *digest, const rl_table_form *form, const char *row);

#endif
