/* What the files of a run directory say, read back: for reports, comparisons and studies. A run in
 * progress or killed at any moment is a good run with less in it, so files that come late may be
 * missing; a file that is there and is not what it should be is an error that names it and the
 * line. The test figures are those of metrics.csv, which has all digits. */
#include "base/error.h"
#include "base/file.h"
#include "base/lock.h"
#include "base/memory.h"
#include "base/notice.h"
#include "format/json_file.h"
#include "reslab_study.h"
#include "run/config.h"
#include "run/metrics.h"
#include "run/objective.h"
#include "run/outcome.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const char *const state_names[] = {
    [RL_RUN_WAITING] = "waiting",   [RL_RUN_INTERRUPTED] = "interrupted",
    [RL_RUN_RUNNING] = "running",   [RL_RUN_DONE] = "done",
    [RL_RUN_DIVERGED] = "diverged", [RL_RUN_FAILED] = "failed"};

const char *rl_run_state_name(rl_run_state state) {
    return state_names[state];
}

void rl_run_record_free(rl_run_record *record) {
    if (!record)
        return;
    rl_free(record->directory);
    rl_free(record->reason);
    rl_config_free(record->config);
    rl_free(record->epochs);
    rl_free(record->cpu);
    rl_free(record->instruction_set);
    rl_free(record->version);
    rl_free(record->data_format);
    rl_free(record->fingerprint);
    rl_free(record->validation_digest);
    rl_free((void *)record->correct);
    rl_free(record);
}

/* A JSON object in one of the run's files, and its name for messages. */
typedef struct {
    char path[RL_PATH_SIZE];
    json_t *object; /* NULL when there is no such file */
    rl_error *error;
    rl_status status; /* of the first field that was wrong */
} record_file;

static rl_status open_json(record_file *file, const char *directory, const char *name,
                           rl_error *error) {
    *file = (record_file){.error = error};
    const rl_status status = rl_path_join(file->path, sizeof file->path, directory, name, error);
    return status == RL_OK ? rl_json_file_read(&file->object, file->path, error) : status;
}

static void fail_field(record_file *file, const char *name, const char *expected) {
    if (file->status == RL_OK)
        file->status = rl_fail(
            file->error, RL_ERROR_FORMAT, "%s: field '%s' is %s, expected %s", file->path, name,
            json_object_get(file->object, name) ? "something else" : "missing", expected);
}

/* null stands for a number that there is not. */
static double number_field(record_file *file, const char *name) {
    const json_t *value = json_object_get(file->object, name);
    if (!json_is_number(value) && !json_is_null(value))
        fail_field(file, name, "a number or null");
    return json_is_number(value) ? json_number_value(value) : NAN;
}

static uint64_t count_field(record_file *file, const json_t *object, const char *name) {
    const json_t *value = json_object_get(object, name);
    if (json_is_integer(value) && json_integer_value(value) >= 0)
        return (uint64_t)json_integer_value(value);
    fail_field(file, name, "a whole number");
    return 0;
}

/* What older versions did not record. */
static bool has_field(const json_t *object, const char *name) {
    return json_object_get(object, name) != NULL;
}

/* A copy of the text; "" when there is no such file. */
static char *text_field(record_file *file, const json_t *object, const char *name) {
    const char *value = json_string_value(json_object_get(object, name));
    if (file->object && !value)
        fail_field(file, name, "a text");
    char *copy = rl_strdup(value ? value : "");
    if (!copy && file->status == RL_OK)
        file->status = rl_fail_memory(file->error, "the record of a run");
    return copy;
}

static char *no_text(record_file *file) {
    char *copy = rl_strdup("");
    if (!copy && file->status == RL_OK)
        file->status = rl_fail_memory(file->error, "the record of a run");
    return copy;
}

