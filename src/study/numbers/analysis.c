/* From records to verdicts. Only runs that are done enter means and differences: a run that
 * diverged has no last epoch, and putting one in its place would be a choice; it is counted
 * instead, and an arm that lacks such runs is never called better: what is left of it was chosen by
 * its success. The early epoch is fixed by the length of the runs, not looked for in the results,
 * and all pairs of a group are corrected for, so that no comparison is picked because it came out
 * well.
 */
#include "study/numbers/analysis.h"

#include "base/error.h"
#include "base/memory.h"
#include "run/statistics.h"

#include <math.h>

static const double level = 0.05;       /* of a verdict, after Holm's correction */
static const double target_step = 0.05; /* targets are multiples of 5% */

static void count_run(const rl_run_record *record, size_t *done, size_t *diverged, size_t *failed,
                      size_t *missing) {
    const rl_run_state state = record ? record->state : RL_RUN_WAITING;
    size_t *const counts[] = {
        [RL_RUN_WAITING] = missing, [RL_RUN_INTERRUPTED] = missing, [RL_RUN_RUNNING] = missing,
        [RL_RUN_DONE] = done,       [RL_RUN_DIVERGED] = diverged,   [RL_RUN_FAILED] = failed};
    ++*counts[state];
}

/* What is sampled over the seeds of an arm; NaN where the run is not done. */
typedef struct {
    double *accuracy, *early_accuracy, *train_loss, *early_train_loss, *test_loss;
    double *seconds, *images_per_second, *gap;
} seed_columns;

static void take_run(const seed_columns *columns, size_t seed, const rl_run_record *run,
                     size_t early_epoch) {
    const rl_epoch_row *last = &run->epochs[run->epoch_count - 1];
    const rl_epoch_row *early = &run->epochs[early_epoch - 1];
    columns->accuracy[seed] = last->test_accuracy;
    columns->early_accuracy[seed] = early->test_accuracy;
    columns->train_loss[seed] = rl_plain_loss(run, last);
    columns->early_train_loss[seed] = rl_plain_loss(run, early);
    columns->test_loss[seed] = last->test_loss;
    columns->seconds[seed] = run->seconds;
    columns->images_per_second[seed] = run->images_per_second;
    columns->gap[seed] = last->train_accuracy - last->test_accuracy;
}

static void sample_columns(rl_arm_analysis *arm, const seed_columns *columns, size_t seeds) {
    arm->accuracy = rl_sample_of(columns->accuracy, seeds);
    arm->early_accuracy = rl_sample_of(columns->early_accuracy, seeds);
    arm->train_loss = rl_sample_of(columns->train_loss, seeds);
    arm->early_train_loss = rl_sample_of(columns->early_train_loss, seeds);
    arm->test_loss = rl_sample_of(columns->test_loss, seeds);
    arm->seconds = rl_sample_of(columns->seconds, seeds);
    arm->images_per_second = rl_sample_of(columns->images_per_second, seeds);
    arm->gap = rl_sample_of(columns->gap, seeds);
}

