/* More epochs for a run: under a schedule that does not know their number the result is that of a
 * run which had them from the start, bit for bit; under others it is said what differs. */
#include "run/notices.h"
#include "run/runs.h"

#include <math.h>
#include <unistd.h>

static char folder[TEST_PATH], run[TEST_PATH];
static int make_folder(void **state) {
    (void)state;
    make_scratch(folder);
    in_folder(run, folder, "run");
    rl_set_notice_function(take_notice, NULL);
    return 0;
}

static int remove_folder(void **state) {
    (void)state;
    rl_set_notice_function(NULL, NULL);
    remove_scratch(folder);
    return 0;
}

static void clear_run(void) {
    char command[TEST_PATH + 16];
    snprintf(command, sizeof command, "rm -rf '%s'", run);
    assert_int_equal(system(command), 0); /* NOLINT(cert-env33-c): a path made by mkdtemp */
    noticed[0] = '\0';
}

/* Any number of settings, and an observer who may stop the run. */
static rl_status train(const char *out, const char *epochs, const char *const (*changes)[2],
                       rl_progress_function *progress) {
    rl_config *config = tiny_config(out);
    set(config, "schedule", "constant");
    for (; changes && (*changes)[0]; changes++)
        set(config, (*changes)[0], (*changes)[1]);
    set(config, "epochs", epochs);
    const rl_status status = rl_train(config, shapes(), progress, NULL, NULL, NULL);
    rl_config_free(config);
    return status;
}

static void extend(size_t epochs) {
    rl_error error;
    if (rl_extend(run, epochs, &error) != RL_OK)
        fail_msg("%s", error.message);
}

static void resume(void) {
    rl_error error;
    rl_result result;
    if (rl_resume(run, shapes(), 1, NULL, NULL, &result, &error) != RL_OK)
        fail_msg("%s", error.message);
    assert_int_equal(result.epochs, 4);
}

static void expect_same(const char *whole) {
    static const char *const files[] = {"checkpoint.safetensors", "model.safetensors", "steps.csv",
                                        "correct.safetensors"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        char x[TEST_PATH], y[TEST_PATH];
        assert_same_file(in_folder(x, whole, files[i]), in_folder(y, run, files[i]));
    }
    rl_run_record *a, *b;
    assert_int_equal(rl_run_record_read(&a, whole, NULL), RL_OK);
    assert_int_equal(rl_run_record_read(&b, run, NULL), RL_OK);
    assert_int_equal(b->state, RL_RUN_DONE);
    assert_int_equal(b->epoch_count, 4);
    assert_string_equal(rl_config_get(b->config, "epochs"), "4");
    assert_true(a->trained_accuracy == b->trained_accuracy);
    rl_run_record_free(a);
    rl_run_record_free(b);
}

static bool stop_at_seven(const rl_progress *progress, void *context) {
    (void)context;
    return progress->event != RL_EVENT_STEP || progress->total_step != 7;
}

/* On the way its summary is no more that of a run that is done. */
static bool stop_at_thirteen(const rl_progress *progress, void *context) {
    (void)context;
    if (progress->event == RL_EVENT_STEP) {
        char *summary = text_of(run, "summary.json");
        assert_non_null(strstr(summary, "\"outcome\": \"stopped\""));
        rl_free(summary);
    }
    return progress->event != RL_EVENT_STEP || progress->total_step != 13;
}

static const char *const constant[][2] = {{"optimizer", "adam"}, {0}};
static const char *const averaged[][2] = {
    {"ema", "0.9"}, {"mixup", "0.2"}, {"validation", "0"}, {0}};
static const char *const steps[][2] = {{"schedule", "step"},
                                       {"step-epochs", "1"},
                                       {"warmup-epochs", "0.5"},
                                       {"flip", "alternating"},
                                       {0}};

static void the_result_is_that_of_a_longer_run(void **state) {
    (void)state;
    static const char *const(*const kinds[])[2] = {constant, averaged, steps};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        char whole[TEST_PATH], name[16];
        snprintf(name, sizeof name, "whole%zu", i);
        assert_int_equal(train(in_folder(whole, folder, name), "4", kinds[i], NULL), RL_OK);
        for (int interrupted = 0; interrupted < 2; interrupted++) {
            clear_run();
            assert_int_equal(train(run, "2", kinds[i], interrupted ? stop_at_seven : NULL),
                             interrupted ? RL_STOPPED : RL_OK);
            extend(4);
            rl_run_record *record; /* it is not done any more */
            assert_int_equal(rl_run_record_read(&record, run, NULL), RL_OK);
            assert_int_equal(record->state, RL_RUN_INTERRUPTED);
            assert_null(record->correct);
            rl_run_record_free(record);
            resume();
            assert_string_equal(noticed, "");
            expect_same(whole);
            extend(4); /* which it has */
            resume();
            expect_same(whole);
        }
    }
}

/* Stopped on the way, and gone on with by a plain resume. */
static void an_extended_run_can_be_stopped(void **state) {
    (void)state;
    char whole[TEST_PATH];
    assert_int_equal(train(in_folder(whole, folder, "whole"), "4", constant, NULL), RL_OK);
    clear_run();
    assert_int_equal(train(run, "2", constant, NULL), RL_OK);
    extend(3);
    extend(4);
    assert_int_equal(rl_resume(run, shapes(), 1, stop_at_thirteen, NULL, NULL, NULL), RL_STOPPED);
    rl_run_record *record;
    assert_int_equal(rl_run_record_read(&record, run, NULL), RL_OK);
    assert_int_equal(record->state, RL_RUN_INTERRUPTED);
    assert_int_equal(record->epoch_count, 2);
    rl_run_record_free(record);
    resume();
    expect_same(whole);
}

