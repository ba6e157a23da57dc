/* Claims judged on differences that are made for it: each rule where it speaks and where it must
 * not. */
#include "study/numbers/judge.h"

#include "study/near.h"

#include <stdbool.h>

enum { SEEDS = 16, PARTS = 3 };

/* Differences of up to PARTS arms, their room for results, and the case they make. */
typedef struct {
    double values[PARTS][SEEDS];
    double *differences[PARTS];
    double grains[PARTS];
    bool untuned[PARTS];
    rl_claim_part parts[PARTS];
    rl_claim_case claim;
} made;

/* centre +- spread, alternating: of 8 seeds a deviation of spread sqrt(8 / 7). */
static void fill(double *values, size_t from, size_t to, double centre, double spread) {
    for (size_t s = from; s < to; s++)
        values[s] = centre + (s % 2 ? spread : -spread);
}

static void make(made *what, rl_claim_kind kind, double line, size_t parts, size_t seeds) {
    *what = (made){.claim = {.kind = kind, .line = line, .part_count = parts}};
    for (size_t i = 0; i < parts; i++) {
        what->differences[i] = what->values[i];
        fill(what->values[i], 0, seeds, 0, 1);
        fill(what->values[i], seeds, SEEDS, NAN, 0);
    }
    what->claim.differences = what->differences;
    what->claim.grains = what->grains;
}

static rl_claim_result judge_one(made *what) {
    const rl_claim_plan plan = {.seeds = SEEDS, .complete = SEEDS};
    rl_claim_result result = {.parts = what->parts};
    rl_claims_judge(&what->claim, 1, &plan, &result);
    return result;
}

static rl_claim_outcome outcome_at(made *what, double centre) {
    fill(what->values[0], 0, 8, centre, 1);
    return judge_one(what).outcome;
}

/* With 8 seeds at 5%: t 2.36462425 sqrt(8 / 7) / sqrt(8) = 0.89374 either way. */
static void better_is_above_its_line(void **state) {
    (void)state;
    made claim;
    make(&claim, RL_CLAIM_BETTER, 0.5, 1, 8);
    assert_int_equal(outcome_at(&claim, 1.394), RL_CLAIM_SUPPORTED);
    assert_int_equal(outcome_at(&claim, 1.393), RL_CLAIM_UNDECIDED);
    assert_int_equal(outcome_at(&claim, -0.393), RL_CLAIM_UNDECIDED);
    assert_int_equal(outcome_at(&claim, -0.394), RL_CLAIM_REFUTED);
    const rl_claim_result result = judge_one(&claim);
    assert_int_equal(result.seeds, 8);
    assert_int_equal(result.m, 1);
    assert_int_equal(result.look, 0);
    assert_true(result.share == 1 && result.line == 0.5 && !result.parts[0].normal);
    assert_near(result.parts[0].interval.high - result.parts[0].interval.mean, 0.89374, 1e-5);
    /* the other way round is `keeps` */
    make(&claim, RL_CLAIM_KEEPS, -0.5, 1, 8);
    assert_int_equal(outcome_at(&claim, 0.394), RL_CLAIM_SUPPORTED);
    assert_int_equal(outcome_at(&claim, 0.393), RL_CLAIM_UNDECIDED);
    assert_int_equal(outcome_at(&claim, -1.394), RL_CLAIM_REFUTED);
}

static void a_margin_that_is_touched_decides_nothing(void **state) {
    (void)state;
    made claim;
    make(&claim, RL_CLAIM_BETTER, 0, 1, 8);
    fill(claim.values[0], 0, 8, 2, 1);
    claim.claim.line = judge_one(&claim).parts[0].interval.low;
    assert_int_equal(judge_one(&claim).outcome, RL_CLAIM_UNDECIDED);
    claim.claim.line -= 1e-9;
    assert_int_equal(judge_one(&claim).outcome, RL_CLAIM_SUPPORTED);
    claim.claim.kind = RL_CLAIM_SAME;
    claim.claim.line = judge_one(&claim).parts[0].interval.high;
    assert_int_equal(judge_one(&claim).outcome, RL_CLAIM_UNDECIDED);
    claim.claim.line += 1e-9;
    assert_int_equal(judge_one(&claim).outcome, RL_CLAIM_SUPPORTED);
    claim.claim.line = judge_one(&claim).parts[0].interval.low;
    assert_int_equal(judge_one(&claim).outcome, RL_CLAIM_UNDECIDED);
    claim.claim.line -= 1e-9;
    assert_int_equal(judge_one(&claim).outcome, RL_CLAIM_REFUTED);
}

