/* Numbers and pairs of studies with made-up results. */
#include "study/numbers/numbers.h"

#include "study/near.h"
#include "study/synthetic.h"

#define TWO_ARMS                                                                                   \
    "name: two\n"                                                                                  \
    "settings: {data: shapes, width: 4, lr: 0.01, epochs: 8}\n"                                    \
    "seeds: [%s]\n"                                                                                \
    "groups:\n"                                                                                    \
    "  two: {vary: {activation: [relu, gelu]}, target: 60}\n"

static const synthetic_arm two_arms[] = {{"relu", 0.80, 0.005, 0.03, 0.45, 0.4, 400, 0, 0},
                                         {NULL, 0.70, 0.005, 0.03, 0.6, 0.4, 400, 0, 0}};

static rl_numbers *numbers_of(rl_results *results) {
    rl_numbers *numbers;
    rl_error error;
    if (rl_numbers_create(&numbers, results, &error) != RL_OK)
        fail_msg("%s", error.message);
    return numbers;
}

static rl_run_record *record_of(const rl_results *results, size_t arm, size_t seed) {
    return results->records[results->study->groups[0].arms[arm].runs[seed]];
}

static double value(const rl_numbers *numbers, size_t arm, rl_quantity_kind quantity, size_t seed) {
    return numbers->groups[0].arms[arm].values[quantity][seed];
}

static void quantities_are_taken_from_runs(void **state) {
    (void)state;
    rl_results *results = synthetic_results(TWO_ARMS, "1, 2, 3", two_arms);
    static const double accuracies[] = {.2, .65, .5, .6, .7, .55, .6, .62};
    rl_run_record *run = record_of(results, 0, 1);
    double sum = 0;
    for (size_t e = 0; e < 8; e++)
        sum += run->epochs[e].test_accuracy = accuracies[e];
    run->epochs[7].seconds = 99;
    run->seconds = 100;
    rl_numbers *numbers = numbers_of(results);
    const rl_group_numbers *group = &numbers->groups[0];
    assert_int_equal(group->early_epoch, 2);
    assert_int_equal(group->epochs, 8);
    assert_true(value(numbers, 0, RL_QUANTITY_TEST_ACCURACY, 1) == .62);
    assert_true(value(numbers, 0, RL_QUANTITY_EARLY_ACCURACY, 1) == .65);
    assert_near(value(numbers, 0, RL_QUANTITY_MEAN_ACCURACY, 1), sum / 8, 1e-12);
    assert_true(value(numbers, 0, RL_QUANTITY_TEST_LOSS, 1) == run->epochs[7].test_loss);
    assert_true(value(numbers, 0, RL_QUANTITY_TRAIN_LOSS, 1) == run->epochs[7].train_loss);
    assert_true(value(numbers, 0, RL_QUANTITY_EARLY_TRAIN_LOSS, 1) == run->epochs[1].train_loss);
    /* 65% after epoch 2 does not stay; from 7 on it does, touched exactly */
    assert_true(value(numbers, 0, RL_QUANTITY_EPOCHS_TO, 1) == 7);
    assert_true(value(numbers, 0, RL_QUANTITY_SECONDS_TO, 1) == run->epochs[6].seconds);
    assert_true(value(numbers, 0, RL_QUANTITY_SECONDS, 1) == 100);
    assert_int_equal(group->arms[0].worst, 1);
    assert_int_equal(group->arms[0].reached, 3);
    assert_true(group->arms[0].samples[RL_QUANTITY_TEST_ACCURACY].count == 3);
    double at[3];
    rl_numbers_take(numbers, group, 0, RL_QUANTITY_TEST_ACCURACY, 4, at);
    assert_true(at[1] == .6);
    rl_numbers_take(numbers, group, 0, RL_QUANTITY_TEST_ACCURACY, 9, at);
    assert_true(isnan(at[0]) && isnan(at[1]));
    rl_numbers_free(numbers);
    rl_results_free(results);
}

