/* CSV records of a run. Numbers are the shortest text that reads back exactly, so that equal runs
 * have equal files. */
#include "run/metrics.h"

#include "base/text.h"

#include <math.h>

/* Columns; those of a run without validation end before the last two. */
enum {
    SECONDS = 7,
    IMAGES_PER_SECOND = 8,
    MEASURED_END = 9,
    PLAIN_COLUMNS = 10,
    EPOCH_COLUMNS = 12
};

const rl_table_form rl_epochs_form = {
    .heading = "epoch,step,lr,train_loss,train_accuracy,test_loss,test_accuracy,seconds,"
               "images_per_second,train_cross_entropy,validation_loss,validation_accuracy",
    .columns = EPOCH_COLUMNS,
    .oldest = 9,
    .measured = 1U << SECONDS | 1U << IMAGES_PER_SECOND,
    .has_steps = true,
};
const rl_table_form rl_steps_form = {
    .heading = "step,loss,accuracy,lr,cross_entropy", .columns = 5, .oldest = 4};

typedef struct {
    char epochs[RL_PATH_SIZE], steps[RL_PATH_SIZE];
} paths;

static rl_status find_paths(paths *p, const rl_run_directory *directory, rl_error *error) {
    const rl_status status = rl_run_directory_file(directory, RL_METRICS_FILE, p->epochs, error);
    return status ? status : rl_run_directory_file(directory, RL_STEPS_FILE, p->steps, error);
}

rl_status rl_metrics_create(rl_metrics *metrics, const rl_run_directory *directory, bool validates,
                            rl_error *error) {
    const size_t columns = validates ? EPOCH_COLUMNS : PLAIN_COLUMNS;
    paths p;
    *metrics = (rl_metrics){0};
    rl_status status = find_paths(&p, directory, error);
    if (!status) {
        status = rl_table_create(&metrics->epochs, &rl_epochs_form, columns, p.epochs, error);
    }
    if (!status) {
        status =
            rl_table_create(&metrics->steps, &rl_steps_form, rl_steps_form.columns, p.steps, error);
    }
    if (status) {
        rl_metrics_close(metrics);
    }
    return status;
}

rl_status rl_metrics_check(const rl_run_directory *directory, const rl_metrics_mark *mark,
                           rl_error *error) {
    paths p;
    rl_status status = find_paths(&p, directory, error);
    if (!status) {
        status = rl_table_check(&rl_epochs_form, p.epochs, &mark->epochs, error);
    }
    return status ? status : rl_table_check(&rl_steps_form, p.steps, &mark->steps, error);
}

rl_status rl_metrics_resume(rl_metrics *metrics, const rl_run_directory *directory,
                            const rl_metrics_mark *mark, rl_error *error) {
    paths p;
    *metrics = (rl_metrics){0};
    /* Both, before a row of either is removed. */
    rl_status status = rl_metrics_check(directory, mark, error);
    if (!status) {
        status = find_paths(&p, directory, error);
    }
    if (!status) {
        status = rl_table_resume(&metrics->epochs, &rl_epochs_form, p.epochs, &mark->epochs, error);
    }
    if (!status) {
        status = rl_table_resume(&metrics->steps, &rl_steps_form, p.steps, &mark->steps, error);
    }
    if (status) {
        rl_metrics_close(metrics);
    }
    return status;
}

/* Each after a comma. */
static void put_numbers(rl_buffer *row, const double *values, size_t count) {
    char text[40];
    for (size_t i = 0; i < count; i++) {
        rl_buffer_add(row, ",");
        if (isnan(values[i])) {
            rl_buffer_add(row, "nan");
        } else if (isinf(values[i])) {
            rl_buffer_add(row, values[i] > 0 ? "inf" : "-inf");
        } else {
            rl_buffer_add(row, rl_text_from_double(text, sizeof text, values[i]));
        }
    }
}

rl_status rl_metrics_epoch(rl_metrics *metrics, const rl_epoch_row *row, rl_error *error) {
    rl_table *table = &metrics->epochs;
    rl_buffer *text = rl_table_begin(table);
    const double figures[] = {row->lr, row->train_loss, row->train_accuracy, row->test_loss,
                              row->test_accuracy};
    rl_buffer_print(text, "%zu,%llu", row->epoch, (unsigned long long)row->step);
    put_numbers(text, figures, sizeof figures / sizeof *figures);
    /* times are measurements: more digits would be noise */
    rl_buffer_print(text, ",%.3f,%.2f", row->seconds, row->images_per_second);
    const double later[] = {row->train_cross_entropy, row->validation_loss,
                            row->validation_accuracy};
    put_numbers(text, later, table->columns - MEASURED_END);
    return rl_table_end(table, error);
}

rl_status rl_metrics_step(rl_metrics *metrics, const rl_step_row *row, rl_error *error) {
    rl_buffer *text = rl_table_begin(&metrics->steps);
    const double numbers[] = {row->loss, row->accuracy, row->lr, row->cross_entropy};
    rl_buffer_print(text, "%llu", (unsigned long long)row->step);
    put_numbers(text, numbers, metrics->steps.columns - 1);
    return rl_table_end(&metrics->steps, error);
}

rl_status rl_metrics_sync(rl_metrics *metrics, rl_error *error) {
    const rl_status status = rl_table_sync(&metrics->epochs, error);
    return status ? status : rl_table_sync(&metrics->steps, error);
}

rl_status rl_metrics_mark_now(rl_metrics *metrics, rl_metrics_mark *mark, rl_error *error) {
    const rl_status status = rl_table_digest(&metrics->epochs, mark->epochs.digest, error);
    return status ? status : rl_table_digest(&metrics->steps, mark->steps.digest, error);
}

void rl_metrics_close(rl_metrics *metrics) {
    rl_table_close(&metrics->epochs);
    rl_table_close(&metrics->steps);
    *metrics = (rl_metrics){0};
}
