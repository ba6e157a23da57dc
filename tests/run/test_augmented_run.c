/* Augmentation in whole runs: each option reaches the training images; a run with all of them is
 * the same for any number of threads and across interruptions, in the middle of an epoch too; and
 * what would have no effect is refused. */
#include "run/runs.h"

#include "run/config.h"

static const char *const settings[][2] = {
    {"crop", "reflect"},       {"crop", "resized"}, {"crop", "none"}, {"crop-pad", "2"},
    {"flip", "alternating"},   {"flip", "none"},    {"cutout", "8"},  {"mixup", "0.5"},
    {"random-erasing", "0.5"}, {"augment", "false"}};
enum { SETTINGS = sizeof settings / sizeof *settings };

/* Trains with the settings, ended by a NULL name; observed or not. */
static rl_status train(const char *out, const rl_dataset *dataset, const char *const (*changes)[2],
                       rl_progress_function *observer, void *context) {
    rl_config *config = tiny_config(out);
    for (; (*changes)[0]; changes++)
        set(config, (*changes)[0], (*changes)[1]);
    const rl_status status = rl_train(config, dataset, observer, context, NULL, NULL);
    rl_config_free(config);
    return status;
}

/* The built-in images, said to allow flips as photographs do. */
static const rl_dataset *flippable(void) {
    static rl_dataset dataset;
    dataset = *shapes();
    dataset.flip_keeps_label = true;
    return &dataset;
}

static void each_option_changes_the_run(void **state) {
    (void)state;
    char folder[TEST_PATH], out[TEST_PATH], *losses[SETTINGS + 1];
    make_scratch(folder);
    for (size_t i = 0; i <= SETTINGS; i++) {
        char name[16];
        snprintf(name, sizeof name, "run%zu", i);
        const char *const changes[][2] = {
            {"epochs", "1"},
            {i < SETTINGS ? settings[i][0] : NULL, settings[i % SETTINGS][1]},
            {0}};
        assert_int_equal(train(in_folder(out, folder, name), flippable(), changes, NULL, NULL),
                         RL_OK);
        losses[i] = text_of(out, "steps.csv");
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(losses[i], losses[j]);
    }
    for (size_t i = 0; i <= SETTINGS; i++)
        rl_free(losses[i]);
    remove_scratch(folder);
}

/* No crop and no flip is no augmentation, bit for bit. */
static void nothing_chosen_is_nothing_done(void **state) {
    (void)state;
    static const char *const off[][2] = {{"augment", "false"}, {0}};
    static const char *const none[][2] = {{"crop", "none"}, {"flip", "none"}, {0}};
    char folder[TEST_PATH], a[TEST_PATH], b[TEST_PATH], x[TEST_PATH], y[TEST_PATH];
    make_scratch(folder);
    assert_int_equal(train(in_folder(a, folder, "a"), flippable(), off, NULL, NULL), RL_OK);
    assert_int_equal(train(in_folder(b, folder, "b"), flippable(), none, NULL, NULL), RL_OK);
    assert_same_file(in_folder(x, a, "steps.csv"), in_folder(y, b, "steps.csv"));
    remove_scratch(folder);
}

static bool stop_at(const rl_progress *progress, void *context) {
    return progress->event != RL_EVENT_STEP || progress->total_step != *(uint64_t *)context;
}

static void resumed_runs_end_the_same(void **state) {
    (void)state;
    static const char *const threads[] = {"1", "2", "3"};
    char folder[TEST_PATH], whole[TEST_PATH], part[TEST_PATH], x[TEST_PATH], y[TEST_PATH];
    make_scratch(folder);
    for (uint64_t stop = 0; stop < 10; stop += 3) { /* at 0 not at all: the whole run */
        char name[32];
        snprintf(name, sizeof name, "stop%d", (int)stop);
        in_folder(stop ? part : whole, folder, name);
        const char *const all[][2] = {{"threads", threads[stop / 3 % 3]},
                                      {"crop", "resized"},
                                      {"flip", "alternating"},
                                      {"cutout", "8"},
                                      {"random-erasing", "0.5"},
                                      {"mixup", "0.4"},
                                      {"label-smoothing", "0.1"},
                                      {0}};
        assert_int_equal(train(stop ? part : whole, flippable(), all, stop_at, &stop),
                         stop ? RL_STOPPED : RL_OK);
        if (stop == 0)
            continue;
        assert_int_equal(rl_resume(part, flippable(), 2, NULL, NULL, NULL, NULL), RL_OK);
        static const char *const files[] = {"checkpoint.safetensors", "steps.csv"};
        for (size_t i = 0; i < 2; i++)
            assert_same_file(in_folder(x, whole, files[i]), in_folder(y, part, files[i]));
    }
    remove_scratch(folder);
}

static void settings_without_effect_are_refused(void **state) {
    (void)state;
    static const char *const useless[][2] = {
        {"cutout", "8"}, {"random-erasing", "0.5"}, {"mixup", "0.5"}};
    for (size_t i = 0; i < sizeof useless / sizeof *useless; i++) {
        rl_config *config = rl_config_create();
        rl_error error;
        set(config, useless[i][0], useless[i][1]);
        assert_int_equal(rl_config_check(config, &error), RL_OK);
        set(config, "augment", "false");
        assert_int_equal(rl_config_check(config, &error), RL_ERROR_ARGUMENT);
        assert_non_null(strstr(error.message, useless[i][0]));
        assert_non_null(strstr(error.message, "--no-augment"));
        rl_config_free(config);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_option_changes_the_run),
        cmocka_unit_test(nothing_chosen_is_nothing_done),
        cmocka_unit_test(resumed_runs_end_the_same),
        cmocka_unit_test(settings_without_effect_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
