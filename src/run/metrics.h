/* The two tables of a run: metrics.csv, a row an epoch, and steps.csv, a row a step. */
#ifndef RL_RUN_METRICS_H
#define RL_RUN_METRICS_H

#include "run/run_directory.h"

#include <stdio.h>

typedef struct {
    FILE *epochs, *steps;
    char epochs_path[RL_PATH_SIZE], steps_path[RL_PATH_SIZE];
    bool old_epochs, old_steps; /* begun by version 0.1.0: without the columns added since */
} rl_metrics;

typedef struct {
    uint64_t step; /* 1-based */
    double loss, accuracy, lr;
    double cross_entropy; /* without label smoothing */
} rl_step_row;

/* The columns of a table. New ones are added behind the others, so that the heading of an older
 * version is the beginning of the one now. */
typedef struct {
    const char *heading; /* without its newline */
    size_t columns;
    size_t oldest; /* so many in version 0.1.0 */
} rl_table_form;

extern const rl_table_form rl_epochs_form, rl_steps_form;

/* How many columns the table has whose first line `line` is (`length` bytes, without its newline);
 * 0 when that is no heading of the form. */
size_t rl_table_columns(const rl_table_form *form, const char *line, size_t length);

/* Reads the whole rows of a metrics.csv; release *rows with rl_free. Columns that an older table
 * has not are NaN. RL_ERROR_FORMAT names file and line. */
rl_status rl_metrics_read(const char *path, rl_epoch_row **rows, size_t *count, rl_error *error);

/* Starts both tables with their headings in a new run directory. */
rl_status rl_metrics_create(rl_metrics *metrics, const rl_run_directory *directory,
                            rl_error *error);

/* Opens both tables to go on after `epochs` whole epochs and `steps` steps: rows past them, and a
 * row cut short by a crash, are removed. A table keeps the columns that it was begun with. */
rl_status rl_metrics_resume(rl_metrics *metrics, const rl_run_directory *directory, size_t epochs,
                            uint64_t steps, rl_error *error);

/* One row, flushed to the system at once. */
rl_status rl_metrics_epoch(rl_metrics *metrics, const rl_epoch_row *row, rl_error *error);
rl_status rl_metrics_step(rl_metrics *metrics, const rl_step_row *row, rl_error *error);

/* Puts all rows on disk: before a checkpoint, which must never be ahead of them. */
rl_status rl_metrics_sync(rl_metrics *metrics, rl_error *error);

void rl_metrics_close(rl_metrics *metrics);

#endif
