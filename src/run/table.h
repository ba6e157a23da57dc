/* A table of a run: a CSV file to which rows are added, and which a resumed run goes on with only
 * when it still says what it said at the checkpoint. */
#ifndef RL_RUN_TABLE_H
#define RL_RUN_TABLE_H

#include "base/buffer.h"
#include "base/digest.h"
#include "run/run_directory.h"

#include <stdio.h>

/* The columns of a table. New ones are added behind the others, so that the heading of an older
 * version, or of a run that has no use for the last ones, is the beginning of the whole one. The
 * first column numbers the rows from 1. */
typedef struct {
    const char *heading; /* without its newline */
    size_t columns;
    size_t oldest;     /* so many in version 0.1.0 */
    uint32_t measured; /* bit i: column i is measured, and differs between equal runs */
    bool has_steps;    /* the second column counts steps */
} rl_table_form;

/* How many columns the table has whose first line `line` is (`length` bytes, without its newline);
 * 0 when that is no heading of the form. */
size_t rl_table_columns(const rl_table_form *form, const char *line, size_t length);

typedef struct {
    const rl_table_form *form;
    char path[RL_PATH_SIZE];
    FILE *file;       /* NULL while it is closed */
    size_t columns;   /* with which it was begun */
    rl_digest digest; /* of its rows, what is measured left out */
    rl_buffer row;    /* being made */
} rl_table;

/* What a table says at a checkpoint. */
typedef struct {
    uint64_t rows, steps;
    char digest[RL_DIGEST_TEXT]; /* "" of checkpoints of version 0.1.0, which had none */
} rl_table_mark;

/* Starts the file with the first `columns` of the heading. */
rl_status rl_table_create(rl_table *table, const rl_table_form *form, size_t columns,
                          const char *path, rl_error *error);

/* Does the file begin with all that `mark` says, each row whole, in order and unchanged? Changes
 * nothing; RL_ERROR_FORMAT names the line and says what to do. */
rl_status rl_table_check(const rl_table_form *form, const char *path, const rl_table_mark *mark,
                         rl_error *error);

/* The same, then removes the rows past the mark and opens the table to go on after them. */
rl_status rl_table_resume(rl_table *table, const rl_table_form *form, const char *path,
                          const rl_table_mark *mark, rl_error *error);

/* An empty text for a row without its newline; rl_table_end adds it and hands it to the system. */
rl_buffer *rl_table_begin(rl_table *table);
rl_status rl_table_end(rl_table *table, rl_error *error);

/* Puts all rows on disk. */
rl_status rl_table_sync(rl_table *table, rl_error *error);

/* The digest of the rows so far. */
rl_status rl_table_digest(rl_table *table, char text[RL_DIGEST_TEXT], rl_error *error);

void rl_table_close(rl_table *table);

/* A number as it stands in a table, "nan" and "inf" included; cuts a line into `count` fields. Both
 * false where they are not that. */
bool rl_table_number(const char *text, double *value);
bool rl_table_split(char *line, char **fields, size_t count);

#endif
