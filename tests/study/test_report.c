/* The report on made-up results: what stands where, in both languages; numbers are those of the
 * analysis; runs without a result are said; files; memory that runs out anywhere. */
#include "study/synthetic.h"

#include "base/file.h"
#include "study/page/writers.h"
#include "study/report/parts.h"
#include "study/words/format.h"

#include <ftw.h>
#include <limits.h>
#include <stdlib.h>

typedef struct {
    rl_results *results;
    rl_numbers *numbers;
    rl_claims *claims;
    rl_words words;
    rl_findings findings;
    rl_document document;
} fixture;

static void start(fixture *f, const char *yaml, const char *seeds, const synthetic_arm *arms,
                  rl_language language) {
    *f =
        (fixture){.results = synthetic_results(yaml, seeds, arms), .words = {.language = language}};
    f->document.words = &f->words;
    assert_int_equal(rl_numbers_create(&f->numbers, f->results, NULL), RL_OK);
    assert_int_equal(rl_claims_create(&f->claims, f->numbers, NULL), RL_OK);
    rl_findings_write(&f->findings, &f->words, f->numbers, f->claims);
    rl_report_build(&f->document, f->numbers, f->claims, &f->findings);
    assert_int_equal(rl_words_status(&f->words, "words", NULL), RL_OK);
}

static void end(fixture *f) {
    rl_document_clear(&f->document);
    rl_words_clear(&f->words);
    rl_claims_free(f->claims);
    rl_numbers_free(f->numbers);
    rl_results_free(f->results);
}

/* The table number `index` whose first header is that word; NULL past the last. */
static const rl_table *table_with(const rl_document *d, const rl_word0 *header, size_t column,
                                  size_t index) {
    for (size_t i = 0; i < d->count; i++) {
        const rl_table *table = &d->blocks[i].table;
        if (d->blocks[i].kind == RL_BLOCK_TABLE && column < table->columns &&
            strcmp(table->headers[column], rl_term(d->words, header)) == 0 && index-- == 0)
            return table;
    }
    return NULL;
}

static const char *cell(const rl_table *table, size_t row, size_t column) {
    return table->cells[row * table->columns + column];
}

static bool has_paragraph(const rl_document *d, const char *part) {
    for (size_t i = 0; i < d->count; i++)
        if (d->blocks[i].kind == RL_BLOCK_PARAGRAPH && strstr(d->blocks[i].text, part))
            return true;
    return false;
}

static const rl_figure *figure_with(const rl_document *d, const char *id) {
    for (size_t i = 0; i < d->count; i++)
        if (d->blocks[i].kind == RL_BLOCK_FIGURE && strcmp(d->blocks[i].figure.id, id) == 0)
            return &d->blocks[i].figure;
    return NULL;
}

static void check_headings(const rl_document *d, const char *const *expected) {
    for (size_t i = 0; i < d->count; i++) {
        const rl_heading *heading = &d->blocks[i].heading;
        if (d->blocks[i].kind != RL_BLOCK_HEADING || heading->level != 2)
            continue;
        assert_non_null(*expected);
        char text[200];
        snprintf(text, sizeof text, "%s%s", heading->number, heading->text);
        assert_string_equal(text, *expected++);
    }
    assert_null(*expected);
}

static void test_order_of_sections(void **state) {
    (void)state;
    static const char *const english[] = {
        "Overview",        "1. Data and task", "2. Activation functions", "3. Optimizers",
        "4. Ghost Module", "5. Conclusions",   "6. How to repeat it",     NULL};
    static const char *const chinese[] = {
        "概要",          "1　数据与任务", "2　激活函数", "3　优化器",
        "4　Ghost 模块", "5　结论",       "6　如何复现", NULL};
    fixture f;
    start(&f, SYNTHETIC_REFERENCE, "1, 2", synthetic_reference, RL_LANGUAGE_ENGLISH);
    check_headings(&f.document, english);
    end(&f);
    start(&f, SYNTHETIC_REFERENCE, "1, 2", synthetic_reference, RL_LANGUAGE_CHINESE);
    check_headings(&f.document, chinese);
    end(&f);
}

/* Groups come in the order of the file; two of a kind are told apart by name; names that are equal
 * as ids are told apart, too. */