static void a_target_that_is_not_reached_takes_all_epochs(void **state) {
    (void)state;
    rl_results *results = synthetic_results(TWO_ARMS, "1, 2, 3", two_arms);
    record_of(results, 0, 0)->epochs[7].test_accuracy = 0.59; /* left again at the end */
    rl_numbers *numbers = numbers_of(results);
    assert_true(value(numbers, 0, RL_QUANTITY_EPOCHS_TO, 0) == 8);
    assert_true(value(numbers, 0, RL_QUANTITY_EPOCHS_TO, 1) < 8);
    assert_true(isnan(value(numbers, 0, RL_QUANTITY_SECONDS_TO, 0)));
    assert_int_equal(numbers->groups[0].arms[0].reached, 2);
    const rl_pair *pair = &numbers->groups[0].tables[RL_QUANTITY_EPOCHS_TO].pairs[0];
    assert_int_equal(pair->obstacle, RL_OBSTACLE_NONE);
    assert_int_equal(pair->interval.count, 3);
    rl_numbers_free(numbers);
    results->study->groups[0].target = NAN;
    numbers = numbers_of(results);
    assert_true(isnan(value(numbers, 0, RL_QUANTITY_EPOCHS_TO, 1)));
    assert_int_equal(numbers->groups[0].tables[RL_QUANTITY_EPOCHS_TO].pairs[0].obstacle,
                     RL_OBSTACLE_NO_TARGET);
    assert_int_equal(numbers->groups[0].arms[0].reached, 0);
    rl_numbers_free(numbers);
    rl_results_free(results);
}

static void runs_that_diverged_guess(void **state) {
    (void)state;
    synthetic_arm arms[] = {two_arms[0], two_arms[1]};
    arms[0].diverged = 2;
    rl_results *results = synthetic_results(TWO_ARMS, "1, 2, 3, 4", arms);
    record_of(results, 0, 1)->class_count = 0;           /* another run's are taken */
    record_of(results, 0, 2)->epochs[7].test_loss = NAN; /* done, but the network was lost */
    rl_numbers *numbers = numbers_of(results);
    const rl_arm_numbers *arm = &numbers->groups[0].arms[0];
    for (size_t s = 0; s < 3; s++) {
        assert_near(value(numbers, 0, RL_QUANTITY_TEST_ACCURACY, s), 0.1, 1e-15);
        assert_near(value(numbers, 0, RL_QUANTITY_TEST_LOSS, s), log(10), 1e-15);
        assert_near(value(numbers, 0, RL_QUANTITY_TRAIN_LOSS, s), log(10), 1e-15);
    }
    /* its first epoch was completed, the other seven guess */
    const double first = record_of(results, 0, 0)->epochs[0].test_accuracy;
    assert_near(value(numbers, 0, RL_QUANTITY_MEAN_ACCURACY, 0), (first + 7 * 0.1) / 8, 1e-12);
    assert_near(value(numbers, 0, RL_QUANTITY_EARLY_ACCURACY, 0), 0.1, 1e-15);
    assert_true(value(numbers, 0, RL_QUANTITY_EPOCHS_TO, 0) == 8);
    assert_true(isnan(value(numbers, 0, RL_QUANTITY_SECONDS, 0)));
    assert_int_equal(arm->diverged, 2);
    assert_int_equal(arm->done, 2);
    assert_near(arm->diverged_limit, rl_share_limit(2, 4), 1e-15);
    /* They count: 3 of 4 seeds speak against the arm that would be 10 points better. */
    const rl_pair *pair = &numbers->groups[0].tables[RL_QUANTITY_TEST_ACCURACY].pairs[0];
    assert_int_equal(pair->interval.count, 4);
    assert_int_equal(pair->verdict, RL_PAIR_UNDECIDED);
    assert_true(pair->difference.mean < 0);
    rl_numbers_free(numbers);
    for (size_t i = 0; i < results->study->run_count; i++)
        results->records[i]->class_count = 0; /* no one knows: then there is no value */
    numbers = numbers_of(results);
    assert_true(isnan(value(numbers, 0, RL_QUANTITY_TEST_ACCURACY, 0)));
    assert_int_equal(numbers->groups[0].tables[RL_QUANTITY_TEST_ACCURACY].pairs[0].interval.count,
                     1);
    rl_numbers_free(numbers);
    rl_results_free(results);
}

