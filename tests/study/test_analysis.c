/* From made-up records to verdicts: what is counted, what is paired, and when the test may speak.
 */
#include "study/numbers/analysis.h"

#include "run/statistics.h"
#include "study/synthetic.h"

static const char four_seeds[] = "1, 2, 3, 4";
static const char eight_seeds[] = "1, 2, 3, 4, 5, 6, 7, 8";
enum { SIGMOID, RELU, LEAKY_RELU, GELU }; /* arms of the first group */

typedef struct {
    rl_results *results;
    rl_analysis *analysis;
} fixture;

static fixture analyse(const char *seeds, const synthetic_arm *arms) {
    fixture f = {synthetic_results(SYNTHETIC_REFERENCE, seeds, arms), NULL};
    assert_int_equal(rl_analysis_create(&f.analysis, f.results, NULL), RL_OK);
    return f;
}

static void end(fixture f) {
    rl_analysis_free(f.analysis);
    rl_results_free(f.results);
}

static const rl_comparison *pair(const rl_group_analysis *group, const rl_comparison *comparisons,
                                 size_t first, size_t second) {
    double sign;
    const rl_comparison *found = rl_comparison_of(group, comparisons, first, second, &sign);
    assert_non_null(found);
    assert_true(sign == (first < second ? 1 : -1));
    return found;
}

static void arms_are_summed_up_over_seeds(void **state) {
    (void)state;
    const fixture f = analyse(four_seeds, synthetic_reference);
    const rl_group_analysis *group = &f.analysis->groups[0];
    const rl_arm_analysis *relu = &group->arms[RELU];
    double accuracy = 0, gap = 0, early = 0, loss = 0;
    uint64_t correct = 0;
    assert_int_equal(group->early_epoch, 3); /* a quarter of 12 */
    for (size_t s = 0; s < 4; s++) {
        const rl_epoch_row *rows = rl_results_record(f.results, relu->arm, s)->epochs;
        accuracy += rows[11].test_accuracy / 4;
        gap += (rows[11].train_accuracy - rows[11].test_accuracy) / 4;
        early += rows[2].test_accuracy / 4;
        loss += rows[2].train_loss / 4;
        correct += (uint64_t)llround(rows[11].test_accuracy * 1000);
        assert_true(relu->accuracies[s] == rows[11].test_accuracy);
        assert_true(relu->early_train_losses[s] == rows[2].train_loss);
    }
    assert_int_equal(relu->done, 4);
    assert_int_equal(relu->accuracy.count, 4);
    assert_true(fabs(relu->accuracy.mean - accuracy) < 1e-12);
    assert_true(fabs(relu->gap.mean - gap) < 1e-12);
    assert_true(fabs(relu->early_accuracy.mean - early) < 1e-12);
    assert_true(fabs(relu->early_train_loss.mean - loss) < 1e-12);
    assert_true(relu->images_per_second.mean == 400);
    double low, high;
    rl_wilson_interval(correct, 4000, &low, &high);
    assert_true(relu->wilson_low == low && relu->wilson_high == high);
    end(f);
}

/* The first run of relu diverged, the last two of gelu are not there yet. */
static void runs_that_are_not_done_are_counted_and_left_out(void **state) {
    (void)state;
    const synthetic_arm arms[] = {{"relu", 0.8, 0.01, 0, 0.4, 0.4, 400, 1, 0},
                                  {"gelu", 0.8, 0.01, 0, 0.4, 0.4, 400, 0, 2},
                                  {"sigmoid", 0.2, 0.01, 0, 0.4, 0.4, 400, 0, 4},
                                  {NULL, 0.7, 0.01, 0, 0.5, 0.4, 400, 0, 0}};
    const fixture f = analyse(four_seeds, arms);
    const rl_group_analysis *group = &f.analysis->groups[0];
    assert_int_equal(group->arms[RELU].done, 3);
    assert_int_equal(group->arms[RELU].diverged, 1);
    assert_int_equal(group->arms[RELU].accuracy.count, 3);
    assert_true(isnan(group->arms[RELU].accuracies[0]) && !isnan(group->arms[RELU].accuracies[1]));
    assert_int_equal(group->arms[GELU].done, 2);
    assert_int_equal(group->arms[GELU].missing, 2);
    assert_int_equal(group->arms[SIGMOID].missing, 4);
    assert_true(isnan(group->arms[SIGMOID].accuracy.mean));
    assert_int_equal(f.analysis->diverged, 1);
    assert_int_equal(f.analysis->missing, 6);
    assert_int_equal(f.analysis->done + f.analysis->diverged + f.analysis->missing,
                     f.results->study->run_count);

    const rl_comparison *both = pair(group, group->accuracy, RELU, GELU);
    assert_int_equal(both->difference.count, 1); /* seed 2 alone has both */
    assert_true(both->difference.mean ==
                group->arms[RELU].accuracies[1] - group->arms[GELU].accuracies[1]);
    assert_true(both->p == 1 && both->verdict == RL_NOT_DISTINGUISHABLE);
    const rl_comparison *none = pair(group, group->accuracy, SIGMOID, GELU);
    assert_int_equal(none->difference.count, 0);
    assert_true(none->p_holm == 1 && none->verdict == RL_NOT_DISTINGUISHABLE);
    assert_int_equal(none->seeds_needed, 0);
    assert_int_equal(group->comparison_count, 6);
    assert_int_equal(group->tested, 3); /* those with sigmoid are not */
    end(f);
}

