/* The two tables of a run: metrics.csv, a row an epoch, and steps.csv, a row a step. */
#ifndef RL_RUN_METRICS_H
#define RL_RUN_METRICS_H

#include "run/table.h"

typedef struct {
    rl_table epochs, steps;
} rl_metrics;

/* What both say at a checkpoint. */
typedef struct {
    rl_table_mark epochs, steps;
} rl_metrics_mark;

typedef struct {
    uint64_t step; /* 1-based */
    double loss, accuracy, lr;
    double cross_entropy; /* without label smoothing */
} rl_step_row;

extern const rl_table_form rl_epochs_form, rl_steps_form;

/* Reads the whole rows of a metrics.csv; release *rows with rl_free. Columns that an older table
 * has not are NaN. RL_ERROR_FORMAT names file and line. */
rl_status rl_metrics_read(const char *path, rl_epoch_row **rows, size_t *count, rl_error *error);

/* Starts both tables with their headings in a new run directory; that of epochs has the columns of
 * validation where the run `validates`. */
rl_status rl_metrics_create(rl_metrics *metrics, const rl_run_directory *directory, bool validates,
                            rl_error *error);

/* Do both tables hold all that `mark` says, as it was written? Changes nothing. */
rl_status rl_metrics_check(const rl_run_directory *directory, const rl_metrics_mark *mark,
                           rl_error *error);

/* The same, then opens both to go on after the mark: rows past it, and a row cut short by a crash,
 * are removed. A table keeps the columns that it was begun with. */
rl_status rl_metrics_resume(rl_metrics *metrics, const rl_run_directory *directory,
                            const rl_metrics_mark *mark, rl_error *error);

/* One row, flushed to the system at once. */
rl_status rl_metrics_epoch(rl_metrics *metrics, const rl_epoch_row *row, rl_error *error);
rl_status rl_metrics_step(rl_metrics *metrics, const rl_step_row *row, rl_error *error);

/* Puts all rows on disk: before a checkpoint, which must never be ahead of them. */
rl_status rl_metrics_sync(rl_metrics *metrics, rl_error *error);

/* Fills in the digests of a mark. */
rl_status rl_metrics_mark_now(rl_metrics *metrics, rl_metrics_mark *mark, rl_error *error);

void rl_metrics_close(rl_metrics *metrics);

#endif
