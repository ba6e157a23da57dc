/* The JSON records of a run: environment.json at its start, summary.json at its end. */
#include "base/error.h"
#include "base/file.h"
#include "base/json.h"
#include "base/notice.h"
#include "base/text.h"
#include "format/json_file.h"
#include "run/machine.h"
#include "run/statistics.h"
#include "run/training.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SKIPPED_LISTED 100

static bool put_json(FILE *file, void *object) {
    return json_dumpf(object, file, JSON_INDENT(2) | JSON_REAL_PRECISION(12)) == 0 &&
           fputc('\n', file) != EOF;
}

/* Releases `object`; NULL stands for no memory. */
static rl_status write_json(const rl_training *t, const char *name, json_t *object,
                            rl_error *error) {
    char path[RL_PATH_SIZE];
    rl_status status = object ? rl_run_directory_file(&t->directory, name, path, error)
                              : rl_fail_memory(error, name);
    if (status == RL_OK)
        status = rl_file_replace(path, put_json, object, error);
    json_decref(object);
    return status;
}

/* JSON knows no NaN: null stands for a figure that there is not. */
static json_t *number(double value) {
    return isfinite(value) ? json_real(value) : json_null();
}

/* A JSON string of text that may not be UTF-8, such as a file name. */
static json_t *text(const char *bytes) {
    return json_string(rl_text_is_utf8(bytes) ? bytes : "(not UTF-8)");
}

/* The arguments this process was started with, as far as the system tells and they are UTF-8. */
static json_t *command_line(void) {
    char line[8192];
    json_t *arguments = json_array();
    const size_t length = rl_file_read_start("/proc/self/cmdline", line, sizeof line);
    for (const char *at = line; at < line + length; at += strlen(at) + 1) {
        rl_json_append(&arguments, text(at));
    }
    return arguments;
}

/* The first of the images that were left out, with the reasons. */
static json_t *skipped_images(const rl_dataset *dataset) {
    json_t *list = json_array();
    const char *skipped;
    for (size_t i = 0; i < SKIPPED_LISTED && (skipped = rl_dataset_skipped(dataset, i)); i++)
        rl_json_append(&list, text(skipped));
    return list;
}

/* What was said of the data when they were opened. */
static json_t *notes(const rl_dataset *dataset) {
    json_t *list = json_array();
    const char *note;
    for (size_t i = 0; (note = rl_dataset_note(dataset, i)); i++)
        rl_json_append(&list, text(note));
    return list;
}

/* Where the data were found, whatever they were called. */
static json_t *place(const rl_training *t) {
    return text(t->dataset->place ? t->dataset->place : t->config->data);
}

static json_int_t images_of(const rl_loader *loader) {
    return loader ? (json_int_t)rl_loader_image_count(loader) : 0;
}

static json_t *data_record(const rl_training *t) {
    return json_pack("{s:o, s:s, s:I, s:I, s:I, s:I, s:I, s:s, s:I, s:s, s:I, s:o, s:o}", "path",
                     place(t), "format", rl_dataset_format_name(t->dataset), "train_images",
                     (json_int_t)rl_dataset_count(t->dataset, RL_SPLIT_TRAIN), "test_images",
                     (json_int_t)rl_dataset_count(t->dataset, RL_SPLIT_TEST), "train_images_used",
                     (json_int_t)rl_loader_image_count(t->train), "test_images_used",
                     images_of(t->test), "validation_images", images_of(t->validation),
                     "validation_digest", t->holdout.digest, "classes",
                     (json_int_t)rl_dataset_class_count(t->dataset), "fingerprint",
                     rl_dataset_fingerprint(t->dataset), "skipped_images",
                     (json_int_t)rl_dataset_skipped_count(t->dataset), "skipped",
                     skipped_images(t->dataset), "notes", notes(t->dataset));
}

