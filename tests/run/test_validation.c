/* Options validation, patience and test: what a run measures, on which images, and when it ends. */
#include "data/holdout.h"
#include "format/safetensors.h"
#include "run/notices.h"
#include "run/runs.h"

#include <math.h>
#include <unistd.h>

static char folder[TEST_PATH];
static int make_folder(void **state) {
    (void)state;
    make_scratch(folder);
    return 0;
}

static int remove_folder(void **state) {
    (void)state;
    remove_scratch(folder);
    return 0;
}

/* 120 images, 12 of each class; a quarter are held out. */
static rl_config *config_with(const char *out, const char *const (*changes)[2]) {
    rl_config *config = tiny_config(out);
    set(config, "limit-train", "120");
    set(config, "validation", "0.25");
    for (; changes && (*changes)[0]; changes++)
        set(config, (*changes)[0], (*changes)[1]);
    return config;
}

static void train(const char *out, const char *const (*changes)[2], rl_result *result) {
    rl_error error;
    rl_config *config = config_with(out, changes);
    if (rl_train(config, shapes(), NULL, NULL, result, &error) != RL_OK)
        fail_msg("%s", error.message);
    rl_config_free(config);
}

static rl_run_record *read_run(const char *directory) {
    rl_run_record *record;
    rl_error error;
    if (rl_run_record_read(&record, directory, &error) != RL_OK)
        fail_msg("%s", error.message);
    return record;
}

static void expect_in(const char *directory, const char *name, const char *part, bool is_there) {
    char *text = text_of(directory, name);
    if ((strstr(text, part) != NULL) != is_there)
        fail_msg("%s/%s %s '%s'", directory, name, is_there ? "has no" : "has", part);
    rl_free(text);
}

/* The accuracy of the run's model on the images that the data set says are held out. */
static double accuracy_of_held(const char *directory, const char *file) {
    rl_holdout holdout;
    rl_model *model;
    char path[TEST_PATH];
    size_t right = 0;
    assert_int_equal(rl_holdout_draw(&holdout, shapes(), 120, 0.25, NULL), RL_OK);
    assert_int_equal(rl_model_load(&model, in_folder(path, directory, file), 1, NULL), RL_OK);
    for (size_t i = 0; i < holdout.held_count; i++) {
        float logits[10];
        size_t label, largest = 0;
        const uint8_t *image = rl_dataset_image(shapes(), RL_SPLIT_TRAIN, holdout.held[i], &label);
        assert_int_equal(rl_model_logits(model, image, 1, logits, NULL), RL_OK);
        for (size_t k = 1; k < 10; k++)
            largest = logits[k] > logits[largest] ? k : largest;
        right += largest == label;
    }
    const double accuracy = (double)right / (double)holdout.held_count;
    rl_model_free(model);
    rl_holdout_clear(&holdout);
    return accuracy;
}

static void held_images_are_tested(void **state) {
    (void)state;
    static const char *const changes[][2] = {{"lr", "0.05"}, {"epochs", "4"}, {0}};
    char out[TEST_PATH];
    rl_result result;
    train(in_folder(out, folder, "run"), changes, &result);
    rl_run_record *record = read_run(out);
    assert_int_equal(record->state, RL_RUN_DONE);
    assert_int_equal(record->train_images, 90);
    assert_int_equal(record->validation_images, 30);
    assert_int_equal(record->test_images, 40);
    assert_int_equal(strlen(record->validation_digest), 64);
    assert_int_equal(record->trained_images, 90);
    assert_int_equal(record->correct_count, 40);
    const rl_epoch_row *last = &record->epochs[3];
    assert_int_equal(last->step, 4 * 6); /* 90 in batches of 16, the last one kept */
    assert_true(fabs(last->validation_accuracy - accuracy_of_held(out, "model.safetensors")) <
                1e-9);
    assert_true(last->validation_loss > 0 && last->validation_loss == result.validation_loss);
    assert_true(isfinite(last->test_accuracy));
    expect_in(out, "metrics.csv", "train_cross_entropy,validation_loss,validation_accuracy\n",
              true);
    expect_in(out, "summary.json", "\"validation_accuracy\"", true);
    expect_in(out, "config.yaml", "validation: 0.25\n", true);
    expect_in(out, "summary.json", "\"ended\"", false);
    rl_run_record_free(record);
}

