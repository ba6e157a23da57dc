/* Where intervals lie, as verdicts on claims. A false "supported" of a claim on a list needs one
 * certain arm's interval to err, so that all are taken at the level of one; a false "refuted" may
 * come of any, so that each has its share. Shares of looks and claims add up: by the union bound
 * the whole holds whatever the arms have in common, and however many looks there were. */
#include "study/numbers/judge.h"

#include "base/memory.h"
#include "study/numbers/power.h"

#include <math.h>

static const double hopeless = 0.1; /* conditional power below which going on is futile */

double rl_look_share(size_t look, size_t count) {
    if (count < 2)
        return 1;
    return look + 1 == count ? 0.5 : 0.5 / (double)(count - 1);
}

/* Beside the line; of `same` beside both ends: inside is above, outside below. */
static rl_place place_of(const rl_claim_case *claim, const rl_interval *interval) {
    if (claim->kind != RL_CLAIM_SAME)
        return rl_interval_place(interval, claim->line);
    const rl_place left = rl_interval_place(interval, -claim->line);
    const rl_place right = rl_interval_place(interval, claim->line);
    if (left == RL_LIES_ABOVE && right == RL_LIES_BELOW)
        return RL_LIES_ABOVE;
    return left == RL_LIES_BELOW || right == RL_LIES_ABOVE ? RL_LIES_BELOW : RL_LIES_ACROSS;
}

static void measure_part(rl_claim_part *part, const rl_claim_case *claim, size_t index,
                         size_t seeds, double alpha) {
    const double *differences = claim->differences[index];
    const double grain = claim->grains[index];
    part->interval = rl_interval_of(differences, seeds, alpha, grain);
    part->wide = rl_interval_of(differences, seeds, alpha / (double)claim->part_count, grain);
    part->place = place_of(claim, &part->interval);
    part->normal = part->interval.count < RL_FLIPS_SEEDS;
}

/* The outcome that the parts allow; NOT_TUNED where they would decide against an arm that might
 * have done better with another value. */
static void conclude(rl_claim_result *result, const rl_claim_case *claim) {
    size_t above = 0, below = 0, untuned_below = 0;
    bool untuned = claim->other_untuned;
    for (size_t i = 0; i < result->part_count; i++) {
        const rl_claim_part *part = &result->parts[i];
        const bool is_untuned = claim->untuned && claim->untuned[i];
        const bool counts = part->interval.count >= RL_VERDICT_SEEDS;
        const bool is_below = counts && place_of(claim, &part->wide) == RL_LIES_BELOW;
        result->seeds = rl_min(result->seeds, part->interval.count);
        above += counts && part->place == RL_LIES_ABOVE;
        below += is_below;
        untuned_below += is_below && (is_untuned || (claim->kind == RL_CLAIM_SAME && untuned));
        untuned = untuned || (claim->kind == RL_CLAIM_SAME && is_untuned);
    }
    const bool supported = above == result->part_count, refuted = below > 0;
    result->obstacle = claim->obstacle;
    if (result->obstacle != RL_CLAIM_FREE) {
        result->outcome = RL_CLAIM_WAITING;
    } else if ((refuted && untuned_below == below) || (supported && untuned)) {
        result->outcome = RL_CLAIM_UNDECIDED;
        result->obstacle = RL_CLAIM_NOT_TUNED;
    } else if (supported || refuted) {
        result->outcome = supported ? RL_CLAIM_SUPPORTED : RL_CLAIM_REFUTED;
    } else if (result->seeds < RL_VERDICT_SEEDS) {
        result->outcome = RL_CLAIM_WAITING;
        result->obstacle = result->seeds ? RL_CLAIM_FEW_SEEDS : RL_CLAIM_NO_RUNS;
    } else {
        result->outcome = RL_CLAIM_UNDECIDED;
    }
}

/* Judges one claim by its first `seeds` seeds with an error of `alpha`. */
static void judge(rl_claim_result *result, const rl_claim_case *claim, size_t seeds, double alpha) {
    result->line = claim->line;
    result->part_count = claim->part_count;
    result->seeds = SIZE_MAX;
    result->futile = false;
    for (size_t i = 0; i < claim->part_count; i++)
        measure_part(&result->parts[i], claim, i, seeds, alpha);
    conclude(result, claim);
}

