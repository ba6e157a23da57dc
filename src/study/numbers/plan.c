/* Planning of claims. A claim on a list needs all of its arms: their powers are put together by
 * the union bound, which holds whatever they have in common. */
#include "study/numbers/plan.h"

#include "base/error.h"
#include "base/memory.h"
#include "study/numbers/judge.h"
#include "study/numbers/power.h"

#include <math.h>
#include <string.h>

/* Everything in deviations. */
typedef struct {
    bool same;
    double distance; /* of the truth from the line */
    double alpha;
    size_t parts;
} question;

static double power_of(size_t seeds, const void *context) {
    const question *asked = context;
    const double one = asked->same ? rl_power_same(seeds, asked->distance, asked->alpha)
                                   : rl_power(seeds, asked->distance, asked->alpha);
    return fmax(1 - (double)asked->parts * (1 - one), 0);
}

/* With looks, the error that is left for the last: planning by it alone errs on the safe side. */
static double alpha_of(const rl_study *study) {
    const double m = study->claims_in_order ? 1 : (double)study->claim_count;
    return RL_ALPHA * rl_look_share(rl_max(study->look_count, 1) - 1, study->look_count) / m;
}

rl_status rl_plan_claim(rl_plan_row *row, const rl_study *study, size_t index, double deviation,
                        double difference, rl_error *error) {
    const rl_study_claim *claim = &study->claims[index];
    const bool better = claim->kind == RL_CLAIM_BETTER;
    if (!(deviation > 0 && isfinite(deviation)))
        return rl_fail(error, RL_ERROR_ARGUMENT,
                       "claim %zu: a deviation of %g, expected more than 0", index + 1, deviation);
    const double distance = better ? difference - claim->margin : claim->margin;
    if (!(distance > 0))
        return rl_fail(error, RL_ERROR_ARGUMENT,
                       better ? "claim %zu: a smallest difference of %g, expected more than the "
                                "claim's own margin, %g"
                              : "claim %zu: a difference of %g lies on its margin, %g",
                       index + 1, better ? difference : 0.0, claim->margin);
    const question asked = {.same = claim->kind == RL_CLAIM_SAME,
                            .distance = distance / deviation,
                            .alpha = alpha_of(study),
                            .parts = claim->arm_count};
    *row = (rl_plan_row){.claim = index,
                         .deviation = deviation,
                         .difference = better ? difference : 0,
                         .alpha = asked.alpha,
                         .power = power_of(study->seed_count, &asked),
                         .seeds = rl_power_least_seeds(power_of, &asked)};
    return RL_OK;
}

/* The arm of that name; SIZE_MAX where there is none. */
static size_t find_arm(const rl_study_group *group, const char *name) {
    for (size_t a = 0; a < group->arm_count; a++)
        if (strcmp(group->arms[a].name, name) == 0)
            return a;
    return SIZE_MAX;
}

static const rl_group_numbers *find_group(const rl_numbers *pilot, const char *name) {
    const rl_study *study = pilot->results->study;
    for (size_t g = 0; g < study->group_count; g++)
        if (strcmp(study->groups[g].name, name) == 0)
            return &pilot->groups[g];
    return NULL;
}

/* Of the difference of two arms, by the pilot's own runs after the claim's epoch. */
static rl_status measure(rl_interval *difference, const rl_numbers *pilot,
                         const rl_group_numbers *group, const rl_study_claim *claim, size_t first,
                         size_t second, rl_error *error) {
    const size_t seeds = pilot->results->study->seed_count;
    double *values = rl_alloc(2 * seeds, sizeof *values);
    if (!values)
        return rl_fail_memory(error, "the plan of a study");
    rl_numbers_take(pilot, group, first, claim->quantity, claim->at, values);
    rl_numbers_take(pilot, group, second, claim->quantity, claim->at, values + seeds);
    for (size_t s = 0; s < seeds; s++)
        values[s] -= values[seeds + s];
    *difference = rl_interval_of(values, seeds, RL_ALPHA, 0);
    rl_free(values);
    return RL_OK;
}

rl_status rl_plan_from_pilot(rl_plan_row *row, const rl_study *study, size_t index,
                             const rl_numbers *pilot, double difference, rl_error *error) {
    const rl_study_claim *claim = &study->claims[index];
    const rl_study_group *planned = &study->groups[claim->group];
    const rl_group_numbers *group = find_group(pilot, planned->name);
    const char *other = planned->arms[claim->other].name;
    double deviation = 0;
    size_t seeds = SIZE_MAX;
    for (size_t i = 0; i < claim->arm_count; i++) {
        const char *name = planned->arms[claim->arms[i]].name;
        const size_t first = group ? find_arm(group->group, name) : SIZE_MAX;
        const size_t second = group ? find_arm(group->group, other) : SIZE_MAX;
        if (first == SIZE_MAX || second == SIZE_MAX)
            return rl_fail(
                error, RL_ERROR_MISMATCH,
                "the pilot has no '%s' and '%s' in a group '%s', which claim %zu is about", name,
                other, planned->name, index + 1);
        rl_interval measured;
        const rl_status status = measure(&measured, pilot, group, claim, first, second, error);
        if (status != RL_OK)
            return status;
        if (measured.count < 2)
            return rl_fail(error, RL_ERROR_MISMATCH,
                           "the pilot has %zu seed%s of '%s' and '%s', which claim %zu is about, "
                           "expected at least 2",
                           measured.count, measured.count == 1 ? "" : "s", name, other, index + 1);
        seeds = rl_min(seeds, measured.count);
        deviation = fmax(deviation, measured.deviation * rl_pilot_factor(measured.count));
    }
    const rl_status status = rl_plan_claim(row, study, index, deviation, difference, error);
    if (status == RL_OK)
        row->pilot = seeds;
    return status;
}