/* No column, no figure: such runs are as they were before there was the option. */
static void runs_without_are_as_they_were(void **state) {
    (void)state;
    static const char *const changes[][2] = {{"validation", "0"}, {0}};
    char out[TEST_PATH];
    train(in_folder(out, folder, "without"), changes, NULL);
    rl_run_record *record = read_run(out);
    assert_int_equal(record->train_images, 120);
    assert_int_equal(record->validation_images, 0);
    assert_string_equal(record->validation_digest, "");
    assert_true(isnan(record->epochs[1].validation_accuracy));
    expect_in(out, "metrics.csv", "train_cross_entropy\n", true);
    expect_in(out, "summary.json", "validation", false);
    rl_run_record_free(record);
}

/* The held images are the same whatever the seed, and none of them is trained on. */
static void the_seed_holds_out_the_same(void **state) {
    (void)state;
    static const char *const one[][2] = {{"seed", "1"}, {0}}, *const two[][2] = {{"seed", "2"},
                                                                                 {0}};
    char x[TEST_PATH], y[TEST_PATH];
    train(in_folder(x, folder, "seed1"), one, NULL);
    train(in_folder(y, folder, "seed2"), two, NULL);
    rl_run_record *a = read_run(x), *b = read_run(y);
    assert_string_equal(a->validation_digest, b->validation_digest);
    assert_true(a->epochs[0].train_loss != b->epochs[0].train_loss);
    rl_run_record_free(a);
    rl_run_record_free(b);
}

/* A run with images held out takes the steps of one on data that have no others. */
static void the_rest_is_trained_on(void **state) {
    (void)state;
    static const char *const part[][2] = {{"augment", "false"}, {"normalize", "none"}, {0}};
    static const char *const all[][2] = {{"augment", "false"},
                                         {"normalize", "none"},
                                         {"validation", "0"},
                                         {"limit-train", "0"},
                                         {0}};
    char x[TEST_PATH], y[TEST_PATH], a[TEST_PATH], b[TEST_PATH];
    rl_holdout holdout;
    rl_dataset rest = *shapes();
    rl_image_set *set = &rest.split[RL_SPLIT_TRAIN];
    assert_int_equal(rl_holdout_draw(&holdout, shapes(), 120, 0.25, NULL), RL_OK);
    set->count = holdout.kept_count;
    set->pixels = rl_alloc(set->count, RL_IMAGE_BYTES);
    set->labels = rl_alloc(set->count, sizeof *set->labels);
    assert_true(set->pixels && set->labels);
    for (size_t i = 0; i < set->count; i++) {
        size_t label;
        memcpy(set->pixels + i * RL_IMAGE_BYTES,
               rl_dataset_image(shapes(), RL_SPLIT_TRAIN, holdout.kept[i], &label), RL_IMAGE_BYTES);
        set->labels[i] = (uint16_t)label;
    }
    train(in_folder(x, folder, "part"), part, NULL);
    rl_config *config = config_with(in_folder(y, folder, "all"), all);
    assert_int_equal(rl_train(config, &rest, NULL, NULL, NULL, NULL), RL_OK);
    assert_same_file(in_folder(a, x, "steps.csv"), in_folder(b, y, "steps.csv"));
    rl_run_record *one = read_run(x), *other = read_run(y);
    assert_int_equal(one->trained_images, 90);
    assert_true(one->trained_cross_entropy == other->trained_cross_entropy);
    rl_run_record_free(one);
    rl_run_record_free(other);
    rl_config_free(config);
    rl_free(set->pixels);
    rl_free(set->labels);
    rl_holdout_clear(&holdout);
}

/* Ten validation images and a rate of nothing: the accuracy soon stays what it is, which is no
 * better. */