static void pairs_are_judged_by_where_their_interval_lies(void **state) {
    (void)state;
    rl_results *results =
        synthetic_results(SYNTHETIC_REFERENCE, "1, 2, 3, 4, 5, 6, 7, 8", synthetic_reference);
    rl_numbers *numbers = numbers_of(results);
    size_t verdicts[4] = {0};
    for (size_t g = 0; g < 3; g++)
        for (size_t q = 0; q < RL_QUANTITY_COUNT; q++) {
            const rl_group_numbers *group = &numbers->groups[g];
            const rl_pair_table *table = &group->tables[q];
            const int better = rl_quantity_at(q)->better;
            assert_true((table->pairs != NULL) == rl_quantity_at(q)->compared);
            if (!table->pairs || q == RL_QUANTITY_EPOCHS_TO)
                continue;
            assert_int_equal(table->m, group->pair_count);
            assert_int_equal(group->early_epoch, 3); /* of 12 */
            assert_false(table->claimed || table->exploratory);
            for (size_t i = 0; i < group->pair_count; i++) {
                const rl_pair *pair = &table->pairs[i];
                assert_int_equal(pair->obstacle, RL_OBSTACLE_NONE);
                assert_near(pair->interval.level, 1 - 0.05 / (double)table->m, 1e-12);
                assert_true(pair->interval.mean == pair->difference.mean);
                const rl_pair_verdict expected =
                    pair->interval.low > 0    ? better > 0 ? RL_PAIR_BETTER : RL_PAIR_WORSE
                    : pair->interval.high < 0 ? better > 0 ? RL_PAIR_WORSE : RL_PAIR_BETTER
                                              : RL_PAIR_UNDECIDED;
                assert_int_equal(pair->verdict, expected);
                verdicts[pair->verdict]++;
                assert_true(!pair->normal && pair->flips_p <= 1);
                assert_true(pair->verdict != RL_PAIR_BETTER || pair->improvement > 0.5);
            }
        }
    assert_true(verdicts[RL_PAIR_BETTER] > 5 && verdicts[RL_PAIR_WORSE] > 5 &&
                verdicts[RL_PAIR_UNDECIDED] > 5);
    /* sigmoid and relu */
    double sign;
    const rl_group_numbers *group = &numbers->groups[0];
    const rl_pair *pair = rl_pair_of(group, RL_QUANTITY_TEST_ACCURACY, 1, 0, &sign);
    assert_true(sign == -1 && pair->first == 0 && pair->second == 1);
    assert_int_equal(rl_pair_verdict_on(group, RL_QUANTITY_TEST_ACCURACY, 0, 1), RL_PAIR_WORSE);
    assert_int_equal(rl_pair_verdict_on(group, RL_QUANTITY_TEST_ACCURACY, 1, 0), RL_PAIR_BETTER);
    assert_int_equal(rl_pair_verdict_on(group, RL_QUANTITY_TRAIN_LOSS, 1, 0), RL_PAIR_BETTER);
    assert_int_equal(rl_pair_verdict_on(group, RL_QUANTITY_SECONDS, 1, 0), RL_PAIR_NONE);
    assert_null(rl_pair_of(group, RL_QUANTITY_SECONDS, 1, 0, &sign));
    assert_true(pair->flips_p == 2.0 / 256 && pair->improvement == 0 && pair->correlation > 0.1);
    rl_numbers_free(numbers);
    rl_results_free(results);
}

static rl_pair pair_with_seeds(const char *seeds, const synthetic_arm *arms) {
    rl_results *results = synthetic_results(TWO_ARMS, seeds, arms);
    rl_numbers *numbers = numbers_of(results);
    const rl_pair pair = numbers->groups[0].tables[RL_QUANTITY_TEST_ACCURACY].pairs[0];
    rl_numbers_free(numbers);
    rl_results_free(results);
    return pair;
}

static void few_seeds_have_no_verdict(void **state) {
    (void)state;
    synthetic_arm none[] = {two_arms[0], two_arms[1]};
    none[1].missing = 1;
    rl_pair pair = pair_with_seeds("1", none);
    assert_int_equal(pair.obstacle, RL_OBSTACLE_NO_RUNS);
    assert_true(isnan(pair.difference.mean));
    pair = pair_with_seeds("1", two_arms);
    assert_int_equal(pair.obstacle, RL_OBSTACLE_FEW_SEEDS);
    assert_int_equal(pair.verdict, RL_PAIR_NONE);
    pair = pair_with_seeds("1, 2", two_arms);
    assert_int_equal(pair.obstacle, RL_OBSTACLE_FEW_SEEDS);
    assert_true(isfinite(pair.interval.low));
    pair = pair_with_seeds("1, 2, 3", two_arms);
    assert_int_equal(pair.verdict, RL_PAIR_BETTER);
    assert_true(pair.normal && isnan(pair.flips_p));
    pair = pair_with_seeds("1, 2, 3, 4, 5, 6", two_arms);
    assert_true(!pair.normal && pair.flips_p == 2.0 / 64);
    none[1].missing = 2; /* the seeds that both have */
    pair = pair_with_seeds("1, 2, 3, 4, 5", none);
    assert_int_equal(pair.interval.count, 3);
}