static rl_status analyse_arm(rl_arm_analysis *arm, const rl_results *results, size_t early_epoch,
                             rl_error *error) {
    enum { SAMPLED = 5 };
    const size_t seeds = results->study->seed_count;
    double *scratch = rl_alloc(SAMPLED * seeds, sizeof *scratch);
    arm->accuracies = rl_alloc(seeds, sizeof *arm->accuracies);
    arm->early_accuracies = rl_alloc(seeds, sizeof *arm->early_accuracies);
    arm->early_train_losses = rl_alloc(seeds, sizeof *arm->early_train_losses);
    if (!scratch || !arm->accuracies || !arm->early_accuracies || !arm->early_train_losses) {
        rl_free(scratch);
        return rl_fail_memory(error, "the analysis of a study");
    }
    const seed_columns columns = {
        arm->accuracies,         arm->early_accuracies, scratch,
        arm->early_train_losses, scratch + seeds,       scratch + 2 * seeds,
        scratch + 3 * seeds,     scratch + 4 * seeds};
    double correct = 0, images = 0;
    for (size_t i = 0; i < SAMPLED * seeds; i++)
        scratch[i] = NAN;
    for (size_t s = 0; s < seeds; s++) {
        arm->accuracies[s] = arm->early_accuracies[s] = arm->early_train_losses[s] = NAN;
        count_run(rl_results_record(results, arm->arm, s), &arm->done, &arm->diverged, &arm->failed,
                  &arm->missing);
        const rl_run_record *run = rl_results_done(results, arm->arm, s);
        if (!run)
            continue;
        take_run(&columns, s, run, early_epoch);
        images += (double)run->test_images;
        correct += round(arm->accuracies[s] * (double)run->test_images);
    }
    sample_columns(arm, &columns, seeds);
    rl_wilson_interval((uint64_t)correct, (uint64_t)images, &arm->wilson_low, &arm->wilson_high);
    rl_free(scratch);
    return RL_OK;
}

/* A quarter of the epochs of the shortest run, at least one. */
static size_t find_early_epoch(const rl_results *results, const rl_study_group *group) {
    size_t shortest = SIZE_MAX;
    for (size_t a = 0; a < group->arm_count; a++)
        for (size_t s = 0; s < results->study->seed_count; s++) {
            const rl_run_record *run = rl_results_done(results, &group->arms[a], s);
            if (run)
                shortest = rl_min(shortest, run->epoch_count);
        }
    return shortest == SIZE_MAX ? 1 : rl_max(shortest / 4, 1);
}

/* The second lowest of the arms' mean accuracies, rounded down to a multiple of 5%. */
static double find_target(const rl_group_analysis *group) {
    double lowest = INFINITY, second = INFINITY;
    for (size_t a = 0; a < group->group->arm_count; a++) {
        const double mean = group->arms[a].accuracy.mean;
        if (isnan(mean))
            continue;
        second = fmin(second, fmax(lowest, mean));
        lowest = fmin(lowest, mean);
    }
    /* an accuracy of 0.3 is a little less than 6 times 0.05 in floating point */
    const double steps = floor(second / target_step + 1e-9);
    return isfinite(second) && steps > 0 ? steps * target_step : NAN;
}

/* Fills in when the seeds of an arm first reach the target. */
static rl_status measure_reaching(rl_arm_analysis *arm, const rl_results *results, double target,
                                  rl_error *error) {
    const size_t seeds = results->study->seed_count;
    double *epochs = rl_alloc(2 * seeds, sizeof *epochs);
    if (!epochs)
        return rl_fail_memory(error, "the analysis of a study");
    double *seconds = epochs + seeds;
    for (size_t s = 0; s < seeds; s++) {
        const rl_run_record *run = rl_results_done(results, arm->arm, s);
        for (size_t e = 0; run && e < run->epoch_count; e++) {
            if (!(run->epochs[e].test_accuracy >= target - 1e-9))
                continue;
            epochs[arm->reached] = (double)run->epochs[e].epoch;
            seconds[arm->reached++] = run->epochs[e].seconds;
            break;
        }
    }
    arm->epochs_to_target = rl_sample_of(epochs, arm->reached);
    arm->seconds_to_target = rl_sample_of(seconds, arm->reached);
    rl_free(epochs);
    return RL_OK;
}

/* A quantity to compare arms by: the values of its seeds, and which way is better. */
typedef struct {
    size_t values;    /* offset in rl_arm_analysis of a double * */
    double better;    /* 1 or -1: the sign of a difference in favour of the first */
    bool of_training; /* measured on training images as they were altered */
} quantity;

static const double *values_of(const rl_arm_analysis *arm, const quantity *what) {
    return *(double *const *)((const char *)arm + what->values);
}

