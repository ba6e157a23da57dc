/* What a look says: the study's claims, judged by its first seeds. */
#include "base/error.h"
#include "base/json.h"
#include "study/numbers/claims.h"
#include "study/work/train.h"

#include <math.h>

static const char *const outcome_names[] = {[RL_CLAIM_WAITING] = "waiting",
                                            [RL_CLAIM_UNDECIDED] = "undecided",
                                            [RL_CLAIM_SUPPORTED] = "supported",
                                            [RL_CLAIM_REFUTED] = "refuted",
                                            [RL_CLAIM_NOT_ASKED] = "not asked"};

/* Runs of later seeds may be there: they are not looked at. */
static void forget_later_seeds(rl_results *results, size_t seeds) {
    const rl_study *study = results->study;
    for (size_t g = 0; g < study->group_count; g++)
        for (size_t a = 0; a < study->groups[g].arm_count; a++)
            for (size_t s = seeds; s < study->seed_count; s++) {
                const size_t run = study->groups[g].arms[a].runs[s];
                rl_run_record_free(results->records[run]);
                results->records[run] = NULL;
            }
}

static json_t *number(double value) {
    return isfinite(value) ? json_real(value) : json_null();
}

static json_t *claim_json(const rl_study *study, const rl_claim_result *result) {
    const rl_study_claim *claim = &study->claims[result->claim];
    json_t *intervals = json_array();
    for (size_t i = 0; i < result->part_count; i++) {
        const rl_claim_part *part = &result->parts[i];
        rl_json_append(&intervals,
                       json_pack("{s:s, s:o, s:o, s:o}", "arm",
                                 study->groups[claim->group].arms[part->arm].name, "mean",
                                 number(part->interval.mean), "low", number(part->interval.low),
                                 "high", number(part->interval.high)));
    }
    return json_pack("{s:I, s:s, s:I, s:b, s:o}", "claim", (json_int_t)result->claim + 1, "outcome",
                     outcome_names[result->outcome], "look", (json_int_t)result->look, "futile",
                     result->futile, "intervals", intervals);
}

static rl_status judge(rl_look_decision *decision, const rl_results *results, rl_error *error) {
    rl_numbers *numbers = NULL;
    rl_claims *claims = NULL;
    rl_status status = rl_numbers_create(&numbers, results, error);
    if (status == RL_OK)
        status = rl_claims_create(&claims, numbers, error);
    if (status == RL_OK) {
        decision->settled = claims->settled;
        decision->claims = json_array();
        for (size_t i = 0; i < claims->count; i++)
            rl_json_append(&decision->claims, claim_json(results->study, &claims->results[i]));
        if (!decision->claims)
            status = rl_fail_memory(error, "a look");
    }
    rl_claims_free(claims);
    rl_numbers_free(numbers);
    return status;
}

static rl_status decide(rl_look_decision *decision, const rl_study *study, const char *out,
                        size_t seeds, rl_error *error) {
    (void)study; /* as its folder has it */
    rl_results *results;
    rl_status status = rl_results_read(&results, out, error);
    if (status != RL_OK)
        return status;
    forget_later_seeds(results, seeds);
    status = judge(decision, results, error);
    rl_results_free(results);
    return status;
}

rl_status rl_study_train(rl_study *study, const char *out, size_t number,
                         rl_study_progress_function *progress, void *context, rl_error *error) {
    return rl_study_do(study, out, number, decide, progress, context, error);
}
