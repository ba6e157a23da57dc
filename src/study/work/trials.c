/* Scores of a tuning's points. */
#include "study/work/trials.h"

#include "base/error.h"
#include "base/text.h"
#include "study/work/folder.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static rl_status add_run(rl_trial *trial, rl_held_out *held_out, const rl_study *stage,
                         const char *folder, size_t index, rl_error *error) {
    char path[RL_PATH_SIZE];
    rl_run_record *record;
    rl_status status = rl_study_run_path(path, folder, &stage->runs[index].info, error);
    if (status == RL_OK)
        status = rl_run_record_read(&record, path, error);
    if (status != RL_OK)
        return status;
    const bool diverged = record->state == RL_RUN_DIVERGED;
    const double guess = record->class_count > 0 ? 1 / (double)record->class_count : 0;
    const double accuracy = diverged || record->epoch_count == 0
                                ? guess
                                : record->epochs[record->epoch_count - 1].validation_accuracy;
    if (!isfinite(accuracy))
        status = rl_fail(error, RL_ERROR_MISMATCH, "%s: has no validation accuracy", path);
    else if (held_out->images > 0 && record->validation_images > 0 &&
             strcmp(held_out->digest, record->validation_digest) != 0)
        status = rl_fail(error, RL_ERROR_MISMATCH,
                         "%s: held out other images than the runs before it", path);
    if (record->validation_images > 0) {
        held_out->images = record->validation_images;
        snprintf(held_out->digest, sizeof held_out->digest, "%s", record->validation_digest);
    }
    trial->score += accuracy;
    trial->diverged += diverged;
    trial->runs++;
    trial->epochs += record->epoch_count;
    trial->macs +=
        3.0 * (double)record->macs * (double)record->train_images * (double)record->epoch_count;
    rl_run_record_free(record);
    return status;
}

rl_status rl_trial_read(rl_trial *trial, rl_held_out *held_out, const rl_study *stage,
                        const char *folder, const rl_study_arm *arm, rl_error *error) {
    rl_status status = RL_OK;
    *trial = (rl_trial){0};
    for (size_t s = 0; s < stage->seed_count && status == RL_OK; s++)
        status = add_run(trial, held_out, stage, folder, arm->runs[s], error);
    trial->score /= (double)stage->seed_count;
    return status;
}

/* Are the values of point a smaller than those of b: in the first option that differs? */
static bool is_smaller(const rl_study_points *points, size_t a, size_t b) {
    for (size_t o = 0; o < points->option_count; o++) {
        double x = 0, y = 0;
        rl_text_to_double(points->values[a * points->option_count + o], &x);
        rl_text_to_double(points->values[b * points->option_count + o], &y);
        if (x != y)
            return x < y;
    }
    return false;
}

size_t rl_trial_best(const rl_trial *trials, const rl_study_points *points, size_t images,
                     int *edge) {
    const double half = images > 0 ? 0.5 / (double)images : 0;
    double highest = -INFINITY;
    size_t best = SIZE_MAX;
    for (size_t p = 0; p < points->count; p++)
        highest = fmax(highest, trials[p].score);
    for (size_t p = 0; p < points->count; p++)
        if (trials[p].score >= highest - half && (best == SIZE_MAX || is_smaller(points, p, best)))
            best = p;
    const bool grid = points->option_count == 1;
    *edge = !grid ? 0 : best == 0 ? -1 : best + 1 == points->count ? 1 : 0;
    return best;
}