/* What may differ from one process that works on the run to the next. */
static json_t *process_record(const rl_training *t) {
    char cpu[128], started[64];
    const time_t seconds = time(NULL);
    struct tm parts;
    rl_machine_cpu(cpu, sizeof cpu);
    strftime(started, sizeof started, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&seconds, &parts));
    return json_pack("{s:o, s:s, s:s, s:o, s:s, s:i}", "command_line", command_line(),
                     "reslab_version", rl_version(), "started", started, "cpu", text(cpu),
                     "instruction_set", rl_net_kernels(t->net)->name, "threads",
                     rl_net_threads(t->net));
}

rl_status rl_record_environment(const rl_training *t, rl_error *error) {
    json_t *environment = process_record(t);
    rl_json_set(&environment, "data", data_record(t));
    return write_json(t, RL_ENVIRONMENT_FILE, environment, error);
}

/* The object in one of the run's files; NULL when there is none, or what there is is broken. Only
 * out of memory is an error. */
static rl_status read_json(const rl_training *t, const char *name, json_t **value,
                           rl_error *error) {
    char path[RL_PATH_SIZE];
    *value = NULL;
    rl_status status = rl_run_directory_file(&t->directory, name, path, error);
    if (status == RL_OK)
        status = rl_json_file_read(value, path, error);
    return status == RL_ERROR_MEMORY ? status : RL_OK;
}

rl_status rl_record_resume(const rl_training *t, rl_error *error) {
    char path[RL_PATH_SIZE];
    json_t *environment = NULL;
    rl_error detail;
    rl_status status = rl_run_directory_file(&t->directory, RL_ENVIRONMENT_FILE, path, error);
    if (status == RL_OK && rl_json_file_read(&environment, path, &detail) != RL_OK)
        return detail.code == RL_ERROR_MEMORY
                   ? rl_fail_memory(error, path)
                   : rl_fail(error, detail.code, "%.800s; move it away, and it is made anew",
                             detail.message);
    if (status == RL_OK && !environment) {
        rl_notice("%s: was missing, and is made anew", path);
        return rl_record_environment(t, error);
    }
    if (status != RL_OK)
        return status;
    json_t *resumed = json_object_get(environment, "resumed");
    resumed = json_is_array(resumed) ? json_incref(resumed) : json_array();
    json_t *process = process_record(t);
    rl_json_set(&process, "step", json_integer((json_int_t)t->position.total_step));
    rl_json_set(&process, "data", place(t));
    rl_json_append(&resumed, process);
    rl_json_set(&environment, "resumed", resumed);
    return write_json(t, RL_ENVIRONMENT_FILE, environment, error);
}

bool rl_record_is_complete(const rl_training *t) {
    json_t *summary;
    read_json(t, RL_SUMMARY_FILE, &summary, NULL);
    const char *outcome = json_string_value(json_object_get(summary, "outcome"));
    const bool complete = outcome && strcmp(outcome, "completed") == 0;
    json_decref(summary);
    return complete;
}

/* Training images a second over the whole run. The steps say how many there were: a last epoch can
 * have been cut short. */
static double mean_rate(const rl_training *t) {
    const uint64_t steps = rl_loader_steps_per_epoch(t->train);
    const uint64_t images = t->position.total_step / steps * rl_loader_images_in(t->train, steps) +
                            rl_loader_images_in(t->train, t->position.total_step % steps);
    return (double)images / fmax(t->clock.all_train_seconds, 1e-9);
}

/* Of a run that is done. */
static void put_trained(const rl_training *t, json_t **summary) {
    const rl_tested *trained = &t->trained;
    if (trained->images == 0)
        return;
    rl_json_set(summary, "trained_accuracy", number(trained->accuracy));
    rl_json_set(summary, "trained_cross_entropy", number(trained->loss));
    rl_json_set(summary, "trained_images", json_integer((json_int_t)trained->images));
}

static void put_validation(const rl_training *t, json_t **summary) {
    const rl_position *p = &t->position;
    if (!t->validation)
        return;
    rl_json_set(summary, "validation_loss", number(p->validation_loss));
    rl_json_set(summary, "validation_accuracy", number(p->validation_accuracy));
    rl_json_set(summary, "validation_images", json_integer(images_of(t->validation)));
    rl_json_set(summary, "best_validation_accuracy", number(p->best_accuracy));
    rl_json_set(summary, "best_epoch", json_integer((json_int_t)p->best_epoch));
}

