/* The plain cross-entropy that a run records beside what it lowers: what it is with label smoothing
 * and mixup, what each objective is called, and whose can be compared. */
#include "run/objective.h"

#include "run/event_files.h"
#include "run/metrics.h"

#include <math.h>

typedef const char *setting[2];

static void train(const char *out, const setting *changes, size_t count) {
    rl_config *config = tiny_config(out);
    for (size_t i = 0; i < count; i++)
        set(config, changes[i][0], changes[i][1]);
    rl_error error;
    if (rl_train(config, shapes(), NULL, NULL, NULL, &error) != RL_OK)
        fail_msg("%s", error.message);
    rl_config_free(config);
}

/* Field `column` of row `row` of steps.csv, as text. */
static void step_field(char text[40], const char *out, size_t row, size_t column) {
    char *table = text_of(out, "steps.csv"), *at = table;
    for (size_t i = 0; i < row; i++)
        at = strchr(at, '\n') + 1;
    for (size_t i = 0; i < column; i++)
        at = strchr(at, ',') + 1;
    snprintf(text, 40, "%.*s", (int)strcspn(at, ",\n"), at);
    rl_free(table);
}

enum { LOSS = 1, CROSS_ENTROPY = 4 };

/* In the first step the weights are those of a run without smoothing: so is the cross-entropy, to
 * the bit, on images blended by mixup too. */
static void smoothing_is_left_out(void **state) {
    (void)state;
    static const char *const mixups[] = {"0", "0.5"};
    for (size_t i = 0; i < 2; i++) {
        const setting changes[] = {{"mixup", mixups[i]}, {"label-smoothing", "0.2"}};
        char folder[TEST_PATH], plain[TEST_PATH], smooth[TEST_PATH], a[40], b[40], c[40];
        make_scratch(folder);
        train(in_folder(plain, folder, "plain"), changes, 1);
        train(in_folder(smooth, folder, "smooth"), changes, 2);
        step_field(a, plain, 1, LOSS);
        step_field(b, smooth, 1, CROSS_ENTROPY);
        step_field(c, smooth, 1, LOSS);
        assert_string_equal(a, b);
        assert_string_not_equal(a, c);
        step_field(b, plain, 1, CROSS_ENTROPY);
        assert_string_equal(a, b);
        remove_scratch(folder);
    }
}

static void assert_in_events(const char *out, const char *tag, uint64_t step, double value) {
    event_log log = read_events(out);
    size_t found = 0;
    for (size_t i = 0; i < log.count; i++)
        if (strcmp(log.points[i].tag, tag) == 0 && log.points[i].step == step) {
            assert_true(log.points[i].value == (float)value);
            found++;
        }
    assert_int_equal(found, 1);
    free(log.points);
}

/* The epoch's figure is the mean over its images; table, summary and TensorBoard's file agree. */
static void the_epoch_has_the_mean(void **state) {
    (void)state;
    const setting changes[] = {{"label-smoothing", "0.2"}, {"epochs", "1"}};
    char folder[TEST_PATH], out[TEST_PATH], path[TEST_PATH], text[128];
    make_scratch(folder);
    train(in_folder(out, folder, "run"), changes, 2);
    double sum = 0;
    for (size_t row = 1; row <= 5; row++) {
        step_field(text, out, row, CROSS_ENTROPY);
        sum += strtod(text, NULL) * (row < 5 ? 16 : 8); /* of 72 images */
    }
    rl_epoch_row *rows;
    size_t count;
    assert_int_equal(rl_metrics_read(in_folder(path, out, "metrics.csv"), &rows, &count, NULL),
                     RL_OK);
    assert_true(fabs(rows[0].train_cross_entropy - sum / 72) < 1e-12);
    assert_true(rows[0].train_cross_entropy != rows[0].train_loss);
    assert_in_events(out, "epoch/train_cross_entropy", 5, rows[0].train_cross_entropy);
    step_field(text, out, 5, CROSS_ENTROPY);
    assert_in_events(out, "step/cross_entropy", 5, strtod(text, NULL));
    char *summary = text_of(out, "summary.json");
    assert_non_null(strstr(summary, "\"objective\": \"cross-entropy, label smoothing 0.2\""));
    snprintf(text, sizeof text, "\"train_cross_entropy\": %.6f", rows[0].train_cross_entropy);
    text[strlen(text) - 1] = '\0'; /* the last digit is rounded */
    assert_non_null(strstr(summary, text));
    rl_free(summary);
    rl_free(rows);
    remove_scratch(folder);
}

static rl_config *config_of(const setting *changes) {
    rl_config *config = rl_config_create();
    for (; (*changes)[0]; changes++)
        set(config, (*changes)[0], (*changes)[1]);
    return config;
}

static void objectives_have_names(void **state) {
    (void)state;
    static const struct {
        setting changes[3];
        const char *name;
        bool plain;
    } cases[] = {
        {{{0}}, "cross-entropy", true},
        {{{"mixup", "0.2"}}, "cross-entropy, mixup 0.2", true},
        {{{"label-smoothing", "0.1"}}, "cross-entropy, label smoothing 0.1", false},
        {{{"label-smoothing", "0.1"}, {"mixup", "1"}},
         "cross-entropy, mixup 1, label smoothing 0.1",
         false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[100];
        rl_config *config = config_of(cases[i].changes);
        rl_objective(config, text, sizeof text);
        assert_string_equal(text, cases[i].name);
        assert_int_equal(rl_objective_is_plain(config), cases[i].plain);
        rl_objective(config, text, 6);
        assert_string_equal(text, "cross");
        rl_config_free(config);
    }
}

static void altered_images_are_others(void **state) {
    (void)state;
    static const struct {
        setting changes[2];
        bool same;
    } cases[] = {
        {{{0}}, true},
        {{{"label-smoothing", "0.1"}}, true},
        {{{"lr", "1"}}, true},
        {{{"batch-size", "7"}}, true},
        {{{"seed", "9"}}, true},
        {{{"normalize", "none"}}, true},
        {{{"limit-test", "9"}}, true},
        {{{"shuffle", "false"}}, true},
        {{{"augment", "false"}}, false},
        {{{"crop", "resized"}}, false},
        {{{"crop-pad", "2"}}, false},
        {{{"flip", "none"}}, false},
        {{{"cutout", "8"}}, false},
        {{{"random-erasing", "0.5"}}, false},
        {{{"mixup", "0.2"}}, false},
        {{{"limit-train", "9"}}, false},
        {{{"labels", "coarse"}}, false},
        {{{"data", "elsewhere"}}, false},
        {{{"recipe", "strong"}}, false},
    };
    rl_config *plain = rl_config_create();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        rl_config *config = config_of(cases[i].changes);
        assert_int_equal(rl_same_training_images(plain, config), cases[i].same);
        assert_int_equal(rl_same_training_images(config, plain), cases[i].same);
        rl_config_free(config);
    }
    rl_config_free(plain);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(smoothing_is_left_out),
        cmocka_unit_test(the_epoch_has_the_mean),
        cmocka_unit_test(objectives_have_names),
        cmocka_unit_test(altered_images_are_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