/* Difference and uncorrected p of one pair; `differences` is scratch for a value a seed. */
static void compare_pair(rl_comparison *pair, const rl_group_analysis *group, const quantity *what,
                         size_t seeds, double *differences) {
    const double *first = values_of(&group->arms[pair->first], what);
    const double *second = values_of(&group->arms[pair->second], what);
    const rl_study_arm *arms = group->group->arms;
    size_t count = 0;
    if (what->of_training &&
        !rl_same_training_images(arms[pair->first].config, arms[pair->second].config)) {
        pair->obstacle = RL_OTHER_IMAGES;
        pair->verdict = RL_NO_VERDICT;
        seeds = 0;
    }
    for (size_t s = 0; s < seeds; s++)
        if (!isnan(first[s]) && !isnan(second[s]))
            differences[count++] = first[s] - second[s];
    pair->difference = rl_sample_of(differences, count);
    pair->p = rl_permutation_p(differences, count);
    pair->least_p_holm = rl_permutation_least_p(count);
    pair->p_holm = 1;
}

/* Corrects the pairs that were tested. Holm's adjusted values rise with every p, so those of the
 * least attainable ps are the least attainable ones. */
static rl_status correct_pairs(rl_comparison *pairs, size_t count, double better,
                               const rl_arm_analysis *arms, rl_error *error) {
    double *p = rl_alloc(4 * count, sizeof *p);
    if (!p)
        return rl_fail_memory(error, "the analysis of a study");
    double *least = p + count, *p_holm = p + 2 * count, *least_holm = p + 3 * count;
    size_t tested = 0;
    for (size_t i = 0; i < count; i++)
        if (pairs[i].difference.count > 0) {
            p[tested] = pairs[i].p;
            least[tested++] = pairs[i].least_p_holm;
        }
    rl_holm(p, p_holm, tested);
    rl_holm(least, least_holm, tested);
    for (size_t i = 0, t = 0; i < count; i++) {
        rl_comparison *pair = &pairs[i];
        if (pair->difference.count == 0)
            continue;
        pair->p_holm = p_holm[t];
        pair->least_p_holm = least_holm[t++];
        const bool first_ahead = pair->difference.mean * better > 0;
        const rl_arm_analysis *ahead = &arms[first_ahead ? pair->first : pair->second];
        if (pair->p_holm < level && ahead->diverged > 0) {
            pair->obstacle = RL_RUNS_DIVERGED;
            pair->verdict = RL_NO_VERDICT;
        } else if (pair->p_holm < level) {
            pair->verdict = first_ahead ? RL_BETTER : RL_WORSE;
        } else {
            pair->seeds_needed =
                rl_seeds_needed(pair->difference.mean, pair->difference.deviation, tested);
        }
    }
    rl_free(p);
    return RL_OK;
}

static rl_status compare_arms(rl_comparison **result, const rl_group_analysis *group,
                              const quantity *what, size_t seeds, rl_error *error) {
    const size_t arms = group->group->arm_count;
    double *differences = rl_alloc(seeds, sizeof *differences);
    rl_comparison *pairs = *result = rl_alloc(group->comparison_count, sizeof *pairs);
    if (!pairs || !differences) {
        rl_free(differences);
        return rl_fail_memory(error, "the analysis of a study");
    }
    size_t at = 0;
    for (size_t first = 0; first < arms; first++)
        for (size_t second = first + 1; second < arms; second++) {
            pairs[at].first = first;
            pairs[at].second = second;
            compare_pair(&pairs[at++], group, what, seeds, differences);
        }
    rl_free(differences);
    return correct_pairs(pairs, group->comparison_count, what->better, group->arms, error);
}

