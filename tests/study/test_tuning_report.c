/* A tuned study in words and in the report, from a tuning.json as `study run` writes it. */
#include "study/reported.h"

#include "study/work/sealed.h"
#include "study/work/tune.h"

#include <stdlib.h>
#include <unistd.h>

#define TUNED                                                                                      \
    "name: tuned\n"                                                                                \
    "settings: {data: shapes, width: 4, epochs: 4}\n"                                              \
    "seeds: [1, 2, 3]\n"                                                                           \
    "groups: {optimizers: {vary: {optimizer: [sgd, adam]}}}\n"                                     \
    "tuning: {option: lr, grid: {from: 0.01, to: 1, per_decade: 1}, extend: 2, validation: 0.1,\n" \
    "         seeds: [1001, 1002], confirm_on: rest}\n"

static json_t *point(const char *value, double score, int diverged) {
    return json_pack("{s:[s], s:f, s:i}", "values", value, "score", score, "diverged", diverged);
}

/* sgd is best in the middle, adam at the lower edge, beyond which it got a value. */
static void write_tuning(const char *folder) {
    char path[256];
    json_t *sgd = json_pack("{s:s, s:s, s:[s], s:b, s:[o, o, o], s:i, s:i, s:f}", "group",
                            "optimizers", "arm", "sgd", "choice", "0.1", "tuned", 1, "points",
                            point("0.01", 0.7, 0), point("0.1", 0.75, 0), point("1", 0.745, 1),
                            "runs", 6, "epochs", 23, "macs", 2.5e12);
    json_t *adam = json_pack("{s:s, s:s, s:[s], s:b, s:[o, o, o, o], s:i, s:i, s:f}", "group",
                             "optimizers", "arm", "adam", "choice", "0.001", "tuned", 0, "points",
                             point("0.001", 0.8, 0), point("0.01", 0.6, 0), point("0.1", 0.5, 0),
                             point("1", 0.1, 2), "runs", 8, "epochs", 30, "macs", 4e12);
    snprintf(path, sizeof path, "%s/%s", folder, RL_TUNING_FILE);
    assert_int_equal(rl_sealed_write(json_pack("{s:[o, o]}", "arms", sgd, adam), path, NULL),
                     RL_OK);
}

/* A report from a study's folder in which the tuning has been done. */
static void tuned_report(fixture *f, rl_language language) {
    static const synthetic_arm arms[] = {{"adam", 0.8, 0.004, 0, 0.4, 0.4, 400, 0, 0},
                                         {NULL, 0.5, 0.004, 0, 0.4, 0.4, 400, 0, 0}};
    char folder[] = "/tmp/reslab-tuned-XXXXXX", path[64];
    assert_non_null(mkdtemp(folder));
    write_tuning(folder);
    start(f, TUNED, "", arms, language);
    rl_document_clear(&f->document);
    rl_free(f->results->directory);
    f->results->directory = rl_strdup(folder);
    f->results->study->groups[0].arms[1].untuned = true;
    rl_report_build(&f->document, f->numbers, f->claims, &f->findings);
    assert_int_equal(rl_words_status(&f->words, "words", NULL), RL_OK);
    snprintf(path, sizeof path, "%s/%s", folder, RL_TUNING_FILE);
    unlink(path);
    rmdir(folder);
}

static void choices_and_costs_are_shown(void **state) {
    (void)state;
    static const char *const choices[] = {"sgd",  "0.1",   "75.0%", "3", "0.1 and 1", "1",
                                          "adam", "0.001", "80.0%", "4", "0.001",     "2"};
    fixture f;
    tuned_report(&f, RL_LANGUAGE_ENGLISH);
    const rl_table *table = table_with(&f.document, &rl_word_tuning_chosen, 1, 0);
    assert_non_null(table);
    assert_int_equal(table->rows * table->columns, 12);
    for (size_t i = 0; i < 12; i++)
        assert_string_equal(table->cells[i], choices[i]);
    const rl_table *budget = table_with(&f.document, &rl_word_tuning_runs, 1, 0);
    assert_string_equal(cell(budget, 0, 1), "6");
    assert_string_equal(cell(budget, 1, 2), "30");
    assert_string_equal(cell(budget, 0, 3), "2.50 T");
    assert_string_equal(cell(budget, 0, 4), "3");
    assert_true(has_paragraph(&f.document, "lr was chosen for each arm from 3 values, each with 2 "
                                           "seeds"));
    assert_true(has_paragraph(&f.document, "that of 10.0% of the training images, held out"));
    assert_true(has_paragraph(&f.document, "the next one beyond it, 2 times at most"));
    assert_true(has_paragraph(&f.document, "stayed at the edge of what was tried: adam."));
    end(&f);
    start(&f, SYNTHETIC_REFERENCE, "1, 2", synthetic_reference, RL_LANGUAGE_ENGLISH);
    assert_null(table_with(&f.document, &rl_word_tuning_chosen, 1, 0));
    end(&f);
}

/* Accuracy over rate, with the choice ringed and the rates said at which runs diverged. */
static void curves_have_the_choice(void **state) {
    (void)state;
    fixture f;
    tuned_report(&f, RL_LANGUAGE_CHINESE);
    const rl_figure *figure = figure_with(&f.document, "optimizers-tuning");
    assert_non_null(figure);
    const rl_chart *chart = figure->chart;
    assert_true(chart->log_x && chart->series_count == 2);
    assert_int_equal(chart->series[1].count, 4);
    assert_true(chart->series[0].marked[1] && !chart->series[0].marked[0]);
    assert_true(chart->series[1].marked[0] && chart->series[1].x[0] == 0.001);
    assert_true(chart->series[1].y[3] == 0.1);
    assert_non_null(strstr(figure->caption, "有运行发散：sgd（1）、adam（1）。"));
    end(&f);
}

static void verdicts_are_at_tuned_settings(void **state) {
    (void)state;
    static const char *const here[] = {
        [RL_LANGUAGE_ENGLISH] = "Here, with lr tuned for each arm and over 3 seeds, adam is better",
        [RL_LANGUAGE_CHINESE] = "在此（lr 为各设置分别调优，3 个随机种子），adam 优于 sgd"};
    for (int language = 0; language < RL_LANGUAGES; language++) {
        fixture f;
        tuned_report(&f, (rl_language)language);
        assert_true(has_paragraph(&f.document, here[language]));
        assert_false(has_paragraph(&f.document, "one learning rate"));
        assert_false(has_paragraph(&f.document, "同一个学习率"));
        end(&f);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(choices_and_costs_are_shown),
        cmocka_unit_test(curves_have_the_choice),
        cmocka_unit_test(verdicts_are_at_tuned_settings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
