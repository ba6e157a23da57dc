/* The tables of a report on made-up results: numbers are those measured, verdicts agree with their
 * intervals, runs without a result are said. */
#include "study/reported.h"

static void test_numbers_are_those_measured(void **state) {
    (void)state;
    fixture f;
    start(&f, SYNTHETIC_REFERENCE, "1, 2, 3, 4", synthetic_reference, RL_LANGUAGE_ENGLISH);
    for (size_t g = 0; g < f.results->study->group_count; g++) {
        const rl_group_numbers *group = &f.numbers->groups[g];
        const rl_table *arms = table_with(&f.document, &rl_word_test_accuracy_sample, 1, g);
        const rl_table *pairs = table_with(&f.document, &rl_word_difference, 1, g);
        assert_int_equal(arms->rows, group->group->arm_count);
        assert_int_equal(pairs->rows, group->pair_count);
        for (size_t i = 0; i < arms->rows; i++) {
            char text[64];
            const rl_arm_numbers *arm = &group->arms[i];
            const rl_sample *accuracy = &arm->samples[RL_QUANTITY_TEST_ACCURACY];
            snprintf(text, sizeof text, "%.2f%% ± %.2f", 100 * accuracy->mean,
                     100 * accuracy->deviation);
            assert_string_equal(cell(arms, i, 0), group->group->arms[i].label);
            assert_string_equal(cell(arms, i, 1), text);
            assert_string_equal(cell(arms, i, column_of(&f, arms, &rl_word_runs_done)), "4 of 4");
            snprintf(text, sizeof text, "%.1f%% (seed %zu)",
                     100 * arm->values[RL_QUANTITY_TEST_ACCURACY][arm->worst], arm->worst + 1);
            assert_string_equal(cell(arms, i, column_of(&f, arms, &rl_word_worst_seed)), text);
        }
        assert_string_equal(cell(arms, 0, 4), "–"); /* better than itself */
        for (size_t i = 0; i < pairs->rows; i++) {
            char text[64];
            const rl_pair *pair = &group->tables[RL_QUANTITY_TEST_ACCURACY].pairs[i];
            const double points = 100 * pair->difference.mean;
            snprintf(text, sizeof text, "%s%.2f", points < 0 ? "−" : "+", fabs(points));
            assert_string_equal(cell(pairs, i, 1), text);
        }
        const rl_table *early = table_with(&f.document, &rl_word_early_loss, 4, g);
        for (size_t i = 0; i < pairs->rows; i++) {
            const double loss =
                group->tables[RL_QUANTITY_EARLY_TRAIN_LOSS].pairs[i].difference.mean;
            assert_string_equal(cell(early, i, 4), rl_format_difference(&f.words, loss, 4));
        }
    }
    end(&f);
}

/* Whatever the results: where the interval of a row leaves out zero there is a verdict, on the side
 * where it lies; else it is undecided. Three seeds have one, two have none. */
static void test_verdicts_and_intervals_agree(void **state) {
    (void)state;
    static const char *const seeds[] = {"1, 2", "1, 2, 3", "1, 2, 3, 4, 5, 6, 7, 8"};
    for (size_t i = 0; i < 3; i++) {
        fixture f;
        size_t decided = 0;
        start(&f, SYNTHETIC_REFERENCE, seeds[i], synthetic_reference, RL_LANGUAGE_ENGLISH);
        const rl_table *table;
        for (size_t t = 0; (table = table_with(&f.document, &rl_word_difference, 1, t)); t++) {
            const size_t verdict = column_of(&f, table, &rl_word_verdict);
            const size_t interval = column_of(&f, table, &rl_word_pair_interval);
            for (size_t row = 0; row < table->rows; row++) {
                const char *low = cell(table, row, interval), *high = strstr(low, " to ") + 4;
                const bool above = *low == '+', below = strncmp(high, "−", strlen("−")) == 0;
                const char *expected = i == 0  ? "too few seeds for a verdict"
                                       : above ? "better"
                                       : below ? "worse"
                                               : "undecided";
                assert_string_equal(cell(table, row, verdict), expected);
                decided += above || below;
            }
            assert_int_equal(column_of(&f, table, &rl_word_flips) != SIZE_MAX, i == 2);
        }
        assert_true(decided > 0 || i == 0);
        end(&f);
    }
}

