/* The quantities of design/quantities.def, taken from a run. A run that diverged has no network
 * any more: from the first epoch that it did not complete on, and in any case at its end, it counts
 * as one that guesses, with the accuracy and the cross-entropy of equal chances. Left out instead,
 * an arm would be judged by those of its runs that went well.
 */
#include "base/memory.h"
#include "run/config.h"
#include "study/numbers/runs.h"

#include <math.h>
#include <string.h>

/* A run, and what of its group bears on it. */
typedef struct {
    const rl_run_record *record;
    const rl_group_numbers *group;
    bool diverged;
    double classes; /* NaN where no run of the study knows */
    size_t at;      /* epoch asked for; 0: the last */
} run_view;

typedef double row_value(const run_view *run, const rl_epoch_row *row);

static double accuracy_of(const run_view *run, const rl_epoch_row *row) {
    (void)run;
    return row->test_accuracy;
}

static double loss_of(const run_view *run, const rl_epoch_row *row) {
    (void)run;
    return row->test_loss;
}

static double plain_loss_of(const run_view *run, const rl_epoch_row *row) {
    return rl_plain_loss(run->record, row);
}

/* Was the network lost when it was tested? Without a test there is no telling. */
static bool is_astray(const rl_epoch_row *row) {
    return !isnan(row->test_accuracy) && !isfinite(row->test_loss);
}

/* The value after epoch `epoch` (0: the last), `guess` where the run has gone astray; NaN where a
 * run that is done has no such epoch, or did not record it. */
static double value_at(const run_view *run, row_value *value, double guess, size_t epoch) {
    const size_t count = run->record->epoch_count;
    if (run->diverged && (epoch == 0 || epoch > count))
        return guess;
    if (epoch > count)
        return NAN;
    const rl_epoch_row *row = &run->record->epochs[epoch ? epoch - 1 : count - 1];
    const double found = value(run, row);
    return is_astray(row) || isinf(found) || (run->diverged && isnan(found)) ? guess : found;
}

static double accuracy_at(const run_view *run, size_t epoch) {
    return value_at(run, accuracy_of, 1 / run->classes, epoch);
}

static double take_test_accuracy(const run_view *run) {
    return accuracy_at(run, run->at);
}

static double take_test_loss(const run_view *run) {
    return value_at(run, loss_of, log(run->classes), run->at);
}

static double take_train_loss(const run_view *run) {
    return value_at(run, plain_loss_of, log(run->classes), run->at);
}

static double take_early_accuracy(const run_view *run) {
    return accuracy_at(run, run->group->early_epoch);
}

static double take_early_train_loss(const run_view *run) {
    return value_at(run, plain_loss_of, log(run->classes), run->group->early_epoch);
}

/* Over the epochs of the run; of one that diverged, over those it would have had. */
static double take_mean_accuracy(const run_view *run) {
    const size_t epochs = run->diverged ? run->group->epochs : run->record->epoch_count;
    double sum = 0;
    for (size_t e = 1; e <= epochs; e++)
        sum += accuracy_at(run, e);
    return sum / (double)epochs;
}

size_t rl_numbers_arrival(const rl_group_numbers *group, const rl_run_record *run) {
    const double target = group->group->target;
    size_t from = 0;
    if (isnan(target) || run->state == RL_RUN_DIVERGED)
        return 0;
    for (size_t e = run->epoch_count; e > 0; e--) {
        /* an accuracy of 0.3 is a little less than 3 times 0.1 in floating point */
        if (!(run->epochs[e - 1].test_accuracy >= target - 1e-9))
            break;
        from = e;
    }
    return from;
}

/* All runs enter: those that do not get there with all epochs that runs of the group have. */
static double take_epochs_to(const run_view *run) {
    if (isnan(run->group->group->target))
        return NAN;
    const size_t arrival = rl_numbers_arrival(run->group, run->record);
    return (double)(arrival ? arrival : run->group->epochs);
}

