/* Groups that are a grid of two options, and groups of named arms: in words and as a table. */
#include "study/report/parts.h"
#include "study/said.h"

#define GRID                                                                                       \
    "name: grid\n"                                                                                 \
    "settings: {data: shapes, width: 4, epochs: 4}\n"                                              \
    "seeds: [%s]\n"                                                                                \
    "groups:\n"                                                                                    \
    "  grid: {vary: {optimizer: [sgd, adam], lr: [0.1, 0.01]}}\n"                                  \
    "  one: {vary: {activation: [relu, gelu]}}\n"                                                  \
    "  named: {arms: {slow: {optimizer: sgd, lr: 0.02}, fast: {optimizer: adam, lr: 0.03}},\n"     \
    "          labels: {slow: Slow}, labels_zh: {slow: 慢}, title: By name, title_zh: 按名称}\n"

/* Accuracies of the four arms, the same for every seed but for a little. */
static fixture grid(const char *seeds, const double means[4], double spread) {
    fixture f = study_of(GRID, seeds, synthetic_reference);
    for (size_t a = 0; a < 4; a++)
        for (size_t s = 0; s < f.results->study->seed_count; s++)
            record_of(&f, 0, a, s)->epochs[3].test_accuracy =
                means[a] + spread * ((double)((s * 7 + a * 3) % 5) - 2);
    write_again(&f);
    return f;
}

static const double crossed[] = {0.8, 0.5, 0.6, 0.7}, parallel[] = {0.8, 0.7, 0.6, 0.5};

static void margins_are_means_over_the_other_option(void **state) {
    (void)state;
    const fixture f = grid(FOUR_SEEDS, crossed, 0);
    assert_both(&f, 0, true,
                "Averaged over lr, the mean test accuracies for each optimizer are: sgd 65.0% and "
                "adam 65.0%.",
                "对 lr 取平均，各 optimizer 的平均测试准确率为：sgd 65.0% 和 adam 65.0%。");
    assert_both(&f, 0, true, "for each lr are: 0.1 70.0% and 0.01 60.0%.",
                "各 lr 的平均测试准确率为：0.1 70.0% 和 0.01 60.0%。");
    assert_both(&f, 1, false, "Averaged over", "取平均");
    assert_both(&f, 2, false, "Averaged over", "取平均");
    end(f);
}

/* From sgd to adam the step from 0.1 to 0.01 changes by 40 points, or by none. */
static void interactions_are_judged_by_their_interval(void **state) {
    (void)state;
    const char *const together = "from lr=0.1 to lr=0.01 the difference of optimizer=sgd and "
                                 "optimizer=adam changes by −40.0 points, 95% interval −4";
    const fixture f = grid(FOUR_SEEDS, crossed, 0.005);
    assert_both(&f, 0, true, "The options act together", "两个选项共同起作用");
    assert_both(&f, 0, true, together, "optimizer=sgd 与 optimizer=adam 之差改变 −40.0 个百分点");
    const fixture none = grid(FOUR_SEEDS, parallel, 0.01);
    assert_both(&none, 0, true, "depends on the other is undecided", "是否取决于另一个，未定");
    assert_both(&none, 0, false, "act together", "共同起作用");
    const fixture few = grid(TWO_SEEDS, crossed, 0.005);
    assert_both(&few, 0, false, "act together", "共同起作用");
    assert_both(&few, 0, false, "depends on the other", "是否取决于另一个");
    assert_both(&f, 1, false, "act together", "共同起作用");
    end(few);
    end(none);
    end(f);
}

static const rl_table *find_table(const rl_document *d, const char *caption) {
    for (size_t i = 0; i < d->count; i++)
        if (d->blocks[i].kind == RL_BLOCK_TABLE && strstr(d->blocks[i].table.caption, caption))
            return &d->blocks[i].table;
    return NULL;
}

static bool has_heading(const rl_document *d, const char *text) {
    for (size_t i = 0; i < d->count; i++)
        if (d->blocks[i].kind == RL_BLOCK_HEADING && strcmp(d->blocks[i].heading.text, text) == 0)
            return true;
    return false;
}

static void the_report_shows_the_grid(void **state) {
    (void)state;
    static const char *const cells[] = {"sgd",  "80.0% ± 0.0", "50.0% ± 0.0", "65.0%",
                                        "adam", "60.0% ± 0.0", "70.0% ± 0.0", "65.0%",
                                        "Mean", "70.0%",       "60.0%",       "65.0%"};
    fixture f = grid(FOUR_SEEDS, crossed, 0);
    for (int language = 0; language < RL_LANGUAGES; language++) {
        rl_document d = {.words = &f.words[language]};
        const bool english = language == RL_LANGUAGE_ENGLISH;
        rl_report_build(&d, f.numbers, f.claims, english ? &f.english : &f.chinese);
        const rl_table *table = find_table(&d, english ? "(rows) and lr (columns)" : "列为 lr");
        assert_non_null(table);
        assert_int_equal(table->columns, 4);
        assert_int_equal(table->rows, 3);
        assert_string_equal(table->headers[1], "0.1");
        for (size_t i = 0; i < 12 && english; i++)
            assert_string_equal(table->cells[i], cells[i]);
        size_t formulas = 0; /* of the activations and of the named optimizers, not of the grid */
        for (size_t i = 0; i < d.count; i++)
            formulas += d.blocks[i].kind == RL_BLOCK_FORMULAS;
        assert_int_equal(formulas, 2);
        assert_true(has_heading(&d, english ? "By name" : "按名称"));
        assert_true(has_heading(&d, english ? "Group grid" : "组 grid"));
        rl_document_clear(&d);
    }
    assert_both(&f, 2, true, "Slow ", "慢 ");
    end(f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(margins_are_means_over_the_other_option),
        cmocka_unit_test(interactions_are_judged_by_their_interval),
        cmocka_unit_test(the_report_shows_the_grid),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
