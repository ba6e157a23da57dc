/* rl_train, and what resume.c shares with it: everything that can fail is tried before the first
 * step and before the run directory exists; then the loop; then the record of how it ended. */
#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "run/run_events.h"
#include "run/training.h"

#include <math.h>
#include <string.h>

void rl_training_clear(rl_training *t) {
    rl_metrics_close(&t->metrics);
    rl_events_close(t->events);
    rl_loader_free(t->train);
    rl_loader_free(t->validation);
    rl_loader_free(t->test);
    rl_holdout_clear(&t->holdout);
    rl_free(t->correct);
    rl_mirror_free(t->mirror);
    rl_average_free(t->average);
    rl_optimizer_free(t->optimizer);
    rl_net_free(t->net);
    rl_model_info_clear(&t->info);
    rl_free(t->results);
    rl_run_directory_close(&t->directory);
}

/* What goes with the net, as far as the configuration asks for it. */
static rl_status create_companions(rl_training *t, size_t max_batch, rl_error *error) {
    const rl_config *config = t->config;
    rl_optimizer_options options;
    rl_config_optimizer(config, &options);
    rl_status status = rl_optimizer_create(&t->optimizer, t->net, &options, error);
    if (status == RL_OK && config->ema > 0)
        status = rl_average_create(&t->average, t->net, config->ema, error);
    if (status == RL_OK && config->mirror_test && t->dataset->flip_keeps_label)
        status = rl_mirror_create(&t->mirror, t->net, max_batch, error);
    return status;
}

rl_status rl_training_prepare(rl_training *t, rl_error *error) {
    const rl_config *config = t->config;
    if (!t->results)
        t->results = rl_config_results(config);
    if (!t->results)
        return rl_fail_memory(error, "the settings of a run");
    const size_t images = rl_max(rl_dataset_count(t->dataset, RL_SPLIT_TRAIN),
                                 rl_dataset_count(t->dataset, RL_SPLIT_TEST));
    const size_t max_batch = rl_min(config->batch_size, images);
    rl_status status =
        rl_model_build(&t->net, &t->info, config, t->dataset, RL_NET_TRAIN, max_batch, error);
    if (status == RL_OK)
        status = create_companions(t, max_batch, error);
    if (status == RL_OK)
        status = rl_training_create_loaders(t, error);
    if (status == RL_OK && t->test &&
        !(t->correct = rl_alloc(rl_loader_image_count(t->test), sizeof *t->correct)))
        status = rl_fail_memory(error, "the outcomes of the test images");
    if (status == RL_OK)
        rl_config_schedule(config, rl_loader_steps_per_epoch(t->train), &t->schedule);
    return status;
}

rl_status rl_training_start_records(rl_training *t, rl_error *error) {
    char path[RL_PATH_SIZE];
    rl_status status = rl_run_directory_file(&t->directory, RL_CONFIG_FILE, path, error);
    if (status == RL_OK)
        status = rl_config_save(t->config, path, error);
    if (status == RL_OK)
        status = rl_record_environment(t, error);
    if (status == RL_OK)
        status = rl_metrics_create(&t->metrics, &t->directory, t->validation, error);
    /* From the first second on there is something to resume from; and a disk that is too small
     * shows before hours of training. */
    if (status == RL_OK)
        status = rl_checkpoint_write(t, error);
    if (status == RL_OK)
        status = rl_run_events_start(t, error);
    return status;
}

static const char *outcome_name(rl_status status) {
    switch (status) {
    case RL_OK:
        return "completed";
    case RL_STOPPED:
        return "stopped";
    case RL_ERROR_DIVERGED:
        return "diverged";
    default:
        return "failed";
    }
}

rl_status rl_training_finish(rl_training *t, rl_result *result, rl_error *error) {
    rl_error own;
    if (!error)
        error = &own; /* summary.json wants the reason */
    rl_status status = rl_training_run(t, error);
    const char *reason = status == RL_OK || status == RL_STOPPED ? NULL : error->message;
    rl_error not_recorded;
    rl_status recorded = rl_record_summary(t, outcome_name(status), reason, &not_recorded);
    if (recorded == RL_OK)
        recorded = rl_run_events_finish(t, status, &not_recorded);
    if (recorded != RL_OK && !reason) { /* else the first trouble is the one to tell of */
        *error = not_recorded;
        status = recorded;
    }
    if (result)
        rl_training_result(t, result);
    return status;
}

rl_status rl_train_check_settings(const rl_config *config, rl_error *error) {
    const rl_status status = rl_config_check(config, error);
    return status == RL_OK ? rl_model_initial_weights_check(config, error) : status;
}

rl_status rl_train_check(const rl_config *config, rl_error *error) {
    const rl_status status = rl_train_check_settings(config, error);
    return status == RL_OK ? rl_run_directory_check(config, error) : status;
}

rl_status rl_train(const rl_config *config, const rl_dataset *dataset,
                   rl_progress_function *progress, void *context, rl_result *result,
                   rl_error *error) {
    rl_training t = {.config = config,
                     .dataset = dataset,
                     .directory = {.lock = -1},
                     .position = RL_POSITION_BEGIN,
                     .progress = progress,
                     .context = context};
    if (result)
        *result = (rl_result){0};
    rl_status status = rl_train_check(config, error);
    if (status == RL_OK)
        status = rl_training_prepare(&t, error);
    if (status == RL_OK)
        status = rl_run_directory_create(&t.directory, config, error);
    if (status == RL_OK) {
        status = rl_training_start_records(&t, error);
        if (status == RL_OK) {
            status = rl_training_finish(&t, result, error);
        } else {
            rl_metrics_close(&t.metrics);
            rl_run_directory_discard(&t.directory);
        }
    }
    rl_training_clear(&t);
    return status;
}

rl_status rl_run_config(rl_config **result, const char *run_directory, rl_error *error) {
    char path[RL_PATH_SIZE];
    *result = NULL;
    rl_status status = rl_path_join(path, sizeof path, run_directory, RL_CONFIG_FILE, error);
    if (status == RL_OK && !rl_file_exists(path))
        return rl_fail(error, RL_ERROR_IO,
                       "%s: holds no " RL_CONFIG_FILE ", expected a run directory", run_directory);
    rl_config *config = status == RL_OK ? rl_config_create() : NULL;
    if (status == RL_OK)
        status =
            config ? rl_config_load(config, path, error) : rl_fail_memory(error, "a configuration");
    if (status != RL_OK) {
        rl_config_free(config);
        return status;
    }
    *result = config;
    return RL_OK;
}
