/* Cases for judge.h, made of a study's claims and its numbers. */
#include "study/numbers/claims.h"

#include "base/error.h"
#include "base/memory.h"
#include "study/numbers/runs.h"

#include <math.h>

/* A claim's differences while it is judged. */
typedef struct {
    double **differences; /* [part]; the first owns the memory of all */
    double *grains;
    bool *untuned; /* [part] */
    double *other; /* values of the arm that the others are held against */
} claim_memory;

static const char what[] = "the claims of a study";

static rl_status allocate(claim_memory *memory, rl_claim_result *result,
                          const rl_study_claim *claim, size_t seeds, rl_error *error) {
    const size_t parts = claim->arm_count;
    result->parts = rl_alloc(parts, sizeof *result->parts);
    memory->differences = rl_alloc(parts, sizeof *memory->differences);
    memory->grains = rl_alloc(parts, sizeof *memory->grains);
    memory->untuned = rl_alloc(parts, sizeof *memory->untuned);
    memory->other = rl_alloc(seeds, sizeof *memory->other);
    bool good =
        result->parts && memory->differences && memory->grains && memory->untuned && memory->other;
    for (size_t i = 0; i < parts && good; i++) {
        memory->differences[i] = rl_alloc(seeds, sizeof **memory->differences);
        good = memory->differences[i] != NULL;
    }
    return good ? RL_OK : rl_fail_memory(error, what);
}

static void release(claim_memory *memory, size_t parts) {
    for (size_t i = 0; memory->differences && i < parts; i++)
        rl_free(memory->differences[i]);
    rl_free(memory->differences);
    rl_free(memory->grains);
    rl_free(memory->untuned);
    rl_free(memory->other);
}

static rl_claim_obstacle obstacle_of(const rl_study_claim *claim, const rl_study_group *group) {
    const rl_needs needs = rl_quantity_at(claim->quantity)->needs;
    if (needs == RL_NEEDS_TARGET && isnan(group->target))
        return RL_CLAIM_NO_TARGET;
    for (size_t i = 0; i < claim->arm_count && needs == RL_NEEDS_SAME_IMAGES; i++)
        if (!rl_same_training_images(group->arms[claim->arms[i]].config,
                                     group->arms[claim->other].config))
            return RL_CLAIM_OTHER_IMAGES;
    return RL_CLAIM_FREE;
}

static double line_of(const rl_study_claim *claim) {
    return claim->kind == RL_CLAIM_KEEPS ? -claim->margin : claim->margin;
}

/* The differences of a claim's parts by seed, signed so that higher is better. */
static void make_case(rl_claim_case *made, claim_memory *memory, const rl_study_claim *claim,
                      const rl_numbers *numbers) {
    const rl_group_numbers *group = &numbers->groups[claim->group];
    const rl_study_arm *arms = group->group->arms;
    const double better = rl_quantity_at(claim->quantity)->better;
    rl_numbers_take(numbers, group, claim->other, claim->quantity, claim->at, memory->other);
    for (size_t i = 0; i < claim->arm_count; i++) {
        double *differences = memory->differences[i];
        rl_numbers_take(numbers, group, claim->arms[i], claim->quantity, claim->at, differences);
        for (size_t s = 0; s < numbers->results->study->seed_count; s++)
            differences[s] = better * (differences[s] - memory->other[s]);
        memory->untuned[i] = arms[claim->arms[i]].untuned;
        memory->grains[i] =
            rl_numbers_grain(numbers, &arms[claim->arms[i]], &arms[claim->other], claim->quantity);
    }
    *made = (rl_claim_case){.kind = claim->kind,
                            .line = line_of(claim),
                            .part_count = claim->arm_count,
                            .differences = memory->differences,
                            .grains = memory->grains,
                            .other_untuned = arms[claim->other].untuned,
                            .untuned = memory->untuned,
                            .obstacle = obstacle_of(claim, group->group)};
}

/* Seeds, from the first on, whose runs have all ended: what a look is taken at. */
static size_t complete_seeds(const rl_results *results) {
    const rl_study *study = results->study;
    for (size_t s = 0; s < study->seed_count; s++)
        for (size_t g = 0; g < study->group_count; g++)
            for (size_t a = 0; a < study->groups[g].arm_count; a++)
                if (!rl_numbers_run(results, &study->groups[g].arms[a], s))
                    return s;
    return study->seed_count;
}