/* Every seed differs by exactly one image of 1,000, and by one of 100,000 epochs' worth. */
static void equal_differences_have_the_floor_of_their_grid(void **state) {
    (void)state;
    rl_results *results = synthetic_results(TWO_ARMS, "1, 2, 3", two_arms);
    for (size_t s = 0; s < 3; s++) {
        record_of(results, 0, s)->epochs[7].test_accuracy = 0.501;
        record_of(results, 1, s)->epochs[7].test_accuracy = 0.5;
        record_of(results, 0, s)->test_images = 1000;
        record_of(results, 1, s)->test_images = 4000;
    }
    rl_numbers *numbers = numbers_of(results);
    const rl_pair *pair = &numbers->groups[0].tables[RL_QUANTITY_TEST_ACCURACY].pairs[0];
    assert_near(pair->interval.high - pair->interval.mean,
                4.302652729749462 * sqrt(2.0 / 12) / 1000 / sqrt(3), 1e-9);
    assert_int_equal(pair->verdict, RL_PAIR_UNDECIDED);
    rl_numbers_free(numbers);
    rl_results_free(results);
}

static void training_losses_of_other_images_are_not_compared(void **state) {
    (void)state;
    rl_results *results = synthetic_results(
        "name: two\nsettings: {data: shapes, width: 4, epochs: 4}\nseeds: [1, 2, 3]\n"
        "groups: {two: {vary: {mixup: [0, 0.2]}}}\n",
        "", two_arms);
    rl_numbers *numbers = numbers_of(results);
    const rl_pair_table *tables = numbers->groups[0].tables;
    assert_int_equal(tables[RL_QUANTITY_TRAIN_LOSS].pairs[0].obstacle, RL_OBSTACLE_OTHER_IMAGES);
    assert_int_equal(tables[RL_QUANTITY_EARLY_TRAIN_LOSS].pairs[0].obstacle,
                     RL_OBSTACLE_OTHER_IMAGES);
    assert_int_equal(tables[RL_QUANTITY_TEST_ACCURACY].pairs[0].obstacle, RL_OBSTACLE_NONE);
    rl_numbers_free(numbers);
    rl_results_free(results);
}

#define CLAIM                                                                                      \
    "claims: [{group: two, better: relu, than: gelu}, {group: two, better: gelu, than: relu}]\n"

static void claims_have_the_word_where_there_are_any(void **state) {
    (void)state;
    rl_results *results = synthetic_results(TWO_ARMS CLAIM, "1, 2, 3", two_arms);
    rl_numbers *numbers = numbers_of(results);
    const rl_pair_table *tables = numbers->groups[0].tables;
    assert_true(tables[RL_QUANTITY_TEST_ACCURACY].claimed);
    assert_int_equal(tables[RL_QUANTITY_TEST_ACCURACY].m, 2);
    assert_int_equal(tables[RL_QUANTITY_TEST_ACCURACY].pairs[0].obstacle, RL_OBSTACLE_CLAIMED);
    assert_int_equal(tables[RL_QUANTITY_TEST_ACCURACY].pairs[0].verdict, RL_PAIR_NONE);
    assert_near(tables[RL_QUANTITY_TEST_ACCURACY].pairs[0].interval.level, 0.975, 1e-12);
    assert_true(tables[RL_QUANTITY_TEST_LOSS].exploratory);
    assert_int_equal(tables[RL_QUANTITY_TEST_LOSS].m, 1);
    assert_int_equal(tables[RL_QUANTITY_TEST_LOSS].pairs[0].verdict, RL_PAIR_BETTER);
    rl_numbers_free(numbers);
    results->study->claims_in_order = true;
    numbers = numbers_of(results);
    assert_int_equal(numbers->groups[0].tables[RL_QUANTITY_TEST_ACCURACY].m, 1);
    rl_numbers_free(numbers);
    rl_results_free(results);
    results = synthetic_results("name: two\nsettings: {data: shapes, width: 4, epochs: 8}\n"
                                "seeds: {first: 1, looks: [3, 6]}\n"
                                "groups: {two: {vary: {activation: [relu, gelu]}}}\n" CLAIM,
                                "", two_arms);
    numbers = numbers_of(results);
    assert_int_equal(numbers->groups[0].tables[RL_QUANTITY_TEST_LOSS].pairs[0].obstacle,
                     RL_OBSTACLE_LOOKS);
    rl_numbers_free(numbers);
    rl_results_free(results);
}

