/* What a run that is done has of its last epoch: training images in test mode, and each test
 * image's outcome in a file, which is read back, checked, and made again where it is lost. */
#include "format/safetensors.h"
#include "run/notices.h"
#include "run/runs.h"

#include <math.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[TEST_PATH], whole[TEST_PATH], run[TEST_PATH];
static rl_config *config_with(const char *out, const char *const (*changes)[2]) {
    rl_config *config = tiny_config(out);
    for (; changes && (*changes)[0]; changes++)
        set(config, (*changes)[0], (*changes)[1]);
    return config;
}

static int make_run(void **state) {
    (void)state;
    make_scratch(folder);
    in_folder(run, folder, "run");
    rl_config *config = config_with(in_folder(whole, folder, "whole"), NULL);
    assert_int_equal(rl_train(config, shapes(), NULL, NULL, NULL, NULL), RL_OK);
    rl_config_free(config);
    rl_set_notice_function(take_notice, NULL);
    return 0;
}

static int remove_run(void **state) {
    (void)state;
    rl_set_notice_function(NULL, NULL);
    remove_scratch(folder);
    return 0;
}

static void copy(const char *from) {
    char command[3 * TEST_PATH + 64];
    snprintf(command, sizeof command, "rm -rf '%s' && cp -r '%s' '%s'", run, from, run);
    assert_int_equal(system(command), 0); /* NOLINT(cert-env33-c): paths made by mkdtemp */
    noticed[0] = '\0';
}

static rl_run_record *read_run(const char *directory) {
    rl_run_record *record;
    rl_error error;
    if (rl_run_record_read(&record, directory, &error) != RL_OK)
        fail_msg("%s", error.message);
    return record;
}

/* Image by image what the model of the run says, in the order of the data. */
static void expect_outcomes(const char *directory, bool mirrored) {
    rl_model *model;
    rl_run_record *record = read_run(directory);
    assert_int_equal(record->correct_count, 40);
    assert_int_equal(rl_model_load(&model, directory, 1, NULL), RL_OK);
    assert_int_equal(rl_model_set_mirror(model, mirrored, NULL), RL_OK);
    size_t all = 0;
    for (size_t i = 0; i < 40; i++) {
        float logits[10];
        size_t label, largest = 0;
        const uint8_t *image = rl_dataset_image(shapes(), RL_SPLIT_TEST, i, &label);
        assert_int_equal(rl_model_logits(model, image, 1, logits, NULL), RL_OK);
        for (size_t k = 1; k < 10; k++)
            largest = logits[k] > logits[largest] ? k : largest;
        assert_int_equal(record->correct[i], largest == label);
        all += record->correct[i];
    }
    assert_true((double)all / 40 == record->epochs[record->epoch_count - 1].test_accuracy);
    assert_true(all > 0 && all < 40);
    rl_model_free(model);
    rl_run_record_free(record);
}

static void each_image_has_its_outcome(void **state) {
    (void)state;
    expect_outcomes(whole, false);
}

/* The average's, where there is one: that is what is tested. */
static void the_average_is_tested(void **state) {
    (void)state;
    static const char *const changes[][2] = {{"ema", "0.5"}, {"lr", "0.05"}, {0}};
    char out[TEST_PATH];
    rl_config *config = config_with(in_folder(out, folder, "average"), changes);
    assert_int_equal(rl_train(config, shapes(), NULL, NULL, NULL, NULL), RL_OK);
    expect_outcomes(out, false);
    rl_config_free(config);
}

/* All 72 training images, not augmented, against the public evaluation. */
static void training_images_in_test_mode(void **state) {
    (void)state;
    rl_model *model;
    rl_evaluation *evaluation;
    rl_run_record *record = read_run(whole);
    assert_int_equal(rl_model_load(&model, whole, 1, NULL), RL_OK);
    assert_int_equal(rl_evaluate(&evaluation, model, shapes(), RL_SPLIT_TRAIN, 72, NULL), RL_OK);
    assert_int_equal(record->trained_images, 72);
    assert_true(fabs(record->trained_accuracy - evaluation->accuracy) < 1e-9);
    assert_true(fabs(record->trained_cross_entropy - evaluation->loss) < 1e-6);
    assert_true(record->trained_cross_entropy != record->epochs[1].train_cross_entropy);
    rl_evaluation_free(evaluation);
    rl_model_free(model);
    rl_run_record_free(record);
}