static void test_groups_of_all_kinds(void **state) {
    (void)state;
    static const char yaml[] = "name: n\n"
                               "settings: {data: shapes, width: 4, epochs: 4}\n"
                               "seeds: [1]\n"
                               "groups:\n"
                               "  Data: {vary: {lr: [0.1, 0.2]}}\n"
                               "  a b: {vary: {optimizer: [sgd, adam]}}\n"
                               "  a-b: {vary: {optimizer: [adamw, momentum]}}\n"
                               "  <>: {vary: {activation: [relu, gelu]}}\n";
    static const char *const expected[] = {
        "Overview",           "1. Data and task",    "2. Group Data",
        "3. Optimizers: a b", "4. Optimizers: a-b",  "5. Activation functions",
        "6. Conclusions",     "7. How to repeat it", NULL};
    fixture f;
    start(&f, yaml, "", synthetic_reference, RL_LANGUAGE_ENGLISH);
    check_headings(&f.document, expected);
    for (size_t i = 0; i < f.document.count; i++)
        for (size_t j = 0; j < i; j++) {
            const rl_block *a = &f.document.blocks[i], *b = &f.document.blocks[j];
            if (a->kind == RL_BLOCK_HEADING && b->kind == RL_BLOCK_HEADING && *a->heading.id)
                assert_string_not_equal(a->heading.id, b->heading.id);
            if (a->kind == RL_BLOCK_FIGURE && b->kind == RL_BLOCK_FIGURE)
                assert_string_not_equal(a->figure.id, b->figure.id);
        }
    end(&f);
}

/* The column of a table with that header; SIZE_MAX where there is none. */
static size_t column_of(const fixture *f, const rl_table *table, const rl_word0 *header) {
    for (size_t i = 0; i < table->columns; i++)
        if (strcmp(table->headers[i], rl_term(&f->words, header)) == 0)
            return i;
    return SIZE_MAX;
}

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

/* Claims stand in the conclusions with what became of them; without any, that is said. */
static void test_claims(void **state) {
    (void)state;
    static const char yaml[] =
        "name: n\n"
        "settings: {data: shapes, width: 4, epochs: 12}\n"
        "seeds: [1, 2, 3, 4]\n"
        "groups: {g: {vary: {activation: [sigmoid, relu]}, target: 60}}\n"
        "claims: [{group: g, better: relu, than: sigmoid, text: Bent is better.}]\n";
    fixture f;
    start(&f, yaml, "", synthetic_reference, RL_LANGUAGE_ENGLISH);
    size_t claims = 0;
    for (size_t i = 0; i < f.document.count; i++) {
        const rl_claim *claim = &f.document.blocks[i].claim;
        if (f.document.blocks[i].kind != RL_BLOCK_CLAIM)
            continue;
        claims++;
        assert_string_equal(claim->claim, "Bent is better.");
        assert_string_equal(claim->outcome, "supported here");
        assert_string_equal(claim->kind, "supported");
    }
    assert_int_equal(claims, 1);
    assert_false(has_paragraph(&f.document, "Nothing was declared"));
    assert_true(has_paragraph(&f.document, "What the study claims, and what became of it."));
    const rl_table *pairs = table_with(&f.document, &rl_word_difference, 1, 0);
    assert_string_equal(cell(pairs, 0, column_of(&f, pairs, &rl_word_verdict)),
                        "described only: the claims are judged");
    assert_non_null(table_with(&f.document, &rl_word_runs_reaching, 1, 0));
    assert_true(has_paragraph(&f.document, "The declared target is a test accuracy of 60.0%."));
    end(&f);
    start(&f, SYNTHETIC_REFERENCE, "1, 2", synthetic_reference, RL_LANGUAGE_ENGLISH);
    assert_true(has_paragraph(&f.document, "Nothing was declared before the runs"));
    assert_false(has_paragraph(&f.document, "What the study claims"));
    assert_null(table_with(&f.document, &rl_word_runs_reaching, 1, 0));
    end(&f);
}