static void equal_accuracies_are_no_better(void **state) {
    (void)state;
    static const char *const changes[][2] = {
        {"limit-train", "40"}, {"lr", "0"}, {"patience", "4"}, {"epochs", "60"}, {0}};
    char out[TEST_PATH];
    rl_result result;
    train(in_folder(out, folder, "still"), changes, &result);
    assert_true(result.epochs < 60);
    rl_run_record *record = read_run(out);
    size_t equal = 0;
    for (size_t i = result.best_epoch; i < record->epoch_count; i++)
        equal += record->epochs[i].validation_accuracy == result.best_validation_accuracy;
    assert_true(equal > 0); /* else this shows nothing */
    rl_run_record_free(record);
}

static void without_the_test_images(void **state) {
    (void)state;
    static const char *const changes[][2] = {{"test", "false"}, {0}};
    char out[TEST_PATH], with[TEST_PATH], path[TEST_PATH], x[TEST_PATH];
    rl_result result;
    train(in_folder(out, folder, "untested"), changes, &result);
    train(in_folder(with, folder, "tested"), NULL, NULL);
    assert_true(isnan(result.test_accuracy) && isfinite(result.validation_accuracy));
    rl_run_record *record = read_run(out);
    assert_int_equal(record->state, RL_RUN_DONE);
    assert_int_equal(record->test_images, 0);
    assert_true(isnan(record->epochs[1].test_accuracy) && isnan(record->epochs[1].test_loss));
    assert_true(isfinite(record->epochs[1].validation_accuracy));
    assert_null(record->correct);
    assert_int_equal(record->trained_images, 90);
    assert_false(rl_file_exists(in_folder(path, out, "correct.safetensors")));
    expect_in(out, "summary.json", "\"test_accuracy\": null", true);
    rl_run_record_free(record);
    /* It was no other training. */
    assert_same_file(in_folder(x, out, "model.safetensors"),
                     in_folder(path, with, "model.safetensors"));
    assert_int_equal(rl_resume(out, shapes(), 1, NULL, NULL, NULL, NULL), RL_OK);
}

static bool stop_at(const rl_progress *progress, void *context) {
    const uint64_t *at = context;
    return progress->event != RL_EVENT_STEP || progress->total_step != *at;
}

/* Runs end early, and, in whichever epoch they were stopped, in the same way. */
static const char *const impatient[][2] = {{"lr", "0.03"},       {"patience", "3"},
                                           {"epochs", "40"},     {"schedule", "constant"},
                                           {"augment", "false"}, {0}};

static void patience_ends_a_run(void **state) {
    (void)state;
    char out[TEST_PATH], part[TEST_PATH], x[TEST_PATH], y[TEST_PATH];
    rl_result result;
    train(in_folder(out, folder, "impatient"), impatient, &result);
    rl_run_record *record = read_run(out);
    assert_int_equal(record->state, RL_RUN_DONE);
    assert_true(result.epochs < 40 && result.epochs == result.best_epoch + 3);
    assert_true(result.best_epoch > 1); /* else stops before it would show nothing */
    double best = 0;
    size_t epoch = 0;
    for (size_t i = 0; i < record->epoch_count; i++)
        if (record->epochs[i].validation_accuracy > best) {
            best = record->epochs[i].validation_accuracy;
            epoch = i + 1;
        }
    assert_int_equal(result.best_epoch, epoch);
    assert_true(result.best_validation_accuracy == best);
    assert_true(fabs(accuracy_of_held(out, "best.safetensors") - best) < 1e-9);
    assert_non_null(strstr(result.ended, "no better validation accuracy in 3 epochs"));
    expect_in(out, "summary.json", "\"outcome\": \"completed\"", true);
    expect_in(out, "summary.json", "\"ended\": \"no better validation accuracy in 3 epochs", true);
    rl_run_record_free(record);

    const uint64_t steps = 6 * (uint64_t)result.epochs;
    for (uint64_t i = 0; 6 * i < steps; i++) {
        uint64_t at = 6 * i + 2;
        snprintf(x, sizeof x, "impatient%d", (int)i);
        rl_config *config = config_with(in_folder(part, folder, x), impatient);
        assert_int_equal(rl_train(config, shapes(), stop_at, &at, NULL, NULL), RL_STOPPED);
        assert_int_equal(rl_resume(part, shapes(), 1, NULL, NULL, &result, NULL), RL_OK);
        static const char *const files[] = {"checkpoint.safetensors", "model.safetensors",
                                            "best.safetensors", "correct.safetensors", "steps.csv"};
        for (size_t k = 0; k < sizeof files / sizeof *files; k++)
            assert_same_file(in_folder(x, out, files[k]), in_folder(y, part, files[k]));
        assert_int_equal(6 * result.epochs, steps);
        rl_config_free(config);
    }
}

