/* CSV records of a run. Numbers are the shortest text that reads back exactly, so that equal runs
 * have equal files. */
#include "run/metrics.h"

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/open.h"
#include "base/text.h"

#include <fcntl.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#define TABLE_LIMIT ((size_t)1 << 32)

const rl_table_form rl_epochs_form = {
    .heading = "epoch,step,lr,train_loss,train_accuracy,test_loss,test_accuracy,seconds,"
               "images_per_second,train_cross_entropy",
    .columns = 10,
    .oldest = 9,
};
const rl_table_form rl_steps_form = {
    .heading = "step,loss,accuracy,lr,cross_entropy", .columns = 5, .oldest = 4};

size_t rl_table_columns(const rl_table_form *form, const char *line, size_t length) {
    size_t columns = 1;
    for (size_t i = 0; i < length; i++) {
        columns += line[i] == ',';
    }
    const char next = strlen(form->heading) > length ? form->heading[length] : '?';
    const bool whole = length == strlen(form->heading), older = next == ',';
    if (!(whole || older) || memcmp(line, form->heading, length) != 0) {
        return 0;
    }
    return columns >= form->oldest ? columns : 0;
}

static rl_status set_paths(rl_metrics *metrics, const rl_run_directory *directory,
                           rl_error *error) {
    *metrics = (rl_metrics){0};
    rl_status status =
        rl_run_directory_file(directory, RL_METRICS_FILE, metrics->epochs_path, error);
    return status ? status
                  : rl_run_directory_file(directory, RL_STEPS_FILE, metrics->steps_path, error);
}

/* Opens both files to append. */
static rl_status open_tables(rl_metrics *metrics, rl_error *error) {
    metrics->epochs = rl_open_stream(metrics->epochs_path, O_WRONLY | O_CREAT | O_APPEND, "ab");
    if (!metrics->epochs) {
        return rl_fail_errno(error, "%s: cannot open", metrics->epochs_path);
    }
    metrics->steps = rl_open_stream(metrics->steps_path, O_WRONLY | O_CREAT | O_APPEND, "ab");
    if (!metrics->steps) {
        return rl_fail_errno(error, "%s: cannot open", metrics->steps_path);
    }
    return RL_OK;
}

static rl_status flush(FILE *file, const char *path, rl_error *error) {
    if (fflush(file) || ferror(file)) {
        return rl_fail_errno(error, "%s: cannot write", path);
    }
    return RL_OK;
}

rl_status rl_metrics_create(rl_metrics *metrics, const rl_run_directory *directory,
                            rl_error *error) {
    rl_status status = set_paths(metrics, directory, error);
    if (!status) {
        status = open_tables(metrics, error);
    }
    if (!status) {
        fprintf(metrics->epochs, "%s\n", rl_epochs_form.heading);
        fprintf(metrics->steps, "%s\n", rl_steps_form.heading);
        status = flush(metrics->epochs, metrics->epochs_path, error);
    }
    if (!status) {
        status = flush(metrics->steps, metrics->steps_path, error);
    }
    if (status) {
        rl_metrics_close(metrics);
    }
    return status;
}

/* The number that a row (ended by a newline) begins with; false when it begins with none. */
static bool read_number(const char *row, uint64_t *value) {
    char text[24];
    size_t digits = strcspn(row, ",\n");
    if (digits >= sizeof text) {
        return false;
    }
    memcpy(text, row, digits);
    text[digits] = '\0';
    return rl_text_to_u64(text, value);
}

/* Bytes of `table` to keep: the heading, and whole rows numbered up to `last`. */
static size_t kept_bytes(const char *table, size_t size, uint64_t last) {
    size_t kept = 0;
    for (bool heading = true; kept < size; heading = false) {
        const char *row = table + kept, *end = memchr(row, '\n', size - kept);
        uint64_t number;
        if (!end || (!heading && (!read_number(row, &number) || number > last))) {
            break;
        }
        kept = (size_t)(end - table) + 1;
    }
    return kept;
}

