/* rl_study_plan: the seeds of all claims of a study. */
#include "base/error.h"
#include "base/memory.h"
#include "study/numbers/plan.h"

#include <math.h>

static const char *words_of(const rl_study *study, const rl_study_claim *claim) {
    return claim->text ? claim->text : claim->name ? claim->name : study->groups[claim->group].name;
}

static rl_status fill(rl_study_plan *plan, const rl_study *study, double deviation,
                      double difference, const rl_numbers *pilot, rl_error *error) {
    plan->claims = rl_alloc(study->claim_count, sizeof *plan->claims);
    if (!plan->claims)
        return rl_fail_memory(error, "a plan");
    rl_status status = RL_OK;
    for (size_t i = 0; i < study->claim_count && status == RL_OK; i++) {
        rl_plan_row row;
        status = pilot ? rl_plan_from_pilot(&row, study, i, pilot, difference, error)
                       : rl_plan_claim(&row, study, i, deviation, difference, error);
        if (status == RL_OK)
            plan->claims[plan->claim_count++] =
                (rl_study_claim_plan){.words = words_of(study, &study->claims[i]),
                                      .deviation = row.deviation,
                                      .pilot_seeds = row.pilot,
                                      .difference = row.difference,
                                      .power = row.power,
                                      .seeds = row.seeds,
                                      .study_seeds = study->seed_count};
    }
    return status;
}

static rl_status fill_from(rl_study_plan *plan, const rl_study *study, double difference,
                           const char *pilot, rl_error *error) {
    rl_results *results;
    rl_numbers *numbers = NULL;
    rl_status status = rl_results_read(&results, pilot, error);
    if (status == RL_OK)
        status = rl_numbers_create(&numbers, results, error);
    if (status == RL_OK)
        status = fill(plan, study, NAN, difference, numbers, error);
    rl_numbers_free(numbers);
    rl_results_free(results);
    return status;
}

rl_status rl_study_plan_create(rl_study_plan **result, const rl_study *study, double deviation,
                               double difference, const char *pilot, rl_error *error) {
    *result = NULL;
    if (study->claim_count == 0)
        return rl_fail(error, RL_ERROR_ARGUMENT, "%s: has no claims to plan seeds for",
                       study->path);
    rl_study_plan *plan = rl_alloc(1, sizeof *plan);
    rl_status status = plan ? RL_OK : rl_fail_memory(error, "a plan");
    if (status == RL_OK)
        status = pilot ? fill_from(plan, study, difference, pilot, error)
                       : fill(plan, study, deviation, difference, NULL, error);
    if (status == RL_OK)
        *result = plan;
    else
        rl_study_plan_free(plan);
    return status;
}

void rl_study_plan_free(rl_study_plan *plan) {
    if (plan)
        rl_free(plan->claims);
    rl_free(plan);
}
