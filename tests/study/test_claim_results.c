/* Claims of study files, judged on made-up results. */
#include "study/numbers/claims.h"

#include "study/near.h"
#include "study/synthetic.h"

#define REFERENCE SYNTHETIC_REFERENCE "claims:\n"
#define SEEDS8 "1, 2, 3, 4, 5, 6, 7, 8"

typedef struct {
    rl_results *results;
    rl_numbers *numbers;
    rl_claims *claims;
} judged;

static void judge(judged *what) {
    rl_error error;
    if (rl_numbers_create(&what->numbers, what->results, &error) != RL_OK ||
        rl_claims_create(&what->claims, what->numbers, &error) != RL_OK)
        fail_msg("%s", error.message);
}

static judged judge_study(const char *yaml, const char *seeds) {
    judged made = {.results = synthetic_results(yaml, seeds, synthetic_reference)};
    judge(&made);
    return made;
}

static void drop(judged *what) {
    rl_claims_free(what->claims);
    rl_numbers_free(what->numbers);
}

static void release(judged *what) {
    drop(what);
    rl_results_free(what->results);
}

static void claims_of_any_quantity_are_signed(void **state) {
    (void)state;
    judged made = judge_study(
        REFERENCE
        "  - {group: activations, better: [relu, leaky_relu, gelu], than: sigmoid}\n"
        "  - {group: activations, better: sigmoid, than: relu, quantity: train_loss}\n"
        "  - {group: ghost, keeps: resnet18-ghost, of: resnet18, within: 1}\n"
        "  - {group: optimizers, better: adam, than: sgd, by: 50}\n"
        "  - {group: optimizers, better: adam, than: momentum, quantity: test_accuracy, at: 3}\n"
        "  - {group: activations, same: gelu, as: leaky_relu, within: 30}\n",
        SEEDS8);
    static const rl_claim_outcome expected[] = {
        RL_CLAIM_SUPPORTED, RL_CLAIM_REFUTED,   RL_CLAIM_SUPPORTED,
        RL_CLAIM_REFUTED,   RL_CLAIM_SUPPORTED, RL_CLAIM_SUPPORTED,
    };
    assert_int_equal(made.claims->count, COUNT(expected));
    for (size_t c = 0; c < made.claims->count; c++) {
        const rl_claim_result *result = &made.claims->results[c];
        assert_int_equal(result->outcome, expected[c]);
        assert_int_equal(result->seeds, 8);
        assert_int_equal(result->m, 6);
        for (size_t i = 0; i < result->part_count; i++)
            assert_near(result->parts[i].interval.level, 1 - .05 / 6, 1e-12);
    }
    double adam[8], momentum[8], differences[8]; /* after epoch 3 */
    const rl_group_numbers *optimizers = &made.numbers->groups[1];
    rl_numbers_take(made.numbers, optimizers, 2, RL_QUANTITY_TEST_ACCURACY, 3, adam);
    rl_numbers_take(made.numbers, optimizers, 1, RL_QUANTITY_TEST_ACCURACY, 3, momentum);
    for (size_t s = 0; s < 8; s++)
        differences[s] = adam[s] - momentum[s];
    assert_near(made.claims->results[4].parts[0].interval.mean, rl_sample_of(differences, 8).mean,
                1e-12);
    const rl_claim_result *first = &made.claims->results[0];
    const rl_group_numbers *group = &made.numbers->groups[0];
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(first->parts[i].arm, i + 1);
        assert_true(first->parts[i].flips_p == 2.0 / 256);
        /* the table of pairs shows the same interval, the other way round */
        const rl_interval turned =
            rl_interval_turned(group->tables[RL_QUANTITY_TEST_ACCURACY].pairs[i].interval);
        assert_true(turned.mean == first->parts[i].interval.mean);
        assert_near(turned.low, first->parts[i].interval.low, 1e-12);
    }
    assert_true(made.claims->results[2].line == -0.01);
    assert_int_equal(made.claims->look, 0);
    assert_false(made.claims->settled);
    release(&made);
}

/* SYNTHETIC_REFERENCE with looks; a claim that is clear and one that two groups' noise hides. */
static const char with_looks[] =
    "name: looks\n"
    "settings: {data: shapes, width: 4, optimizer: sgd, lr: 0.01, epochs: 12}\n"
    "seeds: {first: 1, looks: [3, 6]}\n"
    "groups: {activations: {vary: {activation: [sigmoid, relu, gelu]}}}\n"
    "claims:\n"
    "  - {group: activations, better: relu, than: sigmoid}\n"
    "  - {group: activations, same: relu, as: gelu, within: 0.1}\n";