static bool stop(const rl_progress *progress, void *context) {
    const uint64_t *at = context;
    return progress->event != RL_EVENT_STEP || progress->total_step != *at;
}

static bool stop_when_done(const rl_progress *progress, void *context) {
    size_t *epochs = context;
    *epochs += progress->event == RL_EVENT_EPOCH;
    return *epochs < 2 || progress->event != RL_EVENT_EVALUATING;
}

/* Wherever it was stopped, in this last pass too, the file is the same. */
static void stopped_runs_have_it_in_the_end(void **state) {
    (void)state;
    char part[TEST_PATH], x[TEST_PATH], y[TEST_PATH];
    for (uint64_t i = 0; i < 3; i++) {
        uint64_t at = 3 + 4 * i;
        size_t epochs = 0;
        snprintf(x, sizeof x, "part%d", (int)i);
        rl_config *config = config_with(in_folder(part, folder, x), NULL);
        assert_int_equal(i < 2 ? rl_train(config, shapes(), stop, &at, NULL, NULL)
                               : rl_train(config, shapes(), stop_when_done, &epochs, NULL, NULL),
                         RL_STOPPED);
        assert_false(rl_file_exists(in_folder(x, part, "correct.safetensors")));
        rl_run_record *record = read_run(part);
        assert_int_equal(record->state, RL_RUN_INTERRUPTED);
        assert_null(record->correct);
        assert_true(isnan(record->trained_accuracy));
        assert_int_equal(record->class_count, 10);
        rl_run_record_free(record);
        assert_int_equal(rl_resume(part, shapes(), 1, NULL, NULL, NULL, NULL), RL_OK);
        assert_same_file(x, in_folder(y, whole, "correct.safetensors"));
        rl_config_free(config);
    }
}

static void expect_mended(const char *notice) {
    char x[TEST_PATH], y[TEST_PATH];
    rl_error error;
    if (rl_resume(run, shapes(), 2, NULL, NULL, NULL, &error) != RL_OK)
        fail_msg("%s", error.message);
    if (!strstr(noticed, notice))
        fail_msg("'%s' does not say '%s'", noticed, notice);
    assert_same_file(in_folder(x, run, "correct.safetensors"),
                     in_folder(y, whole, "correct.safetensors"));
    rl_run_record *a = read_run(run), *b = read_run(whole);
    assert_true(a->trained_accuracy == b->trained_accuracy && a->trained_images == 72);
    assert_true(a->trained_cross_entropy == b->trained_cross_entropy);
    rl_run_record_free(a);
    rl_run_record_free(b);
}

/* Lost: the record does without, and says so. Damaged: it is refused by name. Either is made again.
 */
