/* Reads where the runs of a study stand, from their directories and locks, and estimates the time
 * to go. Epochs cost what their arithmetic does; that activations and optimizers cost differently
 * at equal arithmetic is left out. */
#include "study/work/state.h"

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "run/config.h"
#include "study/work/folder.h"
#include "study/work/price.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { CLASSES_UNKNOWN = 10 };

static bool has_ended(rl_run_state state) {
    return state == RL_RUN_DONE || state == RL_RUN_DIVERGED;
}

double rl_study_seconds_left(const rl_run_standing *standings, size_t count, size_t except) {
    double total = 0;
    for (size_t i = 0; i < count; i++) {
        const rl_run_standing *run = &standings[i];
        double same_seconds = 0, same = 0, seconds = 0, work = 0;
        if (i == except || has_ended(run->state))
            continue;
        for (size_t j = 0; j < count; j++) {
            const rl_run_standing *done = &standings[j];
            if (isnan(done->seconds) || isnan(done->work))
                continue;
            seconds += done->seconds;
            work += done->work;
            same_seconds += done->work == run->work ? done->seconds : 0;
            same += done->work == run->work;
        }
        double whole = same > 0 ? same_seconds / same : work > 0 ? seconds / work * run->work : NAN;
        if (run->limit > 0 && !(whole < run->limit))
            whole = run->limit;
        total += whole * run->left;
    }
    return total;
}

/* The record that tells how many images `config` comes down to. */
static const rl_run_record *record_of_same_images(rl_run_record *const *records, size_t count,
                                                  const rl_config *config) {
    for (size_t i = 0; i < count; i++) {
        const rl_run_record *record = records[i];
        if (record && record->train_images > 0 && strcmp(record->config->data, config->data) == 0 &&
            record->config->limit_train == config->limit_train &&
            record->config->limit_test == config->limit_test)
            return record;
    }
    return NULL;
}

/* Arithmetic x images x epochs; a tested image is worth a third of a trained one. */
static rl_status measure_work(double *work, const rl_config *config, const rl_run_record *like,
                              rl_error *error) {
    rl_summary *summary;
    const size_t classes = like ? like->class_count : CLASSES_UNKNOWN;
    const rl_status status = rl_summary_create(&summary, config, classes, error);
    if (status != RL_OK)
        return status;
    const double images = like ? 3.0 * (double)like->train_images + (double)like->test_images : NAN;
    *work = (double)rl_summary_macs(summary) * images * (double)config->epochs;
    rl_summary_free(summary);
    return RL_OK;
}

/* What one run's directory says. A locked run is somebody's; its directory can come and go while
 * it is looked at, and nothing is held against it. */
static rl_status read_run(rl_run_standing *standing, rl_run_record **record, const char *out,
                          const rl_study_task *task, rl_error *error) {
    char path[RL_PATH_SIZE], config[RL_PATH_SIZE];
    const bool locked = rl_study_run_is_locked(out, &task->info);
    rl_status status = rl_study_run_path(path, out, &task->info, error);
    if (status == RL_OK)
        status = rl_path_join(config, sizeof config, path, RL_CONFIG_FILE, error);
    if (status != RL_OK)
        return status;
    const bool begun = rl_file_exists(config);
    standing->state = rl_file_is_folder(path) ? RL_RUN_INTERRUPTED : RL_RUN_WAITING;
    if (begun)
        status = rl_run_record_read(record, path, error);
    if (*record)
        standing->state = (*record)->state;
    if (locked && !has_ended(standing->state)) {
        standing->state = RL_RUN_RUNNING;
        return status == RL_ERROR_MEMORY ? status : RL_OK;
    }
    if (status != RL_OK)
        standing->state = RL_RUN_FAILED;
    return status;
}

