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
    rl_analysis *analysis;
    rl_words words;
    rl_findings findings;
    rl_document document;
} fixture;

static void start(fixture *f, const char *yaml, const char *seeds, const synthetic_arm *arms,
                  rl_language language) {
    *f =
        (fixture){.results = synthetic_results(yaml, seeds, arms), .words = {.language = language}};
    f->document.words = &f->words;
    assert_int_equal(rl_analysis_create(&f->analysis, f->results, NULL), RL_OK);
    rl_findings_write(&f->findings, &f->words, f->analysis);
    rl_report_build(&f->document, f->analysis, &f->findings);
    assert_int_equal(rl_words_status(&f->words, "words", NULL), RL_OK);
}

static void end(fixture *f) {
    rl_document_clear(&f->document);
    rl_words_clear(&f->words);
    rl_analysis_free(f->analysis);
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

/* Groups come by what they are about, whatever the order of the file; two of a kind are told apart
 * by name; names that are equal as ids are told apart, too. */
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
        "Overview",           "1. Data and task",    "2. Activation functions",
        "3. Optimizers: a b", "4. Optimizers: a-b",  "5. Group Data",
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

static void test_numbers_are_those_of_the_analysis(void **state) {
    (void)state;
    fixture f;
    start(&f, SYNTHETIC_REFERENCE, "1, 2, 3, 4", synthetic_reference, RL_LANGUAGE_ENGLISH);
    for (size_t g = 0; g < f.results->study->group_count; g++) {
        const rl_group_analysis *group = &f.analysis->groups[g];
        const rl_table *arms = table_with(&f.document, &rl_word_test_accuracy_sample, 1, g);
        const rl_table *pairs = table_with(&f.document, &rl_word_difference_points, 1, g);
        assert_int_equal(arms->rows, group->group->arm_count);
        assert_int_equal(pairs->rows, group->comparison_count);
        for (size_t i = 0; i < arms->rows; i++) {
            char text[64];
            const rl_sample *accuracy = &group->arms[i].accuracy;
            snprintf(text, sizeof text, "%.2f%% ± %.2f", 100 * accuracy->mean,
                     100 * accuracy->deviation);
            assert_string_equal(cell(arms, i, 0), group->group->arms[i].label);
            assert_string_equal(cell(arms, i, 1), text);
            assert_string_equal(cell(arms, i, 5), "4 of 4");
        }
        for (size_t i = 0; i < pairs->rows; i++) {
            char text[64];
            const double points = 100 * group->accuracy[i].difference.mean;
            snprintf(text, sizeof text, "%s%.2f", points < 0 ? "−" : "+", fabs(points));
            assert_string_equal(cell(pairs, i, 1), text);
            assert_string_equal(cell(pairs, i, 4),
                                rl_format_p(&f.words, group->accuracy[i].p_holm));
        }
    }
    end(&f);
}

static void test_cost_of_ghost(void **state) {
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
    assert_string_equal(cell(results, 2, 0), "adam");
    assert_string_equal(cell(results, 2, 1), "–");
    assert_int_equal(results->columns, 7);
    assert_string_equal(cell(results, 2, 6), "4");
    assert_int_equal(table_with(&f.document, &rl_word_test_accuracy_sample, 1, 0)->columns, 6);
    const rl_figure *curves = figure_with(&f.document, "optimizers-test-accuracy");
    assert_int_equal(curves->chart->series_count, 2); /* adam has no curve to draw */
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
        rl_report_build(&d, f.analysis, &f.findings);
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
        cmocka_unit_test(test_numbers_are_those_of_the_analysis),
        cmocka_unit_test(test_cost_of_ghost),
        cmocka_unit_test(test_runs_without_result),
        cmocka_unit_test(test_activation_figures),
        cmocka_unit_test(test_files),
        cmocka_unit_test(test_nothing_to_report),
        cmocka_unit_test(test_each_allocation_failing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