static void test_cost(void **state) {
    (void)state;
    fixture f;
    start(&f, SYNTHETIC_REFERENCE, "1, 2", synthetic_reference, RL_LANGUAGE_ENGLISH);
    const rl_table *cost = table_with(&f.document, &rl_word_parameters, 1, 0);
    const rl_study_arm *arms = f.results->study->groups[2].arms;
    assert_non_null(cost);
    assert_int_equal(cost->rows, 3); /* with the control */
    assert_null(table_with(&f.document, &rl_word_parameters, 1, 1));
    char text[64];
    snprintf(text, sizeof text, "%.2f×", (double)arms[0].macs / (double)arms[1].macs);
    assert_string_equal(cell(cost, 1, 5), text);
    assert_string_equal(cell(cost, 1, 6), "1.25×"); /* 500 against 400 images a second */
    assert_string_equal(cell(cost, 1, 3), "256.0"); /* 128 images at 500 a second */
    assert_non_null(figure_with(&f.document, "ghost-module"));
    assert_true(has_paragraph(&f.document, "FLOPs are twice as many"));
    assert_true(has_paragraph(&f.document, "“resnet18, width 3” is a control"));
    assert_true(has_paragraph(&f.document, "activation = leaky_relu"));
    end(&f);
}

/* The report on results in which all runs have this accuracy on training images. */
static void report_trained(fixture *f, double accuracy) {
    rl_document_clear(&f->document);
    rl_claims_free(f->claims);
    rl_numbers_free(f->numbers);
    for (size_t i = 0; i < f->results->study->run_count; i++)
        f->results->records[i]->trained_accuracy = accuracy;
    assert_int_equal(rl_numbers_create(&f->numbers, f->results, NULL), RL_OK);
    assert_int_equal(rl_claims_create(&f->claims, f->numbers, NULL), RL_OK);
    rl_findings_write(&f->findings, &f->words, f->numbers, f->claims);
    rl_report_build(&f->document, f->numbers, f->claims, &f->findings);
}

/* Training images evaluated like the test images: a column where they were. */
static void test_trained_accuracy(void **state) {
    (void)state;
    fixture f;
    start(&f, SYNTHETIC_REFERENCE, "1, 2", synthetic_reference, RL_LANGUAGE_ENGLISH);
    report_trained(&f, NAN);
    const rl_table *arms = table_with(&f.document, &rl_word_test_accuracy_sample, 1, 0);
    assert_int_equal(column_of(&f, arms, &rl_word_trained_accuracy), SIZE_MAX);
    report_trained(&f, 0.875);
    arms = table_with(&f.document, &rl_word_test_accuracy_sample, 1, 0);
    const size_t column = column_of(&f, arms, &rl_word_trained_accuracy);
    assert_true(column < arms->columns);
    assert_string_equal(cell(arms, 0, column), "87.50% ± 0.00");
    end(&f);
}

static void test_runs_without_result(void **state) {
    (void)state;
    static const synthetic_arm arms[] = {{"adam", 0.8, 0.01, 0, 0.5, 0.5, 400, 4, 0},
                                         {"momentum", 0.8, 0.01, 0, 0.5, 0.5, 400, 1, 1},
                                         {NULL, 0.7, 0.01, 0.02, 0.5, 0.4, 400, 0, 0}};
    fixture f;
    start(&f, SYNTHETIC_REFERENCE, "11, 12, 13, 14", arms, RL_LANGUAGE_ENGLISH);
    const rl_table *undone = table_with(&f.document, &rl_word_state, 2, 0);
    assert_non_null(undone);
    assert_null(table_with(&f.document, &rl_word_state, 2, 1));
    assert_int_equal(undone->rows, 5); /* the run that did not begin is only counted */
    assert_string_equal(cell(undone, 0, 0), "momentum");
    assert_string_equal(cell(undone, 0, 1), "11");
    assert_string_equal(cell(undone, 0, 2), "diverged");
    assert_string_equal(cell(undone, 0, 4), "the loss is not finite at step 9");
    assert_string_equal(cell(undone, 1, 0), "adam");
    const rl_table *results = table_with(&f.document, &rl_word_test_accuracy_sample, 1, 1);
    const size_t diverged = column_of(&f, results, &rl_word_runs_diverged);
    assert_string_equal(cell(results, 2, 0), "adam");
    assert_string_equal(cell(results, 2, 1), "10.00% ± 0.00"); /* guessing */
    assert_string_equal(cell(results, 2, diverged), "4 of 4 (100%)");
    assert_string_equal(cell(results, 1, diverged), "1 of 3 (86%)");
    results = table_with(&f.document, &rl_word_test_accuracy_sample, 1, 0);
    assert_int_equal(column_of(&f, results, &rl_word_runs_diverged), SIZE_MAX);
    const rl_figure *curves = figure_with(&f.document, "optimizers-test-accuracy");
    assert_int_equal(curves->chart->series_count, 2); /* adam has no curve to draw */
    end(&f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers_are_those_measured),
        cmocka_unit_test(test_verdicts_and_intervals_agree),
        cmocka_unit_test(test_cost),
        cmocka_unit_test(test_trained_accuracy),
        cmocka_unit_test(test_runs_without_result),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
