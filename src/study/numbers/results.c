/* Reads a study's directory back. A directory that is being worked on may change under the reader:
 * a run that cannot be read while a process has it claimed counts as waiting; any other run that
 * cannot be read is an error, as nobody could tell what a report without it leaves out. */
#include "study/numbers/results.h"

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "run/objective.h"
#include "run/run_directory.h"
#include "study/design/arms.h"
#include "study/numbers/statistics.h"
#include "study/work/folder.h"
#include "study/work/tune.h"

#include <math.h>
#include <string.h>

static rl_status read_run(rl_run_record **record, const char *directory, const rl_study_task *task,
                          rl_error *error) {
    char path[RL_PATH_SIZE], config[RL_PATH_SIZE];
    const bool claimed = rl_study_run_is_locked(directory, &task->info);
    rl_status status = rl_study_run_path(path, directory, &task->info, error);
    if (status == RL_OK)
        status = rl_path_join(config, sizeof config, path, RL_CONFIG_FILE, error);
    if (status != RL_OK || !rl_file_exists(config))
        return status;
    status = rl_run_record_read(record, path, error);
    return claimed && status != RL_ERROR_MEMORY ? RL_OK : status;
}

/* Classes of the data that an arm's runs had, or else those of any run; 0 before there is one. */
static size_t class_count(const rl_results *results, const rl_study_arm *arm) {
    const rl_study *study = results->study;
    size_t count = 0;
    for (size_t i = 0; i < study->run_count && count == 0; i++)
        count = results->records[i] ? results->records[i]->class_count : 0;
    for (size_t s = 0; s < study->seed_count; s++) {
        const rl_run_record *record = rl_results_record(results, arm, s);
        if (record && record->class_count > 0)
            return record->class_count;
    }
    return count;
}

static rl_status measure_arms(rl_results *results, rl_error *error) {
    const rl_study *study = results->study;
    rl_status status = RL_OK;
    for (size_t g = 0; g < study->group_count; g++)
        for (size_t a = 0; a < study->groups[g].arm_count && status == RL_OK; a++) {
            rl_study_arm *arm = &study->groups[g].arms[a];
            const size_t classes = class_count(results, arm);
            if (classes > 1)
                status = rl_study_measure_arm(arm, classes, error);
        }
    return status;
}

static rl_status read_all(rl_results *results, const char *directory, rl_error *error) {
    char path[RL_PATH_SIZE];
    rl_status status = rl_path_join(path, sizeof path, directory, RL_STUDY_FILE, error);
    if (status == RL_OK)
        status = rl_study_open(&results->study, path, error);
    bool tuned;
    if (status == RL_OK)
        status = rl_study_apply_tuning(results->study, directory, &tuned, error);
    if (status != RL_OK)
        return status;
    results->directory = rl_strdup(directory);
    results->records = rl_alloc(results->study->run_count, sizeof *results->records);
    if (!results->directory || !results->records)
        return rl_fail_memory(error, "the results of a study");
    for (size_t i = 0; i < results->study->run_count && status == RL_OK; i++)
        status = read_run(&results->records[i], directory, &results->study->runs[i], error);
    return status == RL_OK ? measure_arms(results, error) : status;
}

rl_status rl_results_read(rl_results **result, const char *study_directory, rl_error *error) {
    *result = NULL;
    rl_results *results = rl_alloc(1, sizeof *results);
    const rl_status status = results ? read_all(results, study_directory, error)
                                     : rl_fail_memory(error, "the results of a study");
    if (status == RL_OK)
        *result = results;
    else
        rl_results_free(results);
    return status;
}

void rl_results_free(rl_results *results) {
    if (!results)
        return;
    for (size_t i = 0; results->records && i < results->study->run_count; i++)
        rl_run_record_free(results->records[i]);
    rl_free(results->records);
    rl_free(results->directory);
    rl_study_free(results->study);
    rl_free(results);
}