static void same_is_inside_of_its_margin(void **state) {
    (void)state;
    made claim;
    make(&claim, RL_CLAIM_SAME, 1, 1, 8);
    assert_int_equal(outcome_at(&claim, 0.1), RL_CLAIM_SUPPORTED);
    assert_int_equal(outcome_at(&claim, -0.1), RL_CLAIM_SUPPORTED);
    assert_int_equal(outcome_at(&claim, 0.11), RL_CLAIM_UNDECIDED);
    assert_int_equal(outcome_at(&claim, -1.89), RL_CLAIM_UNDECIDED);
    assert_int_equal(outcome_at(&claim, -1.9), RL_CLAIM_REFUTED);
    assert_int_equal(outcome_at(&claim, 1.9), RL_CLAIM_REFUTED);
    claim.claim.line = 0.5; /* narrower than the interval: never supported */
    assert_int_equal(outcome_at(&claim, 0), RL_CLAIM_UNDECIDED);
}

/* At 2.5% (two arms) t is 2.84124 and the half width 1.0739. */
static void a_list_holds_for_all_and_falls_with_one(void **state) {
    (void)state;
    made claim;
    make(&claim, RL_CLAIM_BETTER, 0, 2, 8);
    fill(claim.values[1], 0, 8, 0.9, 1);
    assert_int_equal(outcome_at(&claim, 0.9), RL_CLAIM_SUPPORTED); /* each at 5% */
    assert_int_equal(outcome_at(&claim, 0.8), RL_CLAIM_UNDECIDED);
    assert_int_equal(outcome_at(&claim, -1.07), RL_CLAIM_UNDECIDED); /* below at 5%, not at 2.5% */
    assert_int_equal(outcome_at(&claim, -1.08), RL_CLAIM_REFUTED);
    assert_near(judge_one(&claim).parts[0].wide.level, 0.975, 1e-12);
    assert_near(judge_one(&claim).parts[0].interval.level, 0.95, 1e-12);
}

static void a_missing_arm_keeps_a_list_from_being_supported(void **state) {
    (void)state;
    made claim;
    make(&claim, RL_CLAIM_BETTER, 0, 2, 8);
    fill(claim.values[1], 0, 8, NAN, 0);
    assert_int_equal(outcome_at(&claim, 5), RL_CLAIM_WAITING);
    assert_int_equal(judge_one(&claim).obstacle, RL_CLAIM_NO_RUNS);
    assert_int_equal(outcome_at(&claim, -5), RL_CLAIM_REFUTED); /* whatever the other does */
    assert_int_equal(judge_one(&claim).obstacle, RL_CLAIM_FREE);
}

static void few_seeds(void **state) {
    (void)state;
    made claim;
    make(&claim, RL_CLAIM_BETTER, 0, 1, 2);
    claim.values[0][0] = 5;
    claim.values[0][1] = 5.001;
    rl_claim_result result = judge_one(&claim);
    assert_int_equal(result.outcome, RL_CLAIM_WAITING); /* although the interval is above */
    assert_int_equal(result.obstacle, RL_CLAIM_FEW_SEEDS);
    assert_int_equal(result.parts[0].place, RL_LIES_ABOVE);
    claim.values[0][2] = 5.002;
    result = judge_one(&claim);
    assert_int_equal(result.outcome, RL_CLAIM_SUPPORTED);
    assert_true(result.parts[0].normal);
    claim.claim.obstacle = RL_CLAIM_OTHER_IMAGES;
    result = judge_one(&claim);
    assert_int_equal(result.outcome, RL_CLAIM_WAITING);
    assert_int_equal(result.obstacle, RL_CLAIM_OTHER_IMAGES);
}

