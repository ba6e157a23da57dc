/* The report on made-up results: what stands where, in both languages; claims; figures; files;
 * memory that runs out anywhere. */
#include "study/reported.h"

#include "base/file.h"
#include "study/page/writers.h"

#include <ftw.h>
#include <limits.h>
#include <stdlib.h>

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

/* 1000 images in batches of 128: 104 are left over. */
static void test_left_over_images(void **state) {
    (void)state;
    static const char yaml[] = "name: n\n"
                               "settings: {data: shapes, width: 4, epochs: 4, last_batch: %s}\n"
                               "seeds: [1]\n"
                               "groups: {g: {vary: {activation: [sigmoid, relu]}}}\n";
    static const char *const said[] = {
        "the images that fill no whole batch (here 104) are left out",
        "The last batch of each epoch is of size 104 only"};
    for (size_t i = 0; i < 2; i++) {
        fixture f;
        start(&f, yaml, i == 0 ? "drop" : "keep", synthetic_reference, RL_LANGUAGE_ENGLISH);
        assert_true(has_paragraph(&f.document, said[i]));
        assert_false(has_paragraph(&f.document, said[1 - i]));
        end(&f);
    }
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
        cmocka_unit_test(test_claims),
        cmocka_unit_test(test_left_over_images),
        cmocka_unit_test(test_activation_figures),
        cmocka_unit_test(test_files),
        cmocka_unit_test(test_nothing_to_report),
        cmocka_unit_test(test_each_allocation_failing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