/* What stands beside the verdicts, over the seeds that these were given by. */
static rl_status check_parts(rl_claim_result *result, const rl_study_claim *claim,
                             const rl_numbers *numbers, const claim_memory *memory, size_t seeds,
                             rl_error *error) {
    const bool of_images = claim->quantity == RL_QUANTITY_TEST_ACCURACY && claim->at == 0;
    rl_status status = RL_OK;
    double *shifted = memory->other; /* not needed any more */
    for (size_t i = 0; i < claim->arm_count && status == RL_OK; i++) {
        rl_claim_part *part = &result->parts[i];
        const double around = claim->kind == RL_CLAIM_SAME ? 0 : result->line;
        size_t count = 0;
        for (size_t s = 0; s < seeds; s++)
            if (!isnan(memory->differences[i][s]))
                shifted[count++] = memory->differences[i][s] - around;
        part->arm = claim->arms[i];
        part->normal = count < RL_FLIPS_SEEDS;
        part->flips_p = part->normal ? NAN : rl_permutation_p(shifted, count);
        if (of_images && count > 0)
            status =
                rl_numbers_images(&part->images, numbers, &numbers->groups[claim->group], part->arm,
                                  claim->other, seeds, 1 - part->interval.level, error);
    }
    return status;
}

static rl_status judge_all(rl_claims *claims, const rl_numbers *numbers, rl_claim_case *cases,
                           claim_memory *memory, rl_error *error) {
    const rl_study *study = numbers->results->study;
    rl_status status = RL_OK;
    for (size_t c = 0; c < claims->count && status == RL_OK; c++) {
        status =
            allocate(&memory[c], &claims->results[c], &study->claims[c], study->seed_count, error);
        if (status == RL_OK)
            make_case(&cases[c], &memory[c], &study->claims[c], numbers);
    }
    if (status != RL_OK)
        return status;
    const rl_claim_plan plan = {.seeds = study->seed_count,
                                .looks = study->looks,
                                .look_count = study->look_count,
                                .complete = complete_seeds(numbers->results),
                                .in_order = study->claims_in_order};
    rl_claims_judge(cases, claims->count, &plan, claims->results);
    while (claims->look < plan.look_count && plan.looks[claims->look] <= plan.complete)
        claims->look++;
    claims->settled = claims->look > 0 && rl_claims_settled(claims->results, claims->count);
    for (size_t c = 0; c < claims->count && status == RL_OK; c++) {
        const size_t look = claims->results[c].look, all = plan.look_count ? 0 : study->seed_count;
        status = check_parts(&claims->results[c], &study->claims[c], numbers, &memory[c],
                             look ? plan.looks[look - 1] : all, error);
    }
    return status;
}

rl_status rl_claims_create(rl_claims **result, const rl_numbers *numbers, rl_error *error) {
    const rl_study *study = numbers->results->study;
    const size_t count = study->claim_count;
    *result = NULL;
    rl_claims *claims = rl_alloc(1, sizeof *claims);
    rl_claim_case *cases = rl_alloc(count, sizeof *cases);
    claim_memory *memory = rl_alloc(count, sizeof *memory);
    rl_status status = claims && cases && memory ? RL_OK : rl_fail_memory(error, what);
    if (status == RL_OK) {
        claims->results = rl_alloc(count, sizeof *claims->results);
        claims->count = claims->results ? count : 0;
        status = claims->results ? judge_all(claims, numbers, cases, memory, error)
                                 : rl_fail_memory(error, what);
    }
    for (size_t c = 0; memory && c < count; c++)
        release(&memory[c], study->claims[c].arm_count);
    rl_free(memory);
    rl_free(cases);
    if (status == RL_OK)
        *result = claims;
    else
        rl_claims_free(claims);
    return status;
}

void rl_claims_free(rl_claims *claims) {
    if (!claims)
        return;
    for (size_t c = 0; c < claims->count; c++)
        rl_free(claims->results[c].parts);
    rl_free(claims->results);
    rl_free(claims);
}