/* The process ended between the two files: the checkpoint's word stands. */
static void a_half_extended_run_goes_on(void **state) {
    (void)state;
    char whole[TEST_PATH], path[TEST_PATH];
    assert_int_equal(train(in_folder(whole, folder, "half"), "4", constant, NULL), RL_OK);
    for (int again = 0; again < 2; again++) {
        clear_run();
        assert_int_equal(train(run, "2", constant, NULL), RL_OK);
        char *before = text_of(run, "config.yaml");
        extend(4);
        assert_int_equal(rl_file_replace_bytes(in_folder(path, run, "config.yaml"), before,
                                               strlen(before), NULL),
                         RL_OK);
        rl_free(before);
        if (again)
            extend(4);
        resume();
        expect_same(whole);
    }
}

/* Settings that were only edited are refused as before. */
static void edited_epochs_are_refused(void **state) {
    (void)state;
    char path[TEST_PATH];
    rl_config *config;
    rl_error error;
    clear_run();
    assert_int_equal(train(run, "2", constant, NULL), RL_OK);
    assert_int_equal(rl_run_config(&config, run, NULL), RL_OK);
    set(config, "epochs", "4");
    assert_int_equal(rl_config_save(config, in_folder(path, run, "config.yaml"), NULL), RL_OK);
    assert_int_equal(rl_resume_check(run, &error), RL_ERROR_MISMATCH);
    assert_non_null(
        strstr(error.message, "option 'epochs' is '4', but the run was begun with '2'"));
    rl_config_free(config);
}

static void schedules_that_know_the_end_are_said(void **state) {
    (void)state;
    static const char *const cosine[][2] = {{"schedule", "cosine"}, {0}};
    static const char *const onecycle[][2] = {{"schedule", "onecycle"}, {0}};
    clear_run();
    assert_int_equal(train(run, "2", cosine, NULL), RL_OK);
    extend(4);
    resume();
    assert_non_null(strstr(noticed, "goes on to 4 epochs, but its --schedule cosine was that of 2: "
                                    "in epoch 1 the learning rate was "));
    assert_non_null(strstr(noticed, "; it goes on at 0.01\n")); /* half of 0.02, half-way */
    clear_run();
    assert_int_equal(train(run, "2", onecycle, NULL), RL_OK);
    extend(4);
    resume();
    assert_non_null(strstr(noticed, "--schedule onecycle was that of 2"));
}

static void expect_refused(size_t epochs, rl_status code, const char *message) {
    rl_error error;
    char *before = text_of(run, "config.yaml");
    assert_int_equal(rl_extend(run, epochs, &error), code);
    if (!strstr(error.message, message))
        fail_msg("'%s' does not say '%s'", error.message, message);
    char *after = text_of(run, "config.yaml");
    assert_string_equal(before, after);
    rl_free(before);
    rl_free(after);
}

static void what_cannot_be_extended(void **state) {
    (void)state;
    static const char *const wild[][2] = {{"lr", "1000"}, {"weight-decay", "1000"}, {0}};
    static const char *const impatient[][2] = {
        {"limit-train", "120"}, {"validation", "0.25"}, {"patience", "1"}, {"lr", "0.0001"}, {0}};
    clear_run();
    assert_int_equal(train(run, "2", constant, NULL), RL_OK);
    expect_refused(1, RL_ERROR_ARGUMENT, "--epochs: 1 is less than the 2 epochs of");
    clear_run();
    assert_int_equal(train(run, "50", wild, NULL), RL_ERROR_DIVERGED);
    expect_refused(60, RL_ERROR_DIVERGED, "has diverged");
    clear_run();
    assert_int_equal(train(run, "30", impatient, NULL), RL_OK);
    expect_refused(60, RL_ERROR_MISMATCH, "by option patience");
    clear_run();
    assert_int_equal(rl_extend(run, 4, NULL), RL_ERROR_IO);
}

/* Begun without a checkpoint: only the settings change. */
static void a_run_that_never_began(void **state) {
    (void)state;
    char whole[TEST_PATH], command[3 * TEST_PATH];
    assert_int_equal(train(in_folder(whole, folder, "never"), "4", constant, NULL), RL_OK);
    clear_run();
    assert_int_equal(train(run, "2", constant, NULL), RL_OK);
    snprintf(command, sizeof command, "cd '%s' && rm -f *.csv *.safetensors *.json events*", run);
    assert_int_equal(system(command), 0); /* NOLINT(cert-env33-c): a path made by mkdtemp */
    extend(4);
    resume();
    expect_same(whole);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_result_is_that_of_a_longer_run),
        cmocka_unit_test(an_extended_run_can_be_stopped),
        cmocka_unit_test(a_half_extended_run_goes_on),
        cmocka_unit_test(edited_epochs_are_refused),
        cmocka_unit_test(schedules_that_know_the_end_are_said),
        cmocka_unit_test(what_cannot_be_extended),
        cmocka_unit_test(a_run_that_never_began),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
