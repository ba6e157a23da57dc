/* All pairs of a group in every quantity that is compared, by the rule of verdict.h.
 *
 * How many statements the level is corrected for is fixed before there is a run: the pairs of the
 * group where the study declares no claims, else its claims. A quantity of a group that claims were
 * declared on has verdicts on these only, since pairs picked beside them would be further
 * statements; its pairs are described. In a study that declares claims, pairs of what none of them
 * is about are marked as exploratory.
 */
#include "base/error.h"
#include "base/memory.h"
#include "study/numbers/runs.h"

#include <math.h>
#include <string.h>

static bool is_claimed(const rl_study *study, const rl_study_group *group, size_t quantity) {
    for (size_t c = 0; c < study->claim_count; c++)
        if (&study->groups[study->claims[c].group] == group &&
            study->claims[c].quantity == quantity)
            return true;
    return false;
}

static size_t claims_at_once(const rl_study *study) {
    return study->claims_in_order ? 1 : study->claim_count;
}

double rl_numbers_grain(const rl_numbers *numbers, const rl_study_arm *first,
                        const rl_study_arm *second, rl_quantity_kind quantity) {
    size_t images = SIZE_MAX; /* the fewest: the coarsest grid */
    for (size_t s = 0; s < numbers->results->study->seed_count; s++) {
        const rl_run_record *const runs[] = {rl_numbers_run(numbers->results, first, s),
                                             rl_numbers_run(numbers->results, second, s)};
        for (size_t i = 0; i < 2; i++)
            if (runs[i] && runs[i]->test_images > 0)
                images = rl_min(images, runs[i]->test_images);
    }
    const double grains[] = {[RL_GRAIN_NONE] = 0,
                             [RL_GRAIN_IMAGE] = images == SIZE_MAX ? 0 : 1 / (double)images,
                             [RL_GRAIN_EPOCH] = 1};
    return grains[rl_quantity_at(quantity)->grain];
}

rl_status rl_numbers_images(rl_interval *interval, const rl_numbers *numbers,
                            const rl_group_numbers *group, size_t first, size_t second,
                            size_t seeds, double alpha, rl_error *error) {
    const rl_study_arm *arms = group->group->arms;
    const uint8_t **bits = rl_alloc(2 * seeds, sizeof *bits);
    size_t count = 0, images = 0;
    bool known = group->images == RL_IMAGES_SHARED;
    *interval = (rl_interval){0, NAN, NAN, NAN, NAN, NAN, NAN};
    if (!bits)
        return rl_fail_memory(error, "the numbers of a study");
    for (size_t s = 0; s < seeds && known; s++) {
        const rl_run_record *a = rl_numbers_run(numbers->results, &arms[first], s);
        const rl_run_record *b = rl_numbers_run(numbers->results, &arms[second], s);
        if (!a || !b)
            continue;
        images = count ? images : a->correct_count;
        known = a->correct && b->correct && a->correct_count == images &&
                b->correct_count == images && strcmp(a->fingerprint, b->fingerprint) == 0;
        bits[count] = a->correct;
        bits[seeds + count++] = b->correct;
    }
    if (known && count >= 2)
        *interval = rl_image_interval(bits, bits + seeds, count, images, alpha);
    rl_free(bits);
    return RL_OK;
}

static rl_obstacle obstacle_of(const rl_study *study, const rl_study_group *group,
                               const rl_pair_table *table, const rl_pair *pair,
                               rl_quantity_kind quantity) {
    const rl_needs needs = rl_quantity_at(quantity)->needs;
    if (needs == RL_NEEDS_SAME_IMAGES &&
        !rl_same_training_images(group->arms[pair->first].config, group->arms[pair->second].config))
        return RL_OBSTACLE_OTHER_IMAGES;
    if (needs == RL_NEEDS_TARGET && isnan(group->target))
        return RL_OBSTACLE_NO_TARGET;
    if (pair->interval.count == 0)
        return RL_OBSTACLE_NO_RUNS;
    if (pair->interval.count < RL_VERDICT_SEEDS)
        return RL_OBSTACLE_FEW_SEEDS;
    if (table->claimed)
        return RL_OBSTACLE_CLAIMED;
    return study->look_count > 0 ? RL_OBSTACLE_LOOKS : RL_OBSTACLE_NONE;
}