/* Accuracy of the test images, with its interval. */
static void put_test(const rl_training *t, json_t **summary) {
    const rl_position *p = &t->position;
    const double images = (double)images_of(t->test);
    double low = NAN, high = NAN;
    if (t->test && isfinite(p->test_accuracy))
        rl_wilson_interval((uint64_t)llround(p->test_accuracy * images), (uint64_t)images, &low,
                           &high);
    rl_json_set(summary, "test_loss", number(p->test_loss));
    rl_json_set(summary, "test_accuracy", number(p->test_accuracy));
    rl_json_set(summary, "test_accuracy_interval", json_pack("[o, o]", number(low), number(high)));
    rl_json_set(summary, "test_images", json_integer(images_of(t->test)));
}

rl_status rl_record_summary(const rl_training *t, const char *outcome, const char *reason,
                            rl_error *error) {
    const rl_position *p = &t->position;
    char objective[128], ended[160];
    rl_objective(t->config, objective, sizeof objective);
    rl_training_end(t, ended, sizeof ended);
    json_t *summary =
        json_pack("{s:s, s:I, s:I, s:s, s:o, s:o, s:o, s:o, s:o, s:I}", "outcome", outcome,
                  "epochs", (json_int_t)p->epoch, "steps", (json_int_t)p->total_step, "objective",
                  objective, "train_loss", number(p->train_loss), "train_cross_entropy",
                  number(p->train_cross_entropy), "train_accuracy", number(p->train_accuracy),
                  "seconds", number(t->clock.seconds), "images_per_second", number(mean_rate(t)),
                  "peak_memory_bytes", (json_int_t)rl_machine_peak_memory());
    put_test(t, &summary);
    put_validation(t, &summary);
    put_trained(t, &summary);
    if (ended[0])
        rl_json_set(&summary, "ended", text(ended));
    if (reason)
        rl_json_set(&summary, "reason", text(reason));
    return write_json(t, RL_SUMMARY_FILE, summary, error);
}

bool rl_record_has_trained(const rl_training *t) {
    json_t *summary;
    read_json(t, RL_SUMMARY_FILE, &summary, NULL);
    const bool has = json_is_number(json_object_get(summary, "trained_accuracy"));
    json_decref(summary);
    return has;
}

rl_status rl_record_trained(const rl_training *t, rl_error *error) {
    json_t *summary;
    const rl_status status = read_json(t, RL_SUMMARY_FILE, &summary, error);
    if (status != RL_OK || !summary)
        return status;
    put_trained(t, &summary);
    return write_json(t, RL_SUMMARY_FILE, summary, error);
}

void rl_training_result(const rl_training *t, rl_result *result) {
    const rl_position *p = &t->position;
    const bool is_tested = t->trained.images > 0;
    *result = (rl_result){.epochs = p->epoch,
                          .steps = p->total_step,
                          .train_loss = p->train_loss,
                          .train_accuracy = p->train_accuracy,
                          .test_loss = p->test_loss,
                          .test_accuracy = p->test_accuracy,
                          .seconds = t->clock.seconds,
                          .images_per_second = mean_rate(t),
                          .peak_memory_bytes = rl_machine_peak_memory(),
                          .train_cross_entropy = p->train_cross_entropy,
                          .validation_loss = p->validation_loss,
                          .validation_accuracy = p->validation_accuracy,
                          .best_epoch = p->best_epoch,
                          .best_validation_accuracy = p->best_accuracy,
                          .trained_accuracy = is_tested ? t->trained.accuracy : NAN,
                          .trained_cross_entropy = is_tested ? t->trained.loss : NAN};
    rl_training_end(t, result->ended, sizeof result->ended);
    snprintf(result->run_directory, sizeof result->run_directory, "%s", t->directory.path);
}