/* Only those that get there: of how many, `reached` of the arm says. */
static double take_seconds_to(const run_view *run) {
    const size_t arrival = rl_numbers_arrival(run->group, run->record);
    return arrival ? run->record->epochs[arrival - 1].seconds : NAN;
}

/* Of training images as test images are tested, after the last epoch: beside test accuracy it tells
 * of over-fitting, as the mean over an epoch under batch statistics does not. */
static double take_trained_accuracy(const run_view *run) {
    return run->diverged ? NAN : run->record->trained_accuracy;
}

static double take_gap(const run_view *run) {
    return take_trained_accuracy(run) - accuracy_at(run, 0);
}

static double take_seconds(const run_view *run) {
    return run->diverged ? NAN : run->record->seconds;
}

static double take_images_per_second(const run_view *run) {
    return run->diverged ? NAN : run->record->images_per_second;
}

static double (*const takes[RL_QUANTITY_COUNT])(const run_view *run) = {
#define QUANTITY(name, key, better, unit, compared, by_epoch, grain, needs, take)                  \
    [RL_QUANTITY_##name] = take,
#include "study/design/quantities.def"
#undef QUANTITY
};

const rl_run_record *rl_numbers_run(const rl_results *results, const rl_study_arm *arm,
                                    size_t seed) {
    const rl_run_record *record = rl_results_record(results, arm, seed);
    const bool diverged = record && record->state == RL_RUN_DIVERGED;
    return diverged ? record : rl_results_done(results, arm, seed);
}

double rl_numbers_end_accuracy(const rl_run_record *run, double classes) {
    return take_test_accuracy(
        &(run_view){.record = run, .diverged = run->state == RL_RUN_DIVERGED, .classes = classes});
}

/* Classes of the data of a run, or else of those of another run of the study. */
static double classes_of(const rl_results *results, const rl_run_record *record) {
    size_t classes = record->class_count;
    for (size_t i = 0; i < results->study->run_count && classes == 0; i++)
        classes = results->records[i] ? results->records[i]->class_count : 0;
    return classes > 0 ? (double)classes : NAN;
}

void rl_numbers_take(const rl_numbers *numbers, const rl_group_numbers *group, size_t arm,
                     rl_quantity_kind quantity, size_t at, double *values) {
    const rl_results *results = numbers->results;
    for (size_t s = 0; s < results->study->seed_count; s++) {
        const rl_run_record *record = rl_numbers_run(results, &group->group->arms[arm], s);
        values[s] = NAN;
        if (record)
            values[s] = takes[quantity](&(run_view){.record = record,
                                                    .group = group,
                                                    .diverged = record->state == RL_RUN_DIVERGED,
                                                    .classes = classes_of(results, record),
                                                    .at = at});
    }
}

/* Adds what one run says of its group's images: all alike, or others with each seed. */
static rl_images images_with(rl_images before, const rl_run_record *record,
                             const rl_run_record *earlier) {
    if (!record->fingerprint || !record->fingerprint[0] || !earlier)
        return before;
    const bool same = strcmp(record->fingerprint, earlier->fingerprint) == 0;
    return before == RL_IMAGES_OWN || !same ? RL_IMAGES_OWN : RL_IMAGES_SHARED;
}

void rl_numbers_survey(rl_group_numbers *group, const rl_results *results) {
    size_t shortest = SIZE_MAX, longest = 0, planned = 1;
    for (size_t a = 0; a < group->group->arm_count; a++) {
        const rl_study_arm *arm = &group->group->arms[a];
        const rl_run_record *earlier = NULL;
        planned = rl_max(planned, (size_t)arm->config->epochs);
        for (size_t s = 0; s < results->study->seed_count; s++) {
            const rl_run_record *run = rl_results_done(results, arm, s);
            if (!run)
                continue;
            shortest = rl_min(shortest, run->epoch_count);
            longest = rl_max(longest, run->epoch_count);
            group->images = images_with(group->images, run, earlier);
            earlier = run;
        }
    }
    group->early_epoch = shortest == SIZE_MAX ? 1 : rl_max(shortest / 4, 1);
    group->epochs = longest ? longest : planned;
}