static rl_status cut_table(const char *path, const rl_table_form *form, uint64_t last, bool *old,
                           rl_error *error) {
    uint8_t *table;
    size_t size;
    rl_status status = rl_file_read(path, TABLE_LIMIT, &table, &size, error);
    if (status) {
        return status;
    }
    const uint8_t *end = memchr(table, '\n', size);
    const size_t columns =
        end ? rl_table_columns(form, (const char *)table, (size_t)(end - table)) : 0;
    *old = columns < form->columns;
    if (columns == 0) {
        status = rl_fail_at(error, RL_ERROR_FORMAT, 1, "%s: expected the heading '%s'", path,
                            form->heading);
    } else {
        size_t kept = kept_bytes((const char *)table, size, last);
        if (kept < size) {
            status = rl_file_replace_bytes(path, table, kept, error);
        }
    }
    rl_free(table);
    return status;
}

rl_status rl_metrics_resume(rl_metrics *metrics, const rl_run_directory *directory, size_t epochs,
                            uint64_t steps, rl_error *error) {
    rl_status status = set_paths(metrics, directory, error);
    if (!status) {
        status =
            cut_table(metrics->epochs_path, &rl_epochs_form, epochs, &metrics->old_epochs, error);
    }
    if (!status) {
        status = cut_table(metrics->steps_path, &rl_steps_form, steps, &metrics->old_steps, error);
    }
    if (!status) {
        status = open_tables(metrics, error);
    }
    if (status) {
        rl_metrics_close(metrics);
    }
    return status;
}

/* Each after a comma. */
static void put_numbers(FILE *file, const double *values, size_t count) {
    char text[40];
    for (size_t i = 0; i < count; i++) {
        fputc(',', file);
        if (isnan(values[i])) {
            fputs("nan", file);
        } else if (isinf(values[i])) {
            fputs(values[i] > 0 ? "inf" : "-inf", file);
        } else {
            fputs(rl_text_from_double(text, sizeof text, values[i]), file);
        }
    }
}

rl_status rl_metrics_epoch(rl_metrics *metrics, const rl_epoch_row *row, rl_error *error) {
    FILE *file = metrics->epochs;
    const double figures[] = {row->lr, row->train_loss, row->train_accuracy, row->test_loss,
                              row->test_accuracy};
    fprintf(file, "%zu,%llu", row->epoch, (unsigned long long)row->step);
    put_numbers(file, figures, sizeof figures / sizeof *figures);
    /* times are measurements: more digits would be noise */
    fprintf(file, ",%.3f,%.2f", row->seconds, row->images_per_second);
    put_numbers(file, &row->train_cross_entropy, metrics->old_epochs ? 0 : 1);
    fputc('\n', file);
    return flush(file, metrics->epochs_path, error);
}

rl_status rl_metrics_step(rl_metrics *metrics, const rl_step_row *row, rl_error *error) {
    FILE *file = metrics->steps;
    const double numbers[] = {row->loss, row->accuracy, row->lr, row->cross_entropy};
    fprintf(file, "%llu", (unsigned long long)row->step);
    put_numbers(file, numbers,
                (metrics->old_steps ? rl_steps_form.oldest : rl_steps_form.columns) - 1);
    fputc('\n', file);
    return flush(file, metrics->steps_path, error);
}

rl_status rl_metrics_sync(rl_metrics *metrics, rl_error *error) {
    if (fsync(fileno(metrics->epochs))) {
        return rl_fail_errno(error, "%s: cannot write", metrics->epochs_path);
    }
    if (fsync(fileno(metrics->steps))) {
        return rl_fail_errno(error, "%s: cannot write", metrics->steps_path);
    }
    return RL_OK;
}

void rl_metrics_close(rl_metrics *metrics) {
    if (metrics->epochs) {
        fclose(metrics->epochs);
    }
    if (metrics->steps) {
        fclose(metrics->steps);
    }
    *metrics = (rl_metrics){0};
}