/* Four seeds: p is at least 2 / 16, and 6 times as much is the least after correction. */
static void four_seeds_cannot_tell(void **state) {
    (void)state;
    const fixture f = analyse(four_seeds, synthetic_reference);
    const rl_group_analysis *group = &f.analysis->groups[0];
    for (size_t i = 0; i < group->comparison_count; i++) {
        assert_int_equal(group->accuracy[i].verdict, RL_NOT_DISTINGUISHABLE);
        assert_true(group->accuracy[i].least_p_holm == 0.75);
    }
    const rl_comparison *sigmoid = pair(group, group->accuracy, SIGMOID, RELU);
    assert_true(sigmoid->p == 0.125 && sigmoid->p_holm >= 0.75);
    assert_int_equal(sigmoid->seeds_needed, 8); /* 6 * 2 / 2^8 < 0.05 */
    end(f);
}

static void eight_seeds_tell_what_is_there(void **state) {
    (void)state;
    const fixture f = analyse(eight_seeds, synthetic_reference);
    const rl_group_analysis *group = &f.analysis->groups[0];
    const rl_comparison *sigmoid = pair(group, group->accuracy, SIGMOID, RELU);
    assert_int_equal(sigmoid->verdict, RL_WORSE); /* the first is */
    assert_true(sigmoid->p == 2.0 / 256 && sigmoid->p_holm >= sigmoid->p);
    assert_true(sigmoid->p_holm < 0.05 && sigmoid->difference.mean < -0.4);
    assert_true(sigmoid->difference.low < sigmoid->difference.mean &&
                sigmoid->difference.mean < sigmoid->difference.high);
    assert_ptr_equal(sigmoid, pair(group, group->accuracy, RELU, SIGMOID));
    /* lower loss is better: sigmoid's is the higher one, so that it is worse */
    const rl_comparison *loss = pair(group, group->early_train_loss, SIGMOID, RELU);
    assert_true(loss->difference.mean > 0);
    assert_int_equal(loss->verdict, RL_WORSE);
    end(f);
}

static void equal_arms_are_not_told_apart(void **state) {
    (void)state;
    const synthetic_arm arms[] = {{NULL, 0.7, 0.01, 0.02, 0.5, 0.4, 400, 0, 0}};
    const fixture f = analyse(eight_seeds, arms);
    for (size_t g = 0; g < 3; g++)
        for (size_t i = 0; i < f.analysis->groups[g].comparison_count; i++) {
            assert_int_equal(f.analysis->groups[g].accuracy[i].verdict, RL_NOT_DISTINGUISHABLE);
            assert_true(f.analysis->groups[g].accuracy[i].seeds_needed != 1);
        }
    end(f);
}

static void targets_are_what_all_but_the_worst_reach(void **state) {
    (void)state;
    const fixture f = analyse(four_seeds, synthetic_reference);
    const rl_group_analysis *optimizers = &f.analysis->groups[1];
    double second = optimizers->arms[2].accuracy.mean; /* adam, between relu's sgd and momentum */
    assert_true(fabs(optimizers->target_accuracy - floor(second * 20) / 20) < 1e-12);
    const rl_arm_analysis *adam = &optimizers->arms[2];
    assert_int_equal(adam->reached, adam->epochs_to_target.count);
    assert_true(adam->reached > 0);
    double first = 0;
    size_t reached = 0;
    for (size_t s = 0; s < 4; s++) {
        const rl_run_record *run = rl_results_record(f.results, adam->arm, s);
        for (size_t e = 0; e < run->epoch_count; e++)
            if (run->epochs[e].test_accuracy >= optimizers->target_accuracy) {
                first += (double)e + 1;
                reached++;
                break;
            }
    }
    assert_int_equal(reached, adam->reached);
    assert_true(fabs(first / (double)reached - adam->epochs_to_target.mean) < 1e-12);
    assert_true(fabs(adam->seconds_to_target.mean - adam->epochs_to_target.mean * 1000 / 380) <
                1e-9);
    end(f);
}

static void a_group_without_results_has_no_target(void **state) {
    (void)state;
    const synthetic_arm arms[] = {{NULL, 0.7, 0.01, 0, 0.5, 0.4, 400, 0, 4}};
    const fixture f = analyse(four_seeds, arms);
    assert_true(isnan(f.analysis->groups[0].target_accuracy));
    assert_int_equal(f.analysis->groups[0].early_epoch, 1);
    assert_int_equal(f.analysis->groups[0].tested, 0);
    assert_int_equal(f.analysis->groups[0].arms[0].reached, 0);
    assert_int_equal(f.analysis->done, 0);
    end(f);
}

static void memory_failures_are_reported(void **state) {
    (void)state;
    rl_results *results = synthetic_results(SYNTHETIC_REFERENCE, four_seeds, synthetic_reference);
    rl_analysis *analysis = NULL;
    rl_status status = RL_ERROR_MEMORY;
    for (long failure = 0; status != RL_OK; failure++) {
        rl_error error;
        rl_memory_fail_after(failure);
        status = rl_analysis_create(&analysis, results, &error);
        rl_memory_fail_after(-1);
        assert_true(status == RL_OK ? failure > 30 : status == RL_ERROR_MEMORY && analysis == NULL);
    }
    rl_analysis_free(analysis);
    rl_results_free(results);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arms_are_summed_up_over_seeds),
        cmocka_unit_test(runs_that_are_not_done_are_counted_and_left_out),
        cmocka_unit_test(four_seeds_cannot_tell),
        cmocka_unit_test(eight_seeds_tell_what_is_there),
        cmocka_unit_test(equal_arms_are_not_told_apart),
        cmocka_unit_test(targets_are_what_all_but_the_worst_reach),
        cmocka_unit_test(a_group_without_results_has_no_target),
        cmocka_unit_test(memory_failures_are_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
