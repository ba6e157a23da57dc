/* rl_resume: goes on with a run whose files are those that its checkpoint was made with, or says
 * what is wrong with them and leaves them as they are. A run killed before its first checkpoint has
 * lost nothing: it begins. */
#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/notice.h"
#include "data/find.h"
#include "run/extend.h"
#include "run/run_events.h"
#include "run/training.h"

#include <math.h>
#include <string.h>

/* The checkpoint is there: may it be gone on from? */
static rl_status examine_checkpoint(const rl_run_directory *directory, rl_config *config,
                                    const char *path, rl_error *error) {
    char config_path[RL_PATH_SIZE];
    rl_safetensors *file;
    rl_metrics_mark mark;
    rl_status status = rl_run_directory_file(directory, RL_CONFIG_FILE, config_path, error);
    if (status == RL_OK)
        status = rl_checkpoint_open(&file, path, error);
    if (status != RL_OK)
        return status;
    const char *results = rl_safetensors_metadata(file, RL_RUN_RESULTS);
    status = rl_extend_adopt(config, file, error);
    if (status == RL_OK && results)
        status = rl_config_compare_results(config, results, config_path, error);
    if (status == RL_OK)
        status = rl_checkpoint_mark(&mark, file, path, error);
    if (status == RL_OK)
        status = rl_metrics_check(directory, &mark, error);
    rl_safetensors_free(file);
    return status;
}

rl_status rl_resume_examine(const rl_run_directory *directory, rl_config *config, bool *begun,
                            rl_error *error) {
    char path[RL_PATH_SIZE];
    const rl_status status = rl_run_directory_file(directory, RL_CHECKPOINT_FILE, path, error);
    *begun = status == RL_OK && rl_file_exists(path);
    if (status != RL_OK)
        return status;
    if (*begun)
        return examine_checkpoint(directory, config, path, error);
    if (!rl_run_directory_is_unbegun(directory->path))
        return rl_fail(error, RL_ERROR_IO,
                       "%s: its " RL_CHECKPOINT_FILE " is gone: nothing to go on from; begin anew "
                       "with 'reslab train --config %s/" RL_CONFIG_FILE " --out FOLDER'",
                       directory->path, directory->path);
    return rl_train_check_settings(config, error);
}

rl_status rl_resume_check(const char *run_directory, rl_error *error) {
    rl_config *config;
    rl_run_directory directory = {.lock = -1};
    bool begun;
    rl_status status = rl_run_config(&config, run_directory, error);
    if (status == RL_OK)
        status = rl_run_directory_open(&directory, run_directory, error);
    if (status == RL_OK)
        status = rl_resume_examine(&directory, config, &begun, error);
    rl_run_directory_close(&directory);
    rl_config_free(config);
    return status;
}

/* From the lock to the restored state, or to that of a run that begins. */
static rl_status reopen(rl_training *t, rl_config *config, const char *run_directory, bool *begun,
                        rl_error *error) {
    rl_status status = rl_run_directory_open(&t->directory, run_directory, error);
    if (status == RL_OK)
        status = rl_resume_examine(&t->directory, config, begun, error);
    if (status == RL_OK && !(t->results = rl_config_results(config)))
        status = rl_fail_memory(error, "the settings of a run");
    if (status == RL_OK && *begun)
        config->init[0] = '\0'; /* the weights are the checkpoint's */
    if (status == RL_OK)
        status = rl_training_prepare(t, error);
    if (status != RL_OK || !*begun)
        return status;
    status = rl_checkpoint_read(t, error);
    if (status == RL_OK)
        status = rl_metrics_resume(&t->metrics, &t->directory, &t->mark, error);
    if (status == RL_OK)
        status = rl_extend_finish(t, error);
    if (status == RL_OK && t->position.total_step > 0)
        t->lr = rl_schedule_lr(&t->schedule, t->position.total_step - 1);
    return status;
}

/* Data that are no longer where the settings have them, and were given from elsewhere, have moved:
 * the settings follow, for the commands after this one. A copy for this call only leaves them. */
static rl_status follow_data(const rl_training *t, rl_config *config, rl_error *error) {
    char path[RL_PATH_SIZE], buffer[PATH_MAX];
    const char *place = t->dataset->place, *found;
    rl_config *saved;
    if (!place || strcmp(place, config->data) == 0 ||
        (rl_data_find(&found, buffer, config->data, NULL) == RL_OK && rl_file_exists(found)))
        return RL_OK;
    rl_status status = rl_config_set(config, "data", place, error);
    if (status == RL_OK)
        status = rl_run_directory_file(&t->directory, RL_CONFIG_FILE, path, error);
    if (status == RL_OK)
        status = rl_run_config(&saved, t->directory.path, error); /* without what holds for now */
    if (status != RL_OK)
        return status;
    status = rl_config_set(saved, "data", place, error);
    if (status == RL_OK)
        status = rl_config_save(saved, path, error);
    rl_config_free(saved);
    return status;
}

/* Begins the run in the folder that it was to have. */
static rl_status begin(rl_training *t, rl_error *error) {
    rl_notice("%s: was ended before its first checkpoint, and begins anew", t->directory.path);
    t->resumed = false;
    rl_run_directory_clear(&t->directory);
    return rl_training_start_records(t, error);
}

static rl_status go_on(rl_training *t, rl_error *error) {
    rl_status status = rl_checkpoint_mend_model(t, error);
    if (status == RL_OK && rl_record_is_complete(t)) /* it was given more epochs */
        status = rl_record_summary(t, "stopped", NULL, error);
    if (status == RL_OK)
        status = rl_record_resume(t, error);
    return status == RL_OK ? rl_run_events_start(t, error) : status;
}

/* Of a run that is finished: what its folder has lost and the checkpoint has is made again. */
static rl_status mend(rl_training *t, rl_error *error) {
    char path[RL_PATH_SIZE];
    rl_status status = rl_checkpoint_mend_model(t, error);
    if (status == RL_OK)
        status = rl_run_directory_file(&t->directory, RL_ENVIRONMENT_FILE, path, error);
    if (status == RL_OK && !rl_file_exists(path))
        status = rl_record_resume(t, error);
    return status == RL_OK ? rl_outcome_mend(t, error) : status;
}

rl_status rl_resume(const char *run_directory, const rl_dataset *dataset, int threads,
                    rl_progress_function *progress, void *context, rl_result *result,
                    rl_error *error) {
    rl_config *config;
    bool begun;
    if (result)
        *result = (rl_result){0};
    rl_status status = rl_run_config(&config, run_directory, error);
    if (status != RL_OK)
        return status;
    if (threads > 0)
        config->threads = (uint64_t)threads;
    rl_training t = {.config = config,
                     .dataset = dataset,
                     .directory = {.lock = -1},
                     .position = RL_POSITION_BEGIN,
                     .resumed = true,
                     .progress = progress,
                     .context = context};
    status = reopen(&t, config, run_directory, &begun, error);
    if (status == RL_OK)
        status = follow_data(&t, config, error);
    if (status == RL_OK && begun && rl_training_is_finished(&t) &&
        !rl_training_tested_badly(&t, NULL) && rl_record_is_complete(&t)) {
        status = mend(&t, error);
        if (result)
            rl_training_result(&t, result);
    } else if (status == RL_OK) {
        status = begun ? go_on(&t, error) : begin(&t, error);
        if (status == RL_OK)
            status = rl_training_finish(&t, result, error);
    }
    rl_training_clear(&t);
    rl_config_free(config);
    return status;
}
