/* From records to numbers. The early epoch is fixed by the length of the runs, not looked for in
 * the results. */
#include "study/numbers/numbers.h"

#include "base/error.h"
#include "base/memory.h"
#include "study/numbers/runs.h"

#include <math.h>

static void count_run(const rl_run_record *record, size_t *done, size_t *diverged, size_t *failed,
                      size_t *missing) {
    const rl_run_state state = record ? record->state : RL_RUN_WAITING;
    size_t *const counts[] = {
        [RL_RUN_WAITING] = missing, [RL_RUN_INTERRUPTED] = missing, [RL_RUN_RUNNING] = missing,
        [RL_RUN_DONE] = done,       [RL_RUN_DIVERGED] = diverged,   [RL_RUN_FAILED] = failed};
    ++*counts[state];
}

static void count_arm(rl_arm_numbers *arm, const rl_group_numbers *group,
                      const rl_results *results) {
    const double *accuracies = arm->values[RL_QUANTITY_TEST_ACCURACY];
    arm->worst = SIZE_MAX;
    for (size_t s = 0; s < results->study->seed_count; s++) {
        count_run(rl_results_record(results, arm->arm, s), &arm->done, &arm->diverged, &arm->failed,
                  &arm->missing);
        const rl_run_record *run = rl_numbers_run(results, arm->arm, s);
        arm->reached += run && rl_numbers_arrival(group, run) > 0;
        if (!isnan(accuracies[s]) &&
            (arm->worst == SIZE_MAX || accuracies[s] < accuracies[arm->worst]))
            arm->worst = s;
    }
    arm->diverged_limit = rl_share_limit(arm->diverged, arm->done + arm->diverged);
}

static rl_status measure_arm(rl_numbers *numbers, rl_group_numbers *group, size_t index,
                             rl_error *error) {
    rl_arm_numbers *arm = &group->arms[index];
    const size_t seeds = numbers->results->study->seed_count;
    arm->arm = &group->group->arms[index];
    for (size_t q = 0; q < RL_QUANTITY_COUNT; q++) {
        arm->values[q] = rl_alloc(seeds, sizeof *arm->values[q]);
        if (!arm->values[q])
            return rl_fail_memory(error, "the numbers of a study");
        rl_numbers_take(numbers, group, index, (rl_quantity_kind)q, 0, arm->values[q]);
        arm->samples[q] = rl_sample_of(arm->values[q], seeds);
    }
    count_arm(arm, group, numbers->results);
    return RL_OK;
}

static rl_status measure_group(rl_numbers *numbers, rl_group_numbers *group, rl_error *error) {
    group->arms = rl_alloc(group->group->arm_count, sizeof *group->arms);
    if (!group->arms)
        return rl_fail_memory(error, "the numbers of a study");
    rl_numbers_survey(group, numbers->results);
    rl_status status = RL_OK;
    for (size_t a = 0; a < group->group->arm_count && status == RL_OK; a++)
        status = measure_arm(numbers, group, a, error);
    return status == RL_OK ? rl_numbers_compare(numbers, group, error) : status;
}

rl_status rl_numbers_create(rl_numbers **result, const rl_results *results, rl_error *error) {
    const rl_study *study = results->study;
    *result = NULL;
    rl_numbers *numbers = rl_alloc(1, sizeof *numbers);
    if (!numbers)
        return rl_fail_memory(error, "the numbers of a study");
    numbers->results = results;
    numbers->groups = rl_alloc(study->group_count, sizeof *numbers->groups);
    rl_status status = numbers->groups ? RL_OK : rl_fail_memory(error, "the numbers of a study");
    for (size_t i = 0; i < study->run_count; i++)
        count_run(results->records[i], &numbers->done, &numbers->diverged, &numbers->failed,
                  &numbers->missing);
    for (size_t g = 0; g < study->group_count && status == RL_OK; g++) {
        numbers->groups[g].group = &study->groups[g];
        status = measure_group(numbers, &numbers->groups[g], error);
    }
    if (status == RL_OK)
        *result = numbers;
    else
        rl_numbers_free(numbers);
    return status;
}

static void clear_group(rl_group_numbers *group) {
    for (size_t a = 0; group->arms && a < group->group->arm_count; a++)
        for (size_t q = 0; q < RL_QUANTITY_COUNT; q++)
            rl_free(group->arms[a].values[q]);
    rl_free(group->arms);
    for (size_t q = 0; q < RL_QUANTITY_COUNT; q++)
        rl_free(group->tables[q].pairs);
}

void rl_numbers_free(rl_numbers *numbers) {
    if (!numbers)
        return;
    for (size_t g = 0; numbers->groups && g < numbers->results->study->group_count; g++)
        clear_group(&numbers->groups[g]);
    rl_free(numbers->groups);
    rl_free(numbers);
}

const rl_pair *rl_pair_of(const rl_group_numbers *group, rl_quantity_kind quantity, size_t first,
                          size_t second, double *sign) {
    const rl_pair *pairs = group->tables[quantity].pairs;
    for (size_t i = 0; pairs && i < group->pair_count; i++) {
        const bool as_stored = pairs[i].first == first && pairs[i].second == second;
        if (as_stored || (pairs[i].first == second && pairs[i].second == first)) {
            *sign = as_stored ? 1 : -1;
            return &pairs[i];
        }
    }
    return NULL;
}

rl_pair_verdict rl_pair_verdict_on(const rl_group_numbers *group, rl_quantity_kind quantity,
                                   size_t first, size_t second) {
    double sign = 1;
    const rl_pair *pair = rl_pair_of(group, quantity, first, second, &sign);
    const rl_pair_verdict verdict = pair ? pair->verdict : RL_PAIR_NONE;
    if (sign > 0 || verdict < RL_PAIR_BETTER)
        return verdict;
    return verdict == RL_PAIR_BETTER ? RL_PAIR_WORSE : RL_PAIR_BETTER;
}