/* Three claims: clear, at 1.0 (5% would do, 5% / 3 not), clear. */
static void judge_three(rl_claim_result results[3], made claims[3], bool in_order) {
    const double centres[] = {3, 1, 3};
    rl_claim_case cases[3];
    for (size_t c = 0; c < 3; c++) {
        make(&claims[c], RL_CLAIM_BETTER, 0, 1, 8);
        fill(claims[c].values[0], 0, 8, centres[c], 1);
        cases[c] = claims[c].claim;
        results[c].parts = claims[c].parts;
    }
    rl_claims_judge(cases, 3, &(rl_claim_plan){.seeds = 8, .in_order = in_order}, results);
}

static void claims_share_the_error_or_take_turns(void **state) {
    (void)state;
    made claims[3];
    rl_claim_result results[3];
    judge_three(results, claims, false);
    assert_int_equal(results[0].outcome, RL_CLAIM_SUPPORTED);
    assert_int_equal(results[1].outcome, RL_CLAIM_UNDECIDED);
    assert_int_equal(results[2].outcome, RL_CLAIM_SUPPORTED);
    assert_int_equal(results[2].m, 3);
    assert_near(results[2].parts[0].interval.level, 1 - .05 / 3, 1e-12);
    judge_three(results, claims, true);
    assert_int_equal(results[1].outcome, RL_CLAIM_SUPPORTED); /* at 5% */
    assert_int_equal(results[2].outcome, RL_CLAIM_SUPPORTED);
    assert_int_equal(results[2].m, 1);
    fill(claims[0].values[0], 0, 8, 0, 1);
    const rl_claim_case cases[] = {claims[0].claim, claims[1].claim};
    rl_claims_judge(cases, 2, &(rl_claim_plan){.seeds = 8, .in_order = true}, results);
    assert_int_equal(results[0].outcome, RL_CLAIM_UNDECIDED);
    assert_int_equal(results[1].outcome, RL_CLAIM_NOT_ASKED);
    assert_int_equal(results[1].obstacle, RL_CLAIM_FREE);
}

static void looks_share_the_error(void **state) {
    (void)state;
    for (size_t count = 1; count <= 5; count++) {
        double sum = 0;
        for (size_t look = 0; look < count; look++)
            sum += rl_look_share(look, count);
        assert_near(sum, 1, 1e-15);
    }
    assert_true(rl_look_share(0, 3) == 0.25 && rl_look_share(1, 3) == 0.25);
    assert_true(rl_look_share(2, 3) == 0.5 && rl_look_share(0, 2) == 0.5);
}

static rl_claim_result look(made *what, size_t complete) {
    static const size_t looks[] = {4, 8, 16};
    const rl_claim_plan plan = {
        .seeds = SEEDS, .looks = looks, .look_count = 3, .complete = complete};
    rl_claim_result result = {.parts = what->parts};
    rl_claims_judge(&what->claim, 1, &plan, &result);
    return result;
}

static void the_first_decision_stays(void **state) {
    (void)state;
    made claim;
    make(&claim, RL_CLAIM_BETTER, 0, 1, SEEDS);
    fill(claim.values[0], 0, 4, 5, 0.1);
    fill(claim.values[0], 4, SEEDS, -5, 0.1); /* later seeds say the contrary */
    rl_claim_result result = look(&claim, 3);
    assert_int_equal(result.outcome, RL_CLAIM_WAITING);
    assert_int_equal(result.obstacle, RL_CLAIM_BEFORE_LOOK);
    assert_int_equal(result.look, 0);
    assert_false(rl_claims_settled(&result, 1));
    result = look(&claim, 4);
    assert_int_equal(result.outcome, RL_CLAIM_SUPPORTED);
    assert_int_equal(result.look, 1);
    assert_true(result.share == 0.25);
    assert_near(result.parts[0].interval.level, 1 - .05 / 4, 1e-12);
    assert_true(rl_claims_settled(&result, 1));
    result = look(&claim, SEEDS);
    assert_int_equal(result.outcome, RL_CLAIM_SUPPORTED);
    assert_int_equal(result.look, 1);
    assert_int_equal(result.seeds, 4);
}