static rl_status read_environment(rl_run_record *record, rl_error *error) {
    record_file file;
    const rl_status status = open_json(&file, record->directory, RL_ENVIRONMENT_FILE, error);
    if (status != RL_OK)
        return status;
    const json_t *data = json_object_get(file.object, "data");
    record->cpu = text_field(&file, file.object, "cpu");
    record->instruction_set = text_field(&file, file.object, "instruction_set");
    record->version = text_field(&file, file.object, "reslab_version");
    record->data_format = text_field(&file, data, "format");
    record->fingerprint = text_field(&file, data, "fingerprint");
    record->validation_digest = has_field(data, "validation_digest")
                                    ? text_field(&file, data, "validation_digest")
                                    : no_text(&file);
    if (file.object) {
        record->threads = (int)rl_min(count_field(&file, file.object, "threads"), INT32_MAX);
        record->train_images = count_field(&file, data, "train_images_used");
        record->test_images = count_field(&file, data, "test_images_used");
        if (has_field(data, "validation_images"))
            record->validation_images = count_field(&file, data, "validation_images");
        record->data_train_images = count_field(&file, data, "train_images");
        record->data_test_images = count_field(&file, data, "test_images");
        record->class_count = count_field(&file, data, "classes");
    }
    json_decref(file.object);
    return file.status;
}

static const struct {
    const char *outcome;
    rl_run_state state;
} outcomes[] = {{"completed", RL_RUN_DONE},
                {"stopped", RL_RUN_INTERRUPTED},
                {"diverged", RL_RUN_DIVERGED},
                {"failed", RL_RUN_FAILED}};

static rl_run_state outcome_state(record_file *file) {
    const char *outcome = json_string_value(json_object_get(file->object, "outcome"));
    for (size_t i = 0; outcome && i < sizeof outcomes / sizeof *outcomes; i++)
        if (strcmp(outcome, outcomes[i].outcome) == 0)
            return outcomes[i].state;
    fail_field(file, "outcome", "completed, stopped, diverged or failed");
    return RL_RUN_INTERRUPTED;
}

/* Completed, but then given more epochs, none of which it has been saved after. */
static bool was_extended(const rl_run_record *record, const json_t *summary, size_t epochs) {
    const rl_config *config = record->config;
    return record->state == RL_RUN_DONE && epochs < config->epochs && config->max_seconds == 0 &&
           !has_field(summary, "ended");
}

/* The summary of a run that goes on again is of the past: only its figures that still hold are
 * taken. */
static rl_status read_summary(rl_run_record *record, size_t *epochs, rl_error *error) {
    record_file file;
    const rl_status status = open_json(&file, record->directory, RL_SUMMARY_FILE, error);
    if (status != RL_OK || !file.object)
        return status;
    const rl_run_state state = outcome_state(&file);
    if (record->state != RL_RUN_RUNNING)
        record->state = state;
    record->peak_memory_bytes = count_field(&file, file.object, "peak_memory_bytes");
    record->seconds = number_field(&file, "seconds");
    record->images_per_second = number_field(&file, "images_per_second");
    *epochs = count_field(&file, file.object, "epochs");
    if (was_extended(record, file.object, *epochs))
        record->state = RL_RUN_INTERRUPTED;
    if (record->state == RL_RUN_DONE && has_field(file.object, "trained_images")) {
        record->trained_images = count_field(&file, file.object, "trained_images");
        record->trained_accuracy = number_field(&file, "trained_accuracy");
        record->trained_cross_entropy = number_field(&file, "trained_cross_entropy");
    }
    if (record->state == RL_RUN_DIVERGED || record->state == RL_RUN_FAILED)
        record->reason = text_field(&file, file.object, "reason");
    json_decref(file.object);
    return file.status;
}

/* The clock is written with every checkpoint, the summary only when a process ends in good order.
 */
static rl_status read_clock(rl_run_record *record, rl_error *error) {
    record_file file;
    const rl_status status = open_json(&file, record->directory, RL_CLOCK_FILE, error);
    if (status != RL_OK || !file.object)
        return status;
    const double seconds = number_field(&file, "seconds");
    record->seconds = fmax(seconds, record->seconds); /* NaN loses */
    json_decref(file.object);
    return file.status;
}

static rl_status read_metrics(rl_run_record *record, rl_error *error) {
    char path[RL_PATH_SIZE];
    rl_status status = rl_path_join(path, sizeof path, record->directory, RL_METRICS_FILE, error);
    if (status == RL_OK && (rl_file_exists(path) || record->state == RL_RUN_DONE))
        status = rl_metrics_read(path, &record->epochs, &record->epoch_count, error);
    for (size_t i = 0; i < record->epoch_count && rl_objective_is_plain(record->config); i++)
        record->epochs[i].train_cross_entropy = record->epochs[i].train_loss;
    if (status == RL_OK && isnan(record->seconds) && record->epoch_count > 0)
        record->seconds = record->epochs[record->epoch_count - 1].seconds;
    return status;
}

