/* CSV records of a run. Numbers are the shortest text that reads back exactly, so that equal runs
 * have equal files. */
#include "run/metrics.h"

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"

#include <math.h>
#include <string.h>
#include <unistd.h>

#define EPOCHS_COLUMNS                                                                             \
    "epoch,step,lr,train_loss,train_accuracy,test_loss,test_accuracy,seconds,images_per_second"
#define EPOCHS_HEADING EPOCHS_COLUMNS "\n"
#define STEPS_HEADING "step,loss,accuracy,lr\n"
#define TABLE_LIMIT ((size_t)1 << 32)

const char rl_metrics_heading[] = EPOCHS_COLUMNS;

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
    metrics->epochs = fopen(metrics->epochs_path, "ae");
    if (!metrics->epochs) {
        return rl_fail_errno(error, "%s: cannot open", metrics->epochs_path);
    }
    metrics->steps = fopen(metrics->steps_path, "ae");
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
        fputs(EPOCHS_HEADING, metrics->epochs);
        fputs(STEPS_HEADING, metrics->steps);
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

static rl_status cut_table(const char *path, const char *heading, uint64_t last, rl_error *error) {
    uint8_t *table;
    size_t size;
    rl_status status = rl_file_read(path, TABLE_LIMIT, &table, &size, error);
    if (status) {
        return status;
    }
    if (size < strlen(heading) || memcmp(table, heading, strlen(heading)) != 0) {
        status = rl_fail_at(error, RL_ERROR_FORMAT, 1, "%s: expected the heading '%.*s'", path,
                            (int)strlen(heading) - 1, heading);
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
        status = cut_table(metrics->epochs_path, EPOCHS_HEADING, epochs, error);
    }
    if (!status) {
        status = cut_table(metrics->steps_path, STEPS_HEADING, steps, error);
    }
    if (!status) {
        status = open_tables(metrics, error);
    }
    if (status) {
        rl_metrics_close(metrics);
    }
    return status;
}

static void put_number(FILE *file, double value, char end) {
    char text[40];
    if (isnan(value)) {
        fputs("nan", file);
    } else if (isinf(value)) {
        fputs(value > 0 ? "inf" : "-inf", file);
    } else {
        fputs(rl_text_from_double(text, sizeof text, value), file);
    }
    fputc(end, file);
}

rl_status rl_metrics_epoch(rl_metrics *metrics, const rl_epoch_row *row, rl_error *error) {
    FILE *file = metrics->epochs;
    fprintf(file, "%zu,%llu,", row->epoch, (unsigned long long)row->step);
    put_number(file, row->lr, ',');
    put_number(file, row->train_loss, ',');
    put_number(file, row->train_accuracy, ',');
    put_number(file, row->test_loss, ',');
    put_number(file, row->test_accuracy, ',');
    /* times are measurements: more digits would be noise */
    fprintf(file, "%.3f,%.2f\n", row->seconds, row->images_per_second);
    return flush(file, metrics->epochs_path, error);
}

rl_status rl_metrics_step(rl_metrics *metrics, const rl_step_row *row, rl_error *error) {
    FILE *file = metrics->steps;
    fprintf(file, "%llu,", (unsigned long long)row->step);
    put_number(file, row->loss, ',');
    put_number(file, row->accuracy, ',');
    put_number(file, row->lr, '\n');
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
