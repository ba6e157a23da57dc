/* More epochs for a run. Its settings stand in two files, config.yaml and the checkpoint, which the
 * one must agree with; the checkpoint comes first and says what config.yaml is to be changed from,
 * so that a run whose process ended in between is still gone on with. */
#include "run/extend.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/notice.h"
#include "format/safetensors.h"
#include "reslab_study.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* A checkpoint's metadata until the next one is written: the epochs that the run had. */
#define EXTENDED_FROM "run.extended_from"

static rl_status save_epochs(const rl_run_directory *directory, uint64_t epochs, rl_error *error) {
    char path[RL_PATH_SIZE];
    rl_config *config;
    rl_status status = rl_run_directory_file(directory, RL_CONFIG_FILE, path, error);
    if (status == RL_OK)
        status = rl_run_config(&config, directory->path, error);
    if (status != RL_OK)
        return status;
    if (config->epochs != epochs) {
        config->epochs = epochs;
        status = rl_config_save(config, path, error);
    }
    rl_config_free(config);
    return status;
}

/* All that the file has but for what says how long the run is. */
static rl_status write_checkpoint(const rl_safetensors *file, const char *path,
                                  const rl_config *config, const char *from, rl_error *error) {
    const size_t count = rl_safetensors_count(file), pairs = rl_safetensors_metadata_count(file);
    rl_tensor *tensors = rl_alloc(count, sizeof *tensors);
    const char **metadata = rl_alloc(2 * pairs + 5, sizeof *metadata);
    char *results = rl_config_results(config);
    rl_status status = tensors && metadata && results ? RL_OK : rl_fail_memory(error, path);
    for (size_t i = 0; i < count && status == RL_OK; i++)
        tensors[i] = *rl_safetensors_at(file, i);
    size_t used = 0;
    for (size_t i = 0; i < pairs && status == RL_OK; i++) {
        const char *value, *key = rl_safetensors_metadata_at(file, i, &value);
        if (strcmp(key, RL_RUN_RESULTS) == 0 || strcmp(key, EXTENDED_FROM) == 0)
            continue;
        metadata[used++] = key;
        metadata[used++] = value;
    }
    if (status == RL_OK) {
        memcpy(metadata + used, (const char *[]){RL_RUN_RESULTS, results, EXTENDED_FROM, from},
               4 * sizeof *metadata);
        status = rl_safetensors_write(path, tensors, count, metadata, error);
    }
    rl_free(tensors);
    rl_free(metadata);
    rl_free(results);
    return status;
}

static rl_status extend_checkpoint(const rl_run_directory *directory, rl_config *config,
                                   uint64_t epochs, rl_error *error) {
    char path[RL_PATH_SIZE], from[24];
    rl_safetensors *file;
    rl_status status = rl_run_directory_file(directory, RL_CHECKPOINT_FILE, path, error);
    if (status == RL_OK)
        status = rl_checkpoint_open(&file, path, error);
    if (status != RL_OK)
        return status;
    snprintf(from, sizeof from, "%" PRIu64, config->epochs);
    config->epochs = epochs;
    status = rl_config_check(config, error);
    if (status == RL_OK)
        status = write_checkpoint(file, path, config, from, error);
    rl_safetensors_free(file);
    return status;
}

static rl_status extend(const char *path, rl_config *config, uint64_t epochs, rl_error *error) {
    rl_run_directory directory = {.lock = -1};
    bool begun;
    rl_status status = rl_run_directory_open(&directory, path, error);
    if (status == RL_OK)
        status = rl_resume_examine(&directory, config, &begun, error);
    if (status == RL_OK && epochs < config->epochs)
        status =
            rl_fail(error, RL_ERROR_ARGUMENT,
                    "--epochs: %" PRIu64 " is less than the %" PRIu64 " epochs of %s, expected "
                    "more",
                    epochs, config->epochs, path);
    if (status == RL_OK && begun && epochs > config->epochs)
        status = extend_checkpoint(&directory, config, epochs, error);
    if (status == RL_OK)
        status = save_epochs(&directory, epochs, error);
    rl_run_directory_close(&directory);
    return status;
}

/* What ended for another reason than that its epochs were over would end again. */
static rl_status check_state(const rl_run_record *record, rl_error *error) {
    if (record->state == RL_RUN_DIVERGED)
        return rl_fail(error, RL_ERROR_DIVERGED, "%s: has diverged, and more epochs do not help it",
                       record->directory);
    if (record->state == RL_RUN_DONE && record->epoch_count < record->config->epochs)
        return rl_fail(error, RL_ERROR_MISMATCH,
                       "%s: ended after %zu of %" PRIu64 " epochs, by option %s, and more epochs "
                       "would not be trained",
                       record->directory, record->epoch_count, record->config->epochs,
                       record->config->patience > 0 ? "patience" : "max-seconds");
    return RL_OK;
}

rl_status rl_extend(const char *run_directory, size_t epochs, rl_error *error) {
    rl_run_record *record;
    rl_config *config;
    rl_status status = rl_run_record_read(&record, run_directory, error);
    if (status != RL_OK)
        return status;
    status = check_state(record, error);
    rl_run_record_free(record);
    if (status == RL_OK)
        status = rl_run_config(&config, run_directory, error);
    if (status != RL_OK)
        return status;
    status = extend(run_directory, config, epochs, error);
    rl_config_free(config);
    return status;
}

rl_status rl_extend_adopt(rl_config *config, const rl_safetensors *checkpoint, rl_error *error) {
    const char *from = rl_safetensors_metadata(checkpoint, EXTENDED_FROM);
    const char *results = rl_safetensors_metadata(checkpoint, RL_RUN_RESULTS);
    char epochs[64];
    if (!from || !results || strcmp(from, rl_config_get(config, "epochs")) != 0 ||
        !rl_config_result(results, "epochs", epochs, sizeof epochs))
        return RL_OK;
    return rl_config_set(config, "epochs", epochs, error);
}

rl_status rl_extend_finish(const rl_training *t, rl_error *error) {
    return save_epochs(&t->directory, t->config->epochs, error);
}

void rl_extend_notice(const rl_training *t, const rl_safetensors *checkpoint) {
    const char *from = rl_safetensors_metadata(checkpoint, EXTENDED_FROM);
    rl_config begun = *t->config; /* its texts are not touched */
    rl_schedule schedule;
    if (!from || rl_config_set(&begun, "epochs", from, NULL) != RL_OK)
        return;
    const uint64_t steps = rl_loader_steps_per_epoch(t->train);
    rl_config_schedule(&begun, steps, &schedule);
    for (uint64_t step = 0; step < t->position.total_step; step++) {
        const double was = rl_schedule_lr(&schedule, step), is = rl_schedule_lr(&t->schedule, step);
        if (was == is)
            continue;
        rl_notice(
            "%s: goes on to %" PRIu64 " epochs, but its --schedule %s was that of %s: in epoch "
            "%" PRIu64 " the learning rate was %g where a run of %" PRIu64 " epochs has %g, so "
            "that its result is not that of such a run; it goes on at %g",
            t->directory.path, t->config->epochs, t->config->schedule, from, step / steps + 1, was,
            t->config->epochs, is, rl_schedule_lr(&t->schedule, t->position.total_step));
        return;
    }
}