/* Version 0.1.0 went on after test figures that are none, and called such a run completed. */
static rl_status judge_figures(rl_run_record *record, rl_error *error) {
    for (size_t i = 0; i < record->epoch_count && record->state == RL_RUN_DONE; i++) {
        const rl_epoch_row *row = &record->epochs[i];
        const bool tested = !record->config->test || isfinite(row->test_loss);
        if (isfinite(row->train_loss) && tested)
            continue;
        char reason[80];
        snprintf(reason, sizeof reason, "the %s loss is not finite after epoch %zu",
                 isfinite(row->train_loss) ? "test" : "training", row->epoch);
        record->state = RL_RUN_DIVERGED;
        record->reason = rl_strdup(reason);
        if (!record->reason)
            return rl_fail_memory(error, "the record of a run");
    }
    return RL_OK;
}

static rl_status read_correct(rl_run_record *record, rl_error *error) {
    char path[RL_PATH_SIZE];
    uint8_t *correct = NULL;
    if (record->state != RL_RUN_DONE || !record->config->test || record->epoch_count == 0)
        return RL_OK;
    const rl_epoch_row *last = &record->epochs[record->epoch_count - 1];
    rl_status status = rl_path_join(path, sizeof path, record->directory, RL_CORRECT_FILE, error);
    if (status == RL_OK)
        status = rl_correct_read(&correct, path, record->epoch_count, record->test_images,
                                 last->test_accuracy, error);
    if (correct) {
        record->correct = correct;
        record->correct_count = record->test_images;
    } else if (status == RL_OK && record->trained_images > 0) { /* the run had one */
        rl_notice("%s: is missing: 'reslab train --resume' makes it anew", path);
    }
    return status;
}

static rl_status describe_model(rl_run_record *record, rl_error *error) {
    if (record->class_count < 2) /* not known yet */
        return RL_OK;
    rl_summary *summary;
    const rl_status status =
        rl_summary_create(&summary, record->config, record->class_count, error);
    if (status != RL_OK)
        return status;
    record->parameters = rl_summary_parameters(summary);
    record->macs = rl_summary_macs(summary);
    rl_summary_free(summary);
    return RL_OK;
}

static rl_status read_files(rl_run_record *record, rl_error *error) {
    char path[RL_PATH_SIZE];
    size_t epochs = 0;
    rl_status status = rl_run_config(&record->config, record->directory, error);
    if (status == RL_OK)
        status = rl_path_join(path, sizeof path, record->directory, RL_LOCK_FILE, error);
    /* Before the summary: a run that ends in between is then still said to be running, never to
     * have been interrupted. */
    if (status == RL_OK && rl_lock_is_taken(path))
        record->state = RL_RUN_RUNNING;
    if (status == RL_OK)
        status = read_environment(record, error);
    if (status == RL_OK)
        status = read_summary(record, &epochs, error);
    if (status == RL_OK)
        status = read_clock(record, error);
    if (status == RL_OK)
        status = read_metrics(record, error);
    if (status == RL_OK && record->state == RL_RUN_DONE && record->epoch_count != epochs)
        return rl_fail(error, RL_ERROR_FORMAT,
                       "%s: " RL_METRICS_FILE
                       " has %zu epochs, expected the %zu of " RL_SUMMARY_FILE,
                       record->directory, record->epoch_count, epochs);
    if (status == RL_OK)
        status = judge_figures(record, error);
    if (status == RL_OK)
        status = read_correct(record, error);
    return status == RL_OK ? describe_model(record, error) : status;
}

rl_status rl_run_record_read(rl_run_record **result, const char *directory, rl_error *error) {
    *result = NULL;
    rl_run_record *record = rl_alloc(1, sizeof *record);
    if (!record)
        return rl_fail_memory(error, "the record of a run");
    *record = (rl_run_record){.directory = rl_strdup(directory),
                              .state = RL_RUN_INTERRUPTED,
                              .seconds = NAN,
                              .trained_accuracy = NAN,
                              .trained_cross_entropy = NAN,
                              .images_per_second = NAN};
    const rl_status status = record->directory ? read_files(record, error)
                                               : rl_fail_memory(error, "the record of a run");
    if (status == RL_OK)
        *result = record;
    else
        rl_run_record_free(record);
    return status;
}