/* The figure shows what the kernels compute: ReLU's kink at zero, Sigmoid's slope of 1/4. */
static void test_activation_figures(void **state) {
    (void)state;
    fixture f;
    start(&f, SYNTHETIC_REFERENCE, "1", synthetic_reference, RL_LANGUAGE_ENGLISH);
    const rl_chart *function = figure_with(&f.document, "activations-function")->chart;
    const rl_chart *derivative = figure_with(&f.document, "activations-derivative")->chart;
    assert_int_equal(function->series_count, 4);
    const size_t middle = function->series[0].count / 2;
    assert_true(function->series[0].x[middle] == 0);
    assert_true(fabs(function->series[0].y[middle] - 0.5) < 1e-6);
    assert_true(fabs(derivative->series[0].y[middle] - 0.25) < 1e-6);
    assert_true(derivative->series[1].y[middle] == 0 && derivative->series[1].y[middle + 1] == 1);
    for (size_t s = 0; s < 4; s++) /* the slope of the function between points is the derivative */
        for (size_t i = 1; i + 1 < function->series[s].count; i++) {
            const double *x = function->series[s].x, *y = function->series[s].y;
            const double slope = (y[i + 1] - y[i - 1]) / (x[i + 1] - x[i - 1]);
            if (i != middle)
                assert_true(fabs(slope - derivative->series[s].y[i]) < 2e-4);
        }
    end(&f);
}

static int remove_entry(const char *path, const struct stat *info, int type, struct FTW *walk) {
    (void)info, (void)type, (void)walk;
    return remove(path);
}

static void test_files(void **state) {
    (void)state;
    char folder[] = "/tmp/reslab-report-XXXXXX", path[PATH_MAX];
    assert_non_null(mkdtemp(folder));
    fixture f;
    start(&f, SYNTHETIC_REFERENCE, "1, 2", synthetic_reference, RL_LANGUAGE_CHINESE);
    const rl_report_options options = {.language = RL_LANGUAGE_CHINESE, .markdown = true};
    assert_int_equal(rl_report_files(&f.document, folder, &options, NULL), RL_OK);
    for (size_t i = 0; i < f.document.count; i++) {
        if (f.document.blocks[i].kind != RL_BLOCK_FIGURE)
            continue;
        const char *const endings[] = {"svg", "png"};
        for (size_t e = 0; e < 2; e++) {
            snprintf(path, sizeof path, "%s/figures/%s.%s", folder, f.document.blocks[i].figure.id,
                     endings[e]);
            assert_true(rl_file_exists(path));
        }
    }
    snprintf(path, sizeof path, "%s/report.md", folder);
    assert_true(rl_file_exists(path));
    snprintf(path, sizeof path, "%s/report.html", folder);
    assert_false(rl_file_exists(path));

    rl_error error;
    snprintf(path, sizeof path, "%s/report.md", folder); /* a file where a folder should be */
    assert_int_equal(rl_report_files(&f.document, path, &options, &error), RL_ERROR_IO);
    assert_non_null(strstr(error.message, "report.md/figures"));
    end(&f);
    nftw(folder, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

static void test_nothing_to_report(void **state) {
    (void)state;
    rl_error error;
    const rl_report_options options = {.html = true};
    assert_int_equal(rl_report_write("/nonexistent/study", &options, &error), RL_ERROR_IO);
    assert_non_null(strstr(error.message, "/nonexistent/study"));
}

/* Every allocation of building and writing fails once; what was built before is kept out of it. */
static void test_each_allocation_failing(void **state) {
    (void)state;
    fixture f;
    start(&f, SYNTHETIC_REFERENCE, "1, 2", synthetic_reference, RL_LANGUAGE_ENGLISH);
    rl_status status = RL_ERROR_MEMORY;
    long n;
    for (n = 0; status != RL_OK; n++) {
        rl_words words = {.language = RL_LANGUAGE_ENGLISH};
        rl_document d = {.words = &words};
        rl_memory_fail_after(n);
        rl_report_build(&d, f.numbers, f.claims, &f.findings);
        rl_memory_fail_after(-1);
        status = rl_words_status(&words, "words", NULL);
        assert_true(status == RL_OK || status == RL_ERROR_MEMORY);
        rl_document_clear(&d);
        rl_words_clear(&words);
    }
    assert_true(n > 500);
    end(&f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order_of_sections),
        cmocka_unit_test(test_groups_of_all_kinds),
        cmocka_unit_test(test_numbers_are_those_measured),
        cmocka_unit_test(test_verdicts_and_intervals_agree),
        cmocka_unit_test(test_cost),
        cmocka_unit_test(test_trained_accuracy),
        cmocka_unit_test(test_runs_without_result),
        cmocka_unit_test(test_claims),
        cmocka_unit_test(test_activation_figures),
        cmocka_unit_test(test_files),
        cmocka_unit_test(test_nothing_to_report),
        cmocka_unit_test(test_each_allocation_failing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