/* The chance that all seeds up to the last look support or refute the claim, if the truth is one
 * standard error further that way than what was seen. */
static double chance(const rl_claim_result *result, const rl_claim_case *claim, size_t last,
                     double alpha) {
    double support = 1, refutation = 0;
    for (size_t i = 0; i < result->part_count; i++) {
        const rl_interval *seen = &result->parts[i].interval;
        const double spread = seen->error * sqrt((double)seen->count), mean = seen->mean;
        const double wide = alpha / (double)result->part_count, line = claim->line;
        if (claim->kind == RL_CLAIM_SAME) {
            support = rl_conditional_power_same(seen->count, last, mean, line, spread, alpha);
            refutation = rl_conditional_power(seen->count, last, fabs(mean) - line, spread, wide);
            continue;
        }
        support =
            fmin(support, rl_conditional_power(seen->count, last, mean - line, spread, alpha));
        refutation =
            fmax(refutation, rl_conditional_power(seen->count, last, line - mean, spread, wide));
    }
    return fmax(support, refutation);
}

/* By what the last look will have to decide with. */
static bool is_futile(const rl_claim_result *result, const rl_claim_case *claim,
                      const rl_claim_plan *plan) {
    const size_t last = plan->look_count - 1;
    const double alpha = RL_ALPHA * rl_look_share(last, plan->look_count) / (double)result->m;
    return result->obstacle == RL_CLAIM_NOT_TUNED ||
           chance(result, claim, plan->looks[last], alpha) < hopeless;
}

static bool is_decided(const rl_claim_result *result) {
    return result->outcome == RL_CLAIM_SUPPORTED || result->outcome == RL_CLAIM_REFUTED;
}

static void look_at(const rl_claim_case *cases, size_t count, const rl_claim_plan *plan,
                    size_t look, rl_claim_result *results) {
    const size_t seeds = plan->look_count ? plan->looks[look] : plan->seeds;
    const double share = rl_look_share(look, plan->look_count);
    const bool last = look + 1 >= plan->look_count;
    for (size_t c = 0; c < count; c++) {
        rl_claim_result *result = &results[c];
        if (is_decided(result))
            continue;
        if (plan->in_order && c > 0 && !is_decided(&results[c - 1])) {
            result->outcome = RL_CLAIM_NOT_ASKED;
            result->obstacle = RL_CLAIM_FREE;
            continue;
        }
        result->share = share;
        result->look = plan->look_count ? look + 1 : 0;
        judge(result, &cases[c], seeds, RL_ALPHA * share / (double)result->m);
        result->futile =
            !last && result->outcome == RL_CLAIM_UNDECIDED && is_futile(result, &cases[c], plan);
    }
}

void rl_claims_judge(const rl_claim_case *cases, size_t count, const rl_claim_plan *plan,
                     rl_claim_result *results) {
    for (size_t c = 0; c < count; c++) {
        rl_claim_part *parts = results[c].parts;
        results[c] = (rl_claim_result){.claim = c,
                                       .parts = parts,
                                       .part_count = cases[c].part_count,
                                       .line = cases[c].line,
                                       .m = plan->in_order ? 1 : count,
                                       .obstacle = RL_CLAIM_BEFORE_LOOK};
        for (size_t i = 0; i < cases[c].part_count; i++)
            parts[i].interval = parts[i].wide = (rl_interval){0, NAN, NAN, NAN, NAN, NAN, NAN};
    }
    const size_t looks = rl_max(plan->look_count, 1);
    for (size_t look = 0; look < looks; look++)
        if (plan->look_count == 0 || plan->looks[look] <= plan->complete)
            look_at(cases, count, plan, look, results);
}

bool rl_claims_settled(const rl_claim_result *results, size_t count) {
    for (size_t c = 0; c < count; c++)
        if (!is_decided(&results[c]) && !results[c].futile &&
            results[c].outcome != RL_CLAIM_NOT_ASKED)
            return false;
    return true;
}