static rl_status compare_all(rl_group_analysis *group, size_t seeds, rl_error *error) {
    const struct {
        rl_comparison **result;
        quantity what;
    } comparisons[] = {
        {&group->accuracy, {offsetof(rl_arm_analysis, accuracies), 1, false}},
        {&group->early_accuracy, {offsetof(rl_arm_analysis, early_accuracies), 1, false}},
        {&group->early_train_loss, {offsetof(rl_arm_analysis, early_train_losses), -1, true}},
    };
    const size_t arms = group->group->arm_count;
    group->comparison_count = arms * (arms - 1) / 2;
    rl_status status = RL_OK;
    for (size_t i = 0; i < sizeof comparisons / sizeof *comparisons && status == RL_OK; i++)
        status = compare_arms(comparisons[i].result, group, &comparisons[i].what, seeds, error);
    for (size_t i = 0; status == RL_OK && i < group->comparison_count; i++)
        group->tested += group->accuracy[i].difference.count > 0;
    return status;
}

static rl_status analyse_group(rl_group_analysis *analysis, const rl_results *results,
                               const rl_study_group *group, rl_error *error) {
    analysis->group = group;
    analysis->early_epoch = find_early_epoch(results, group);
    analysis->arms = rl_alloc(group->arm_count, sizeof *analysis->arms);
    if (!analysis->arms)
        return rl_fail_memory(error, "the analysis of a study");
    rl_status status = RL_OK;
    for (size_t a = 0; a < group->arm_count && status == RL_OK; a++) {
        analysis->arms[a].arm = &group->arms[a];
        status = analyse_arm(&analysis->arms[a], results, analysis->early_epoch, error);
    }
    analysis->target_accuracy = status == RL_OK ? find_target(analysis) : NAN;
    for (size_t a = 0; a < group->arm_count && status == RL_OK; a++)
        status = measure_reaching(&analysis->arms[a], results, analysis->target_accuracy, error);
    return status == RL_OK ? compare_all(analysis, results->study->seed_count, error) : status;
}

rl_status rl_analysis_create(rl_analysis **result, const rl_results *results, rl_error *error) {
    const rl_study *study = results->study;
    *result = NULL;
    rl_analysis *analysis = rl_alloc(1, sizeof *analysis);
    if (!analysis)
        return rl_fail_memory(error, "the analysis of a study");
    analysis->results = results;
    analysis->groups = rl_alloc(study->group_count, sizeof *analysis->groups);
    rl_status status = analysis->groups ? RL_OK : rl_fail_memory(error, "the analysis of a study");
    for (size_t i = 0; i < study->run_count; i++)
        count_run(results->records[i], &analysis->done, &analysis->diverged, &analysis->failed,
                  &analysis->missing);
    for (size_t g = 0; g < study->group_count && status == RL_OK; g++)
        status = analyse_group(&analysis->groups[g], results, &study->groups[g], error);
    if (status == RL_OK)
        *result = analysis;
    else
        rl_analysis_free(analysis);
    return status;
}

static void clear_group(rl_group_analysis *group) {
    for (size_t a = 0; group->arms && a < group->group->arm_count; a++) {
        rl_free(group->arms[a].accuracies);
        rl_free(group->arms[a].early_accuracies);
        rl_free(group->arms[a].early_train_losses);
    }
    rl_free(group->arms);
    rl_free(group->accuracy);
    rl_free(group->early_accuracy);
    rl_free(group->early_train_loss);
}

void rl_analysis_free(rl_analysis *analysis) {
    if (!analysis)
        return;
    for (size_t g = 0; analysis->groups && g < analysis->results->study->group_count; g++)
        clear_group(&analysis->groups[g]);
    rl_free(analysis->groups);
    rl_free(analysis);
}

const rl_comparison *rl_comparison_of(const rl_group_analysis *group,
                                      const rl_comparison *comparisons, size_t first, size_t second,
                                      double *sign) {
    for (size_t i = 0; i < group->comparison_count; i++) {
        const rl_comparison *pair = &comparisons[i];
        const bool as_stored = pair->first == first && pair->second == second;
        if (as_stored || (pair->first == second && pair->second == first)) {
            *sign = as_stored ? 1 : -1;
            return pair;
        }
    }
    return NULL;
}
