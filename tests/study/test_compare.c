/* Any runs, compared by the rule of studies. */
#include "study/near.h"
#include "study/synthetic.h"

#define RUNS                                                                                       \
    "name: runs\n"                                                                                 \
    "settings: {data: shapes, width: 4, epochs: 8}\n"                                              \
    "seeds: [%s]\n"                                                                                \
    "groups: {runs: {vary: {activation: [relu, gelu, sigmoid]}}}\n"

static const synthetic_arm arms[] = {{"relu", 0.80, 0.005, 0.03, 0.45, 0.4, 400, 0, 0},
                                     {"gelu", 0.80, 0.01, 0.03, 0.45, 0.4, 400, 0, 0},
                                     {NULL, 0.70, 0.005, 0.03, 0.6, 0.4, 400, 0, 0}};

static rl_run_pair *compare(const rl_results *results, size_t *count) {
    rl_run_pair *pairs;
    assert_int_equal(rl_compare_runs(&pairs, count, (const rl_run_record *const *)results->records,
                                     results->study->run_count, NULL),
                     RL_OK);
    return pairs;
}

static void runs_that_differ_in_their_seed_are_one_setting(void **state) {
    (void)state;
    rl_results *results = synthetic_results(RUNS, "1, 2, 3, 4", arms);
    results->records[0]->config->threads = 1; /* how the work was done is no setting */
    results->records[3]->config->threads = 2;
    size_t count;
    rl_run_pair *pairs = compare(results, &count);
    assert_int_equal(count, 3);
    static const rl_pair_verdict expected[] = {RL_PAIR_UNDECIDED, RL_PAIR_BETTER, RL_PAIR_BETTER};
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(pairs[i].verdict, expected[i]);
        assert_int_equal(pairs[i].seeds, 4);
        assert_near(pairs[i].level, 1 - .05 / 3, 1e-12);
    }
    assert_true(pairs[1].first == 0 && pairs[1].second == 2 && pairs[2].first == 1);
    double sum = 0;
    for (size_t s = 0; s < 4; s++)
        sum += results->records[3 * s]->epochs[7].test_accuracy -
               results->records[3 * s + 2]->epochs[7].test_accuracy;
    assert_near(pairs[1].difference, sum / 4, 1e-12);
    assert_true(pairs[1].low > 0 && pairs[1].high > pairs[1].difference);
    rl_run_pairs_free(pairs);
    rl_results_free(results);
}

static void runs_are_paired_by_seed(void **state) {
    (void)state;
    rl_results *results = synthetic_results(RUNS, "1, 2, 3, 4", arms);
    size_t count;
    results->records[2]->state = RL_RUN_INTERRUPTED; /* sigmoid, seed 1 */
    results->records[5]->state = RL_RUN_DIVERGED;    /* seed 2 counts as guessing */
    results->records[5]->class_count = 0;
    results->records[11]->config->seed = 9; /* none of the others has that */
    rl_run_pair *pairs = compare(results, &count);
    assert_int_equal(pairs[0].seeds, 4);
    assert_int_equal(pairs[1].seeds, 2);
    assert_int_equal(pairs[1].verdict, RL_PAIR_NONE);
    const double first = results->records[3]->epochs[7].test_accuracy - 0.1;
    const double second =
        results->records[6]->epochs[7].test_accuracy - results->records[8]->epochs[7].test_accuracy;
    assert_near(pairs[1].difference, (first + second) / 2, 1e-12);
    rl_run_pairs_free(pairs);
    results->records[10]->config->seed = 1; /* gelu has seed 1 twice: the first counts */
    pairs = compare(results, &count);
    assert_int_equal(pairs[0].seeds, 3);
    rl_run_pairs_free(pairs);
    results->records[2]->state = RL_RUN_DONE; /* sigmoid has 1, 2, 3 and 9 */
    pairs = compare(results, &count);
    assert_int_equal(pairs[2].seeds, 3);
    rl_run_pairs_free(pairs);
    rl_results_free(results);
}

static void one_setting_has_no_pairs(void **state) {
    (void)state;
    rl_results *results = synthetic_results(RUNS, "1, 2", arms);
    const rl_run_record *same[] = {results->records[0], results->records[3]};
    rl_run_pair *pairs;
    size_t count;
    assert_int_equal(rl_compare_runs(&pairs, &count, same, 2, NULL), RL_OK);
    assert_true(count == 0 && !pairs);
    assert_int_equal(rl_compare_runs(&pairs, &count, same, 0, NULL), RL_OK);
    assert_true(count == 0 && !pairs);
    rl_results_free(results);
}

static void memory_may_end_at_any_time(void **state) {
    (void)state;
    rl_results *results = synthetic_results(RUNS, "1, 2, 3", arms);
    rl_status status = RL_ERROR_MEMORY;
    long allocations = 0;
    for (; status == RL_ERROR_MEMORY; allocations++) {
        rl_run_pair *pairs;
        size_t count;
        rl_memory_fail_after(allocations);
        status = rl_compare_runs(&pairs, &count, (const rl_run_record *const *)results->records, 9,
                                 NULL);
        rl_memory_fail_after(-1);
        assert_true((pairs != NULL) == (status == RL_OK) && (count == 3) == (status == RL_OK));
        rl_run_pairs_free(pairs);
    }
    assert_int_equal(status, RL_OK);
    assert_true(allocations >= 4);
    rl_results_free(results);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(runs_that_differ_in_their_seed_are_one_setting),
        cmocka_unit_test(runs_are_paired_by_seed),
        cmocka_unit_test(one_setting_has_no_pairs),
        cmocka_unit_test(memory_may_end_at_any_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