static void looks_are_taken_when_their_runs_are_all_there(void **state) {
    (void)state;
    judged made = judge_study(with_looks, "");
    rl_run_record **records = made.results->records;
    rl_run_record *last = records[8], *sixth = records[17]; /* of the third seed and the last */
    assert_int_equal(made.results->study->run_count, 18);
    assert_int_equal(made.claims->look, 2);
    assert_true(made.claims->settled);
    drop(&made);
    records[17] = NULL; /* the second look is not complete */
    judge(&made);
    assert_int_equal(made.claims->look, 1);
    assert_int_equal(made.claims->results[0].outcome, RL_CLAIM_SUPPORTED);
    assert_int_equal(made.claims->results[0].seeds, 3);
    assert_true(made.claims->results[0].share == 0.5);
    assert_true(made.claims->results[0].parts[0].normal);
    assert_int_equal(made.claims->results[1].outcome, RL_CLAIM_UNDECIDED);
    drop(&made);
    records[8] = NULL;
    judge(&made);
    assert_int_equal(made.claims->look, 0);
    assert_false(made.claims->settled);
    assert_int_equal(made.claims->results[0].outcome, RL_CLAIM_WAITING);
    assert_int_equal(made.claims->results[0].obstacle, RL_CLAIM_BEFORE_LOOK);
    assert_true(isnan(made.claims->results[0].parts[0].interval.mean));
    records[8] = last;
    records[17] = sixth;
    last->state = RL_RUN_DIVERGED; /* ended, and counts */
    drop(&made);
    judge(&made);
    assert_int_equal(made.claims->look, 2);
    last->state = RL_RUN_FAILED;
    drop(&made);
    judge(&made);
    assert_int_equal(made.claims->look, 0);
    release(&made);
}

/* Right on all images, or on the first half of them: 50 points, whatever the seed. */
static void claims_hold_for_new_images(void **state) {
    (void)state;
    static uint8_t right[100], half[100];
    memset(right, 1, sizeof right);
    memset(half, 1, sizeof half / 2);
    judged made = judge_study(with_looks, "");
    const rl_study_group *group = &made.results->study->groups[0];
    assert_int_equal(made.claims->results[0].parts[0].images.count, 0);
    for (size_t a = 0; a < 3; a++)
        for (size_t s = 0; s < 6; s++) {
            rl_run_record *record = made.results->records[group->arms[a].runs[s]];
            record->correct = a == 1 ? right : half;
            record->correct_count = 100;
        }
    drop(&made);
    judge(&made);
    const rl_claim_part *part = &made.claims->results[0].parts[0];
    assert_int_equal(part->images.count, 3); /* of the look that decided it */
    assert_near(part->images.mean, 0.5, 1e-12);
    assert_near(part->images.level, part->interval.level, 1e-12);
    assert_true(part->images.low < 0.1 && part->images.low > 0);
    for (size_t i = 0; i < made.results->study->run_count; i++)
        made.results->records[i]->correct = NULL;
    release(&made);
}

static void obstacles_are_named(void **state) {
    (void)state;
    judged made = judge_study("name: mixed\n"
                              "settings: {data: shapes, width: 4, epochs: 4}\n"
                              "seeds: [1, 2, 3]\n"
                              "groups: {mixed: {vary: {mixup: [0, 0.2]}, target: 50}}\n"
                              "claims:\n"
                              "  - {group: mixed, better: 0.2, than: 0, quantity: train_loss}\n"
                              "  - {group: mixed, better: 0.2, than: 0, quantity: epochs_to}\n"
                              "  - {group: mixed, better: 0.2, than: 0, at: 3}\n",
                              "");
    assert_int_equal(made.claims->results[0].obstacle, RL_CLAIM_OTHER_IMAGES);
    assert_int_equal(made.claims->results[0].outcome, RL_CLAIM_WAITING);
    assert_int_equal(made.claims->results[1].obstacle, RL_CLAIM_FREE);
    made.results->study->groups[0].target = NAN;
    drop(&made);
    judge(&made);
    assert_int_equal(made.claims->results[1].obstacle, RL_CLAIM_NO_TARGET);
    release(&made);
}

static void memory_may_end_at_any_time(void **state) {
    (void)state;
    judged made = judge_study(with_looks, "");
    rl_status status = RL_ERROR_MEMORY;
    long allocations = 0;
    for (; status == RL_ERROR_MEMORY; allocations++) {
        rl_claims *claims;
        rl_memory_fail_after(allocations);
        status = rl_claims_create(&claims, made.numbers, NULL);
        rl_memory_fail_after(-1);
        assert_true((claims != NULL) == (status == RL_OK));
        rl_claims_free(claims);
    }
    assert_int_equal(status, RL_OK);
    assert_true(allocations > 8);
    release(&made);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(claims_of_any_quantity_are_signed),
        cmocka_unit_test(looks_are_taken_when_their_runs_are_all_there),
        cmocka_unit_test(claims_hold_for_new_images),
        cmocka_unit_test(obstacles_are_named),
        cmocka_unit_test(memory_may_end_at_any_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