/* Every run right on the images whose number its arm and seed leave over: the same in numpy. */
static void record_images(rl_results *results, size_t arm, size_t seed, uint8_t bits[50]) {
    rl_run_record *run = record_of(results, arm, seed);
    for (size_t i = 0; i < 50; i++)
        bits[i] =
            arm == 0 ? (i * (seed + 3) + seed * seed) % 7 < 4 : (i * (2 * seed + 1) + 5) % 9 < 4;
    run->correct = bits;
    run->correct_count = 50;
    run->trained_accuracy = 0.875;
}

/* As the first case of test_verdict.c: 0.17, 0.0711 to 0.2689. */
static void images_are_taken_from_runs(void **state) {
    (void)state;
    static uint8_t bits[2][4][50];
    rl_results *results = synthetic_results(TWO_ARMS, "1, 2, 3, 4", two_arms);
    for (size_t a = 0; a < 2; a++)
        for (size_t s = 0; s < 4; s++)
            record_images(results, a, s, bits[a][s]);
    rl_numbers *numbers = numbers_of(results);
    const rl_group_numbers *group = &numbers->groups[0];
    const rl_interval *images = &group->tables[RL_QUANTITY_TEST_ACCURACY].pairs[0].images;
    assert_int_equal(group->images, RL_IMAGES_SHARED);
    assert_int_equal(images->count, 4);
    assert_near(images->mean, 0.17, 1e-12);
    assert_near(images->low, 0.07105372331505617, 1e-9);
    assert_int_equal(group->tables[RL_QUANTITY_TEST_LOSS].pairs[0].images.count, 0);
    assert_true(value(numbers, 0, RL_QUANTITY_TRAINED_ACCURACY, 2) == 0.875);
    assert_near(value(numbers, 0, RL_QUANTITY_GAP, 2),
                0.875 - value(numbers, 0, RL_QUANTITY_TEST_ACCURACY, 2), 1e-12);
    rl_numbers_free(numbers);
    record_of(results, 1, 2)->correct = NULL; /* one run without: no interval of the others */
    numbers = numbers_of(results);
    assert_int_equal(numbers->groups[0].tables[RL_QUANTITY_TEST_ACCURACY].pairs[0].images.count, 0);
    rl_numbers_free(numbers);
    record_of(results, 1, 2)->correct = bits[1][2];
    for (size_t a = 0; a < 2; a++)
        record_of(results, a, 2)->fingerprint[0] = 'x'; /* a seed with its own images */
    numbers = numbers_of(results);
    assert_int_equal(numbers->groups[0].images, RL_IMAGES_OWN);
    assert_int_equal(numbers->groups[0].tables[RL_QUANTITY_TEST_ACCURACY].pairs[0].images.count, 0);
    rl_numbers_free(numbers);
    for (size_t s = 0; s < 4; s++) { /* the arms have different ones */
        record_of(results, 0, s)->fingerprint[0] = '0';
        record_of(results, 1, s)->fingerprint[0] = 'x';
    }
    numbers = numbers_of(results);
    assert_int_equal(numbers->groups[0].tables[RL_QUANTITY_TEST_ACCURACY].pairs[0].images.count, 0);
    rl_numbers_free(numbers);
    for (size_t i = 0; i < results->study->run_count; i++)
        results->records[i]->correct = NULL;
    rl_results_free(results);
}

static void memory_may_end_at_any_time(void **state) {
    (void)state;
    rl_results *results = synthetic_results(TWO_ARMS, "1, 2, 3", two_arms);
    rl_status status = RL_ERROR_MEMORY;
    long allocations = 0;
    for (; status == RL_ERROR_MEMORY; allocations++) {
        rl_numbers *numbers;
        rl_memory_fail_after(allocations);
        status = rl_numbers_create(&numbers, results, NULL);
        rl_memory_fail_after(-1);
        assert_true((numbers != NULL) == (status == RL_OK));
        rl_numbers_free(numbers);
    }
    assert_int_equal(status, RL_OK);
    assert_true(allocations > 20);
    rl_results_free(results);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quantities_are_taken_from_runs),
        cmocka_unit_test(a_target_that_is_not_reached_takes_all_epochs),
        cmocka_unit_test(runs_that_diverged_guess),
        cmocka_unit_test(pairs_are_judged_by_where_their_interval_lies),
        cmocka_unit_test(few_seeds_have_no_verdict),
        cmocka_unit_test(equal_differences_have_the_floor_of_their_grid),
        cmocka_unit_test(training_losses_of_other_images_are_not_compared),
        cmocka_unit_test(claims_have_the_word_where_there_are_any),
        cmocka_unit_test(images_are_taken_from_runs),
        cmocka_unit_test(memory_may_end_at_any_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