/* The weights of an earlier epoch are nowhere else: their loss is said. */
static void a_lost_best_is_said(void **state) {
    (void)state;
    char out[TEST_PATH], path[TEST_PATH];
    train(in_folder(out, folder, "best"), impatient, NULL);
    assert_int_equal(unlink(in_folder(path, out, "best.safetensors")), 0);
    noticed[0] = '\0';
    rl_set_notice_function(take_notice, NULL);
    assert_int_equal(rl_resume(out, shapes(), 1, NULL, NULL, NULL, NULL), RL_OK);
    rl_set_notice_function(NULL, NULL);
    assert_non_null(strstr(noticed, "best.safetensors: is missing, and cannot be made anew"));
}

/* A validation loss that is none ends a run whether or not it is tested. */
static void validation_can_diverge(void **state) {
    (void)state;
    static const char *const changes[][2] = {{"lr", "1000"},           {"optimizer", "sgd"},
                                             {"schedule", "constant"}, {"test", "false"},
                                             {"epochs", "6"},          {0}};
    char out[TEST_PATH];
    rl_config *config = config_with(in_folder(out, folder, "diverged"), changes);
    assert_int_equal(rl_train(config, shapes(), NULL, NULL, NULL, NULL), RL_ERROR_DIVERGED);
    rl_run_record *record = read_run(out);
    assert_int_equal(record->state, RL_RUN_DIVERGED);
    rl_run_record_free(record);
    rl_config_free(config);
}

static void nonsense_is_refused(void **state) {
    (void)state;
    static const struct {
        const char *changes[3][2], *message;
        bool beforehand; /* before data are opened */
    } cases[] = {
        {{{"validation", "0"}, {"patience", "3"}},
         "--patience: 3 epochs without a better validation accuracy cannot be counted",
         true},
        {{{"validation", "0"}, {"test", "false"}}, "--no-test: without validation images", true},
        {{{"validation", "0.04"}}, "holds none of the 12 training images of class", false},
        {{{"limit-train", "10"}, {"validation", "0.5"}}, "leaves none of the 1 training", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char out[TEST_PATH];
        rl_error error;
        rl_config *config = config_with(in_folder(out, folder, "nonsense"), cases[i].changes);
        assert_int_equal(rl_train_check(config, NULL),
                         cases[i].beforehand ? RL_ERROR_ARGUMENT : RL_OK);
        assert_int_equal(rl_train(config, shapes(), NULL, NULL, NULL, &error), RL_ERROR_ARGUMENT);
        if (!strstr(error.message, cases[i].message))
            fail_msg("'%s' does not say '%s'", error.message, cases[i].message);
        assert_false(rl_file_exists(in_folder(out, folder, "nonsense/config.yaml")));
        rl_config_free(config);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(held_images_are_tested),
        cmocka_unit_test(runs_without_are_as_they_were),
        cmocka_unit_test(the_seed_holds_out_the_same),
        cmocka_unit_test(the_rest_is_trained_on),
        cmocka_unit_test(equal_accuracies_are_no_better),
        cmocka_unit_test(without_the_test_images),
        cmocka_unit_test(patience_ends_a_run),
        cmocka_unit_test(a_lost_best_is_said),
        cmocka_unit_test(validation_can_diverge),
        cmocka_unit_test(nonsense_is_refused),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