static void undecided_claims_are_looked_at_again_or_given_up(void **state) {
    (void)state;
    made claim;
    make(&claim, RL_CLAIM_BETTER, 0, 1, SEEDS);
    fill(claim.values[0], 0, SEEDS, 1.5, 1); /* at 4 seeds +- 3.1 */
    rl_claim_result result = look(&claim, 7);
    assert_int_equal(result.outcome, RL_CLAIM_UNDECIDED);
    assert_int_equal(result.look, 1);
    assert_false(result.futile || rl_claims_settled(&result, 1));
    result = look(&claim, 8);
    assert_int_equal(result.outcome, RL_CLAIM_SUPPORTED);
    assert_int_equal(result.look, 2);
    fill(claim.values[0], 0, SEEDS, 0.05, 1);
    result = look(&claim, 4); /* 16 seeds could still tell half a deviation */
    assert_false(result.futile);
    result = look(&claim, 8);
    assert_int_equal(result.outcome, RL_CLAIM_UNDECIDED);
    assert_true(result.futile && rl_claims_settled(&result, 1));
    result = look(&claim, 16); /* the last look is not futile: it is the end */
    assert_int_equal(result.outcome, RL_CLAIM_UNDECIDED);
    assert_true(!result.futile && result.look == 3 && result.share == 0.5);
    /* `same` of what is far inside is decided later, of a narrow margin never */
    make(&claim, RL_CLAIM_SAME, 0.95, 1, SEEDS);
    fill(claim.values[0], 0, SEEDS, 0, 1);
    assert_false(look(&claim, 8).futile);
    claim.claim.line = 0.3;
    assert_true(look(&claim, 8).futile);
}

static void what_is_not_tuned_does_not_lose(void **state) {
    (void)state;
    made claim;
    make(&claim, RL_CLAIM_BETTER, 0, 2, 8);
    claim.claim.untuned = claim.untuned;
    fill(claim.values[1], 0, 8, 5, 1);
    assert_int_equal(outcome_at(&claim, 5), RL_CLAIM_SUPPORTED);
    claim.claim.other_untuned = true; /* the one that loses */
    assert_int_equal(outcome_at(&claim, 5), RL_CLAIM_UNDECIDED);
    assert_int_equal(judge_one(&claim).obstacle, RL_CLAIM_NOT_TUNED);
    assert_int_equal(outcome_at(&claim, -5), RL_CLAIM_REFUTED); /* the tuned one loses */
    claim.claim.other_untuned = false;
    claim.untuned[0] = true;
    assert_int_equal(outcome_at(&claim, 5), RL_CLAIM_SUPPORTED);
    assert_int_equal(outcome_at(&claim, -5), RL_CLAIM_UNDECIDED);
    fill(claim.values[1], 0, 8, -5, 1); /* the other arm, tuned, refutes it by itself */
    assert_int_equal(outcome_at(&claim, -5), RL_CLAIM_REFUTED);
    make(&claim, RL_CLAIM_SAME, 1, 1, 8);
    claim.claim.untuned = claim.untuned;
    claim.untuned[0] = true;
    assert_int_equal(outcome_at(&claim, 0), RL_CLAIM_UNDECIDED);
    assert_int_equal(outcome_at(&claim, 5), RL_CLAIM_UNDECIDED);
    assert_int_equal(outcome_at(&claim, 1), RL_CLAIM_UNDECIDED);
    assert_int_equal(judge_one(&claim).obstacle, RL_CLAIM_FREE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(better_is_above_its_line),
        cmocka_unit_test(a_margin_that_is_touched_decides_nothing),
        cmocka_unit_test(same_is_inside_of_its_margin),
        cmocka_unit_test(a_list_holds_for_all_and_falls_with_one),
        cmocka_unit_test(a_missing_arm_keeps_a_list_from_being_supported),
        cmocka_unit_test(few_seeds),
        cmocka_unit_test(claims_share_the_error_or_take_turns),
        cmocka_unit_test(looks_share_the_error),
        cmocka_unit_test(the_first_decision_stays),
        cmocka_unit_test(undecided_claims_are_looked_at_again_or_given_up),
        cmocka_unit_test(what_is_not_tuned_does_not_lose),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