static void lost_and_damaged_files(void **state) {
    (void)state;
    char path[TEST_PATH];
    rl_run_record *record;
    rl_error error;
    copy(whole);
    assert_int_equal(unlink(in_folder(path, run, "correct.safetensors")), 0);
    record = read_run(run);
    assert_null(record->correct);
    assert_int_equal(record->correct_count, 0);
    assert_int_equal(record->trained_images, 72);
    assert_non_null(strstr(noticed, "correct.safetensors: is missing"));
    rl_run_record_free(record);
    expect_mended("correct.safetensors: was missing, and is made anew");

    uint8_t *bytes;
    size_t size;
    copy(whole);
    assert_int_equal(rl_file_read(path, 1U << 20, &bytes, &size, NULL), RL_OK);
    for (size_t bit = 0; bit < 8 * size; bit += 37) {
        bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        assert_int_equal(rl_file_replace_bytes(path, bytes, size, NULL), RL_OK);
        if (rl_run_record_read(&record, run, &error) == RL_OK)
            fail_msg("bit %zu went unnoticed", bit);
        assert_non_null(strstr(error.message, "correct.safetensors"));
        bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    rl_free(bytes);
    assert_int_equal(truncate(path, 100), 0);
    expect_mended("correct.safetensors: was damaged, and is made anew");
}

/* A whole file, but another run's. */
static void files_of_other_runs_are_refused(void **state) {
    (void)state;
    char path[TEST_PATH];
    rl_run_record *record;
    rl_error error;
    uint8_t outcomes[41] = {1, 1, 2};
    const size_t sizes[] = {41, 39, 40, 40};
    for (size_t i = 0; i < 4; i++) {
        copy(whole);
        if (i == 3)
            outcomes[2] = 1; /* but nobody's accuracy */
        for (size_t k = 3; i == 3 && k < 40; k++)
            outcomes[k] = 1;
        const rl_tensor tensor = {.name = "correct",
                                  .dtype = RL_DTYPE_U8,
                                  .rank = 1,
                                  .shape = {sizes[i]},
                                  .data = outcomes,
                                  .size = sizes[i]};
        static const char *const metadata[] = {RL_SAFETENSORS_CHECKSUM, "", "run.epochs", "2",
                                               NULL};
        assert_int_equal(rl_safetensors_write(in_folder(path, run, "correct.safetensors"), &tensor,
                                              1, metadata, NULL),
                         RL_OK);
        assert_int_equal(rl_run_record_read(&record, run, &error), RL_ERROR_FORMAT);
        assert_non_null(strstr(error.message, "correct.safetensors: is not of this run's last"));
    }
}

/* A run of a version that did not measure them; with the file, it lacks the figures only. */
static void older_run(bool has_file) {
    char path[TEST_PATH];
    copy(whole);
    char *summary = text_of(run, "summary.json");
    char *at = strstr(summary, ",\n  \"trained_accuracy\"");
    assert_non_null(at);
    strcpy(at, "\n}\n"); /* they come last */
    assert_int_equal(
        rl_file_replace_bytes(in_folder(path, run, "summary.json"), summary, strlen(summary), NULL),
        RL_OK);
    rl_free(summary);
    if (!has_file)
        assert_int_equal(unlink(in_folder(path, run, "correct.safetensors")), 0);
    rl_run_record *record = read_run(run);
    assert_int_equal(record->state, RL_RUN_DONE);
    assert_int_equal(record->correct != NULL, has_file);
    assert_true(isnan(record->trained_accuracy) && isnan(record->trained_cross_entropy));
    assert_int_equal(record->trained_images, 0);
    assert_string_equal(noticed, ""); /* it never had one */
    rl_run_record_free(record);
    expect_mended(has_file ? "summary.json: had no figures of training images in test mode"
                           : "was missing, and is made anew");
}

static void older_runs_are_completed(void **state) {
    (void)state;
    older_run(false);
    older_run(true);
}

static void diverged_runs_know_their_classes(void **state) {
    (void)state;
    static const char *const changes[][2] = {
        {"lr", "1000"}, {"weight-decay", "1000"}, {"epochs", "50"}, {0}};
    char out[TEST_PATH];
    rl_config *config = config_with(in_folder(out, folder, "diverged"), changes);
    assert_int_equal(rl_train(config, shapes(), NULL, NULL, NULL, NULL), RL_ERROR_DIVERGED);
    rl_run_record *record = read_run(out);
    assert_int_equal(record->state, RL_RUN_DIVERGED);
    assert_int_equal(record->class_count, 10);
    assert_int_equal(record->test_images, 40);
    assert_null(record->correct);
    rl_run_record_free(record);
    rl_config_free(config);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_image_has_its_outcome),
        cmocka_unit_test(the_average_is_tested),
        cmocka_unit_test(training_images_in_test_mode),
        cmocka_unit_test(stopped_runs_have_it_in_the_end),
        cmocka_unit_test(lost_and_damaged_files),
        cmocka_unit_test(files_of_other_runs_are_refused),
        cmocka_unit_test(older_runs_are_completed),
        cmocka_unit_test(diverged_runs_know_their_classes),
    };
    return cmocka_run_group_tests(tests, make_run, remove_run);
}