rl_pair_verdict rl_numbers_verdict(const rl_interval *interval, int better) {
    const rl_place place = rl_interval_place(interval, 0);
    if (place == RL_LIES_ACROSS)
        return RL_PAIR_UNDECIDED;
    return (place == RL_LIES_ABOVE) == (better > 0) ? RL_PAIR_BETTER : RL_PAIR_WORSE;
}

/* `differences` is scratch for a value a seed. */
static void compare(rl_pair *pair, const rl_numbers *numbers, const rl_group_numbers *group,
                    rl_quantity_kind quantity, double *differences) {
    const rl_pair_table *table = &group->tables[quantity];
    const rl_quantity *row = rl_quantity_at(quantity);
    const size_t seeds = numbers->results->study->seed_count;
    const double *first = group->arms[pair->first].values[quantity];
    const double *second = group->arms[pair->second].values[quantity];
    const rl_study_arm *arms = group->group->arms;
    const double alpha = RL_ALPHA / (double)table->m;
    size_t count = 0;
    for (size_t s = 0; s < seeds; s++)
        if (!isnan(first[s]) && !isnan(second[s]))
            differences[count++] = first[s] - second[s];
    pair->difference = rl_sample_of(differences, count);
    pair->interval = rl_interval_of(
        differences, count, alpha,
        rl_numbers_grain(numbers, &arms[pair->first], &arms[pair->second], quantity));
    pair->correlation = rl_correlation(first, second, seeds);
    pair->improvement = row->better < 0 ? rl_improvement(second, first, seeds)
                                        : rl_improvement(first, second, seeds);
    pair->normal = count < RL_FLIPS_SEEDS;
    pair->flips_p = pair->normal ? NAN : rl_permutation_p(differences, count);
    pair->obstacle = obstacle_of(numbers->results->study, group->group, table, pair, quantity);
    if (pair->obstacle == RL_OBSTACLE_NONE)
        pair->verdict = rl_numbers_verdict(&pair->interval, row->better);
}

static rl_status compare_all(const rl_numbers *numbers, rl_group_numbers *group,
                             rl_quantity_kind quantity, double *differences, rl_error *error) {
    const rl_study *study = numbers->results->study;
    const size_t arms = group->group->arm_count;
    rl_pair_table *table = &group->tables[quantity];
    table->pairs = rl_alloc(group->pair_count, sizeof *table->pairs);
    if (!table->pairs)
        return rl_fail_memory(error, "the numbers of a study");
    table->claimed = is_claimed(study, group->group, quantity);
    table->exploratory = study->claim_count > 0 && !table->claimed;
    table->m = table->claimed ? claims_at_once(study) : group->pair_count;
    rl_status status = RL_OK;
    rl_pair *pair = table->pairs;
    for (size_t first = 0; first < arms; first++)
        for (size_t second = first + 1; second < arms && status == RL_OK; second++, pair++) {
            pair->first = first;
            pair->second = second;
            compare(pair, numbers, group, quantity, differences);
            if (quantity == RL_QUANTITY_TEST_ACCURACY)
                status = rl_numbers_images(&pair->images, numbers, group, first, second,
                                           study->seed_count, RL_ALPHA / (double)table->m, error);
        }
    return status;
}

rl_status rl_numbers_compare(rl_numbers *numbers, rl_group_numbers *group, rl_error *error) {
    const size_t arms = group->group->arm_count;
    double *differences = rl_alloc(numbers->results->study->seed_count, sizeof *differences);
    rl_status status = differences ? RL_OK : rl_fail_memory(error, "the numbers of a study");
    group->pair_count = arms * (arms - 1) / 2;
    for (size_t q = 0; q < RL_QUANTITY_COUNT && status == RL_OK; q++)
        if (rl_quantity_at(q)->compared)
            status = compare_all(numbers, group, (rl_quantity_kind)q, differences, error);
    rl_free(differences);
    return status;
}
