/* Any runs, compared by the rule of verdict.h: those that differ in nothing but their seed are runs
 * of one arm. */
#include "base/error.h"
#include "base/memory.h"
#include "run/config.h"
#include "study/design/arms.h"
#include "study/numbers/runs.h"

#include <math.h>

/* Runs by their settings: arms[a] is the first run of arm a, arm_of[i] the arm of run i. */
typedef struct {
    const rl_run_record *const *runs;
    size_t run_count;
    size_t *arms, *arm_of;
    size_t arm_count;
    double *differences;
} sorted_runs;

static bool has_ended(const rl_run_record *run) {
    return (run->state == RL_RUN_DONE && run->epoch_count > 0) || run->state == RL_RUN_DIVERGED;
}

static void sort_runs(sorted_runs *sorted) {
    for (size_t i = 0; i < sorted->run_count; i++) {
        size_t arm = 0;
        while (arm < sorted->arm_count &&
               !rl_study_same_settings(sorted->runs[sorted->arms[arm]]->config,
                                       sorted->runs[i]->config, false))
            arm++;
        if (arm == sorted->arm_count)
            sorted->arms[sorted->arm_count++] = i;
        sorted->arm_of[i] = arm;
    }
}

/* The first run of an arm with that seed that ended; NULL where there is none. */
static const rl_run_record *find_run(const sorted_runs *sorted, size_t arm, uint64_t seed) {
    for (size_t i = sorted->arms[arm]; i < sorted->run_count; i++)
        if (sorted->arm_of[i] == arm && sorted->runs[i]->config->seed == seed &&
            has_ended(sorted->runs[i]))
            return sorted->runs[i];
    return NULL;
}

/* Classes of the runs' data: of one that diverged early, another's. */
static double classes_of(const sorted_runs *sorted, const rl_run_record *run) {
    size_t classes = run->class_count;
    for (size_t i = 0; i < sorted->run_count && classes == 0; i++)
        classes = sorted->runs[i]->class_count;
    return classes ? (double)classes : NAN;
}

static void compare(rl_run_pair *pair, const sorted_runs *sorted, size_t first, size_t second,
                    size_t pair_count) {
    size_t count = 0, images = SIZE_MAX;
    for (size_t i = sorted->arms[first]; i < sorted->run_count; i++) {
        const rl_run_record *a = sorted->runs[i];
        if (sorted->arm_of[i] != first || find_run(sorted, first, a->config->seed) != a)
            continue;
        const rl_run_record *b = find_run(sorted, second, a->config->seed);
        if (!b)
            continue;
        sorted->differences[count++] = rl_numbers_end_accuracy(a, classes_of(sorted, a)) -
                                       rl_numbers_end_accuracy(b, classes_of(sorted, b));
        const size_t fewer = rl_min(a->test_images, b->test_images);
        images = fewer ? rl_min(images, fewer) : images;
    }
    const double grain = images == SIZE_MAX ? 0 : 1 / (double)images;
    const rl_interval interval =
        rl_interval_of(sorted->differences, count, RL_ALPHA / (double)pair_count, grain);
    *pair = (rl_run_pair){.first = sorted->arms[first],
                          .second = sorted->arms[second],
                          .seeds = interval.count,
                          .difference = interval.mean,
                          .low = interval.low,
                          .high = interval.high,
                          .level = interval.level};
    if (interval.count >= RL_VERDICT_SEEDS)
        pair->verdict = rl_numbers_verdict(&interval, 1);
}

rl_status rl_compare_runs(rl_run_pair **pairs, size_t *count, const rl_run_record *const *runs,
                          size_t run_count, rl_error *error) {
    sorted_runs sorted = {.runs = runs,
                          .run_count = run_count,
                          .arms = rl_alloc(run_count, sizeof *sorted.arms),
                          .arm_of = rl_alloc(run_count, sizeof *sorted.arm_of),
                          .differences = rl_alloc(run_count, sizeof *sorted.differences)};
    bool good = sorted.arms && sorted.arm_of && sorted.differences;
    *pairs = NULL;
    *count = 0;
    if (good)
        sort_runs(&sorted);
    const size_t arms = sorted.arm_count, pair_count = arms ? arms * (arms - 1) / 2 : 0;
    if (pair_count > 0) {
        *pairs = rl_alloc(pair_count, sizeof **pairs);
        good = *pairs != NULL;
    }
    for (size_t first = 0; first < arms && *pairs; first++)
        for (size_t second = first + 1; second < arms; second++)
            compare(&(*pairs)[(*count)++], &sorted, first, second, pair_count);
    rl_free(sorted.arms);
    rl_free(sorted.arm_of);
    rl_free(sorted.differences);
    return good ? RL_OK : rl_fail_memory(error, "a comparison of runs");
}

void rl_run_pairs_free(rl_run_pair *pairs) {
    rl_free(pairs);
}