static void take_record(rl_run_standing *standing, const rl_run_record *record,
                        const rl_config *config) {
    if (!rl_config_difference(record->config, config)) /* else it is no run of the study */
        snprintf(standing->fingerprint, sizeof standing->fingerprint, "%s", record->fingerprint);
    if (record->epoch_count > 0 && record->state != RL_RUN_DIVERGED) /* which has no result */
        standing->accuracy = record->epochs[record->epoch_count - 1].test_accuracy;
    if (record->state == RL_RUN_DONE)
        standing->seconds = record->seconds;
    standing->left = has_ended(record->state)
                         ? 0
                         : 1 - (double)record->epoch_count / (double)record->config->epochs;
}

static rl_status read_all(rl_run_standing *standings, rl_run_record **records,
                          const rl_study *study, const char *out, rl_error *error) {
    rl_status first = RL_OK;
    for (size_t i = 0; i < study->run_count; i++) {
        const rl_study_task *task = &study->runs[i];
        standings[i] = (rl_run_standing){.accuracy = NAN,
                                         .work = NAN,
                                         .seconds = NAN,
                                         .left = 1,
                                         .limit = task->config->max_seconds};
        const rl_status status =
            read_run(&standings[i], &records[i], out, task, first == RL_OK ? error : NULL);
        if (records[i])
            take_record(&standings[i], records[i], task->config);
        if (first == RL_OK)
            first = status;
    }
    for (size_t i = 0; i < study->run_count; i++) {
        const rl_config *config = study->runs[i].config;
        const rl_run_record *like = record_of_same_images(records, study->run_count, config);
        const rl_status status =
            measure_work(&standings[i].work, config, like, first == RL_OK ? error : NULL);
        if (first == RL_OK)
            first = status;
    }
    return first;
}

rl_status rl_study_read_standings(rl_run_standing *standings, const rl_study *study,
                                  const char *out, rl_error *error) {
    rl_run_record **records = rl_alloc(study->run_count, sizeof *records);
    if (!records)
        return rl_fail_memory(error, "the state of a study");
    const rl_status status = read_all(standings, records, study, out, error);
    for (size_t i = 0; i < study->run_count; i++)
        rl_run_record_free(records[i]);
    rl_free(records);
    return status;
}

static void count_state(rl_study_state *state, rl_run_state run) {
    size_t *const counts[] = {
        [RL_RUN_WAITING] = &state->waiting,   [RL_RUN_INTERRUPTED] = &state->interrupted,
        [RL_RUN_RUNNING] = &state->running,   [RL_RUN_DONE] = &state->done,
        [RL_RUN_DIVERGED] = &state->diverged, [RL_RUN_FAILED] = &state->failed};
    ++*counts[run];
}

rl_status rl_study_state_read(rl_study_state **result, const rl_study *study, const char *out,
                              rl_error *error) {
    *result = NULL;
    const size_t count = study->run_count;
    rl_study_state *state = rl_alloc(1, sizeof *state);
    rl_run_standing *standings = rl_alloc(count, sizeof *standings);
    if (state) {
        state->count = count;
        state->states = rl_alloc(count, sizeof *state->states);
        state->accuracies = rl_alloc(count, sizeof *state->accuracies);
    }
    const bool good = state && standings && state->states && state->accuracies;
    const rl_status status = good ? rl_study_read_standings(standings, study, out, error)
                                  : rl_fail_memory(error, "the state of a study");
    for (size_t i = 0; status == RL_OK && i < count; i++) {
        state->states[i] = standings[i].state;
        state->accuracies[i] = standings[i].accuracy;
        count_state(state, standings[i].state);
    }
    if (status == RL_OK) {
        state->seconds_left = rl_study_seconds_left(standings, count, SIZE_MAX);
        if (isnan(state->seconds_left))
            state->seconds_left = rl_study_price_left(out, standings, count);
        *result = state;
    } else {
        rl_study_state_free(state);
    }
    rl_free(standings);
    return status;
}

void rl_study_state_free(rl_study_state *state) {
    if (!state)
        return;
    rl_free(state->states);
    rl_free(state->accuracies);
    rl_free(state);
}
