/* Option max-seconds: a run whose time is up is tested, recorded and completed, within an epoch
 * too, and its clock survives a stop. No test here depends on how long anything takes: times are
 * either too short for a second step or written into the clock's file. */
#include "run/runs.h"

#include <unistd.h>

typedef struct {
    rl_event event;
    uint64_t step;
} stop_at;

static bool stop(const rl_progress *progress, void *context) {
    const stop_at *at = context;
    return progress->event != at->event || progress->total_step < at->step;
}

static rl_config *timed_config(const char *out, const char *seconds) {
    rl_config *config = tiny_config(out);
    set(config, "max-seconds", seconds);
    return config;
}

static void assert_says(const char *folder, const char *name, const char *text) {
    char *content = text_of(folder, name);
    if (!strstr(content, text))
        fail_msg("%s/%s does not say %s: %s", folder, name, text, content);
    rl_free(content);
}

static size_t lines_of(const char *folder, const char *name) {
    char *content = text_of(folder, name);
    size_t lines = 0;
    for (const char *at = content; *at; at++)
        lines += *at == '\n';
    rl_free(content);
    return lines;
}

static void set_clock(const char *folder, const char *text) {
    char path[TEST_PATH];
    assert_int_equal(
        rl_file_replace_bytes(in_folder(path, folder, "clock.json"), text, strlen(text), NULL),
        RL_OK);
}

static void resume_to_the_end(const char *out, rl_result *result) {
    rl_error error;
    if (rl_resume(out, shapes(), 1, NULL, NULL, result, &error) != RL_OK)
        fail_msg("%s", error.message);
}

static void no_time_is_one_step(void **state) {
    (void)state;
    char folder[TEST_PATH], out[TEST_PATH], stopped[TEST_PATH], x[TEST_PATH], y[TEST_PATH];
    rl_result result;
    make_scratch(folder);
    rl_config *config = timed_config(in_folder(out, folder, "run"), "1e-9");
    assert_int_equal(rl_train(config, shapes(), NULL, NULL, &result, NULL), RL_OK);
    assert_int_equal(result.steps, 1);
    assert_int_equal(result.epochs, 1);
    assert_true(result.test_accuracy >= 0);
    assert_says(out, "summary.json", "\"outcome\": \"completed\"");
    assert_says(out, "metrics.csv", "\n1,1,");
    assert_int_equal(lines_of(out, "metrics.csv"), 2);
    assert_int_equal(lines_of(out, "steps.csv"), 2);

    /* Stopped right after that step: what is left is the test. */
    set(config, "out", in_folder(stopped, folder, "stopped"));
    stop_at first = {RL_EVENT_STEP, 1};
    assert_int_equal(rl_train(config, shapes(), stop, &first, NULL, NULL), RL_STOPPED);
    assert_int_equal(lines_of(stopped, "metrics.csv"), 1);
    resume_to_the_end(stopped, &result);
    assert_int_equal(result.steps, 1);
    static const char *const files[] = {"checkpoint.safetensors", "model.safetensors", "steps.csv"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        assert_same_file(in_folder(x, out, files[i]), in_folder(y, stopped, files[i]));
    rl_config_free(config);
    remove_scratch(folder);
}

static void ample_time_changes_nothing(void **state) {
    (void)state;
    char folder[TEST_PATH], out[TEST_PATH], free_run[TEST_PATH], x[TEST_PATH], y[TEST_PATH];
    make_scratch(folder);
    rl_config *config = timed_config(in_folder(out, folder, "run"), "1e9");
    assert_int_equal(rl_train(config, shapes(), NULL, NULL, NULL, NULL), RL_OK);
    set(config, "out", in_folder(free_run, folder, "free"));
    set(config, "max-seconds", "0");
    assert_int_equal(rl_train(config, shapes(), NULL, NULL, NULL, NULL), RL_OK);
    static const char *const files[] = {"model.safetensors",
                                        "steps.csv"}; /* a checkpoint has options */
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        assert_same_file(in_folder(x, out, files[i]), in_folder(y, free_run, files[i]));
    rl_config_free(config);
    remove_scratch(folder);
}

/* Five steps an epoch: stopped after `at`, with the time used up meanwhile. */
static void stop_and_run_out(const char *out, stop_at at) {
    rl_config *config = timed_config(out, "1000");
    assert_int_equal(rl_train(config, shapes(), stop, &at, NULL, NULL), RL_STOPPED);
    assert_says(out, "clock.json", "\"all_train_seconds\": ");
    set_clock(out, "{\"seconds\": 2001, \"train_seconds\": 1, \"all_train_seconds\": 2000}");
    rl_config_free(config);
}

static void the_clock_goes_on_after_a_stop(void **state) {
    (void)state;
    char folder[TEST_PATH], out[TEST_PATH];
    rl_result result;
    make_scratch(folder);
    stop_and_run_out(in_folder(out, folder, "within"), (stop_at){RL_EVENT_STEP, 3});
    resume_to_the_end(out, &result);
    assert_int_equal(result.steps, 3);
    assert_int_equal(result.epochs, 1);
    assert_int_equal(lines_of(out, "metrics.csv"), 2);
    assert_says(out, "summary.json", "\"outcome\": \"completed\"");
    assert_true(result.seconds >= 2001);

    /* Between two epochs there is nothing to test again. */
    stop_and_run_out(in_folder(out, folder, "between"), (stop_at){RL_EVENT_EPOCH, 5});
    resume_to_the_end(out, &result);
    assert_int_equal(result.steps, 5);
    assert_int_equal(result.epochs, 1);
    assert_int_equal(lines_of(out, "metrics.csv"), 2);
    assert_says(out, "summary.json", "\"outcome\": \"completed\"");
    remove_scratch(folder);
}

/* Killed between its last checkpoint and the summary, and its clock lost: the checkpoint alone says
 * that a cut epoch was the last. */
static void a_cut_epoch_is_the_last(void **state) {
    (void)state;
    char folder[TEST_PATH], out[TEST_PATH], path[TEST_PATH];
    rl_result result;
    make_scratch(folder);
    rl_config *config = timed_config(in_folder(out, folder, "run"), "1e-9");
    assert_int_equal(rl_train(config, shapes(), NULL, NULL, NULL, NULL), RL_OK);
    assert_int_equal(unlink(in_folder(path, out, "clock.json")), 0);
    assert_int_equal(unlink(in_folder(path, out, "summary.json")), 0);
    resume_to_the_end(out, &result);
    assert_int_equal(result.steps, 1);
    assert_says(out, "summary.json", "\"outcome\": \"completed\"");
    resume_to_the_end(out, &result); /* done: at once */
    assert_int_equal(result.steps, 1);
    rl_config_free(config);
    remove_scratch(folder);
}

/* The speed is that of the steps that there were. */
static void images_of_a_cut_epoch_are_counted(void **state) {
    (void)state;
    char folder[TEST_PATH], out[TEST_PATH];
    rl_result result;
    make_scratch(folder);
    stop_and_run_out(in_folder(out, folder, "run"), (stop_at){RL_EVENT_STEP, 3});
    resume_to_the_end(out, &result);
    const double expected = 3 * 16 / 2000.0;
    assert_true(result.images_per_second > 0.999 * expected);
    assert_true(result.images_per_second < 1.001 * expected);
    remove_scratch(folder);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_time_is_one_step),
        cmocka_unit_test(ample_time_changes_nothing),
        cmocka_unit_test(the_clock_goes_on_after_a_stop),
        cmocka_unit_test(a_cut_epoch_is_the_last),
        cmocka_unit_test(images_of_a_cut_epoch_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