const rl_run_record *rl_results_record(const rl_results *results, const rl_study_arm *arm,
                                       size_t seed) {
    return results->records[arm->runs[seed]];
}

const rl_run_record *rl_results_done(const rl_results *results, const rl_study_arm *arm,
                                     size_t seed) {
    const rl_run_record *record = rl_results_record(results, arm, seed);
    return record && record->state == RL_RUN_DONE && record->epoch_count > 0 ? record : NULL;
}

bool rl_study_same_images(const rl_study_group *group) {
    for (size_t a = 1; a < group->arm_count; a++)
        if (!rl_same_training_images(group->arms[0].config, group->arms[a].config))
            return false;
    return true;
}

double rl_plain_loss(const rl_run_record *record, const rl_epoch_row *row) {
    return rl_objective_is_plain(record->config) ? row->train_loss : row->train_cross_entropy;
}

double rl_curve_value(const rl_epoch_row *row, rl_curve curve) {
    const double values[] = {[RL_CURVE_TRAIN_LOSS] = row->train_loss,
                             [RL_CURVE_TEST_LOSS] = row->test_loss,
                             [RL_CURVE_TRAIN_ACCURACY] = row->train_accuracy,
                             [RL_CURVE_TEST_ACCURACY] = row->test_accuracy,
                             [RL_CURVE_TRAIN_CROSS_ENTROPY] = row->train_cross_entropy};
    return values[curve];
}

/* Epochs that all done runs of the arm have: with a budget of time they may differ. */
static size_t common_epochs(const rl_results *results, const rl_study_arm *arm, size_t *seeds) {
    size_t epochs = SIZE_MAX;
    *seeds = 0;
    for (size_t s = 0; s < results->study->seed_count; s++) {
        const rl_run_record *record = rl_results_done(results, arm, s);
        if (!record)
            continue;
        epochs = rl_min(epochs, record->epoch_count);
        ++*seeds;
    }
    return *seeds ? epochs : 0;
}

static bool allocate_band(rl_curve_band *band, size_t count) {
    double **const columns[] = {&band->epoch, &band->mean, &band->low, &band->high};
    bool good = true;
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
        *columns[i] = rl_alloc(count, sizeof **columns[i]);
        good = good && *columns[i];
    }
    return good;
}

rl_status rl_results_band(rl_curve_band *band, const rl_results *results, const rl_study_arm *arm,
                          rl_curve curve, rl_error *error) {
    size_t seeds;
    const size_t count = common_epochs(results, arm, &seeds);
    *band = (rl_curve_band){0};
    double *values = rl_alloc(seeds, sizeof *values);
    if (!values || !allocate_band(band, count)) {
        rl_free(values);
        rl_curve_band_clear(band);
        return rl_fail_memory(error, "a curve");
    }
    band->count = count;
    band->seeds = seeds;
    for (size_t e = 0; e < count; e++) {
        size_t n = 0;
        for (size_t s = 0; s < results->study->seed_count; s++) {
            const rl_run_record *record = rl_results_done(results, arm, s);
            if (record)
                values[n++] = curve == RL_CURVE_TRAIN_CROSS_ENTROPY
                                  ? rl_plain_loss(record, &record->epochs[e])
                                  : rl_curve_value(&record->epochs[e], curve);
        }
        const rl_sample sample = rl_sample_of(values, n);
        band->epoch[e] = (double)e + 1;
        band->mean[e] = sample.mean;
        band->low[e] = sample.count > 1 ? sample.low : sample.mean;
        band->high[e] = sample.count > 1 ? sample.high : sample.mean;
    }
    rl_free(values);
    return RL_OK;
}

void rl_curve_band_clear(rl_curve_band *band) {
    rl_free(band->epoch);
    rl_free(band->mean);
    rl_free(band->low);
    rl_free(band->high);
    *band = (rl_curve_band){0};
}
