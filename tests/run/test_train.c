/* Whole runs at the smallest scale: they learn, they repeat bit for bit over threads and
 * interruptions, and what goes wrong costs nothing that was saved. */
#include "run/runs.h"

#include <math.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct {
    uint64_t stop_at; /* total step after which to stop; 0: never */
    bool stop_in_test;
    size_t steps, epochs, resumed;
    double first_loss;
} observer;

static bool observe(const rl_progress *progress, void *context) {
    observer *o = context;
    if (progress->event == RL_EVENT_RESUMED)
        o->resumed++;
    if (progress->event == RL_EVENT_EPOCH) {
        if (o->epochs++ == 0)
            o->first_loss = progress->train_loss;
    }
    if (progress->event == RL_EVENT_EVALUATING)
        return !o->stop_in_test;
    if (progress->event != RL_EVENT_STEP)
        return true;
    o->steps++;
    return progress->total_step != o->stop_at;
}

/* Trains with a few settings changed; returns the status. */
static rl_status train(const char *out, const char *const (*changes)[2], observer *o,
                       rl_result *result, rl_error *error) {
    rl_config *config = tiny_config(out);
    for (; changes && (*changes)[0]; changes++)
        set(config, (*changes)[0], (*changes)[1]);
    const rl_status status = rl_train(config, shapes(), o ? observe : NULL, o, result, error);
    rl_config_free(config);
    return status;
}

static void assert_same_run(const char *a, const char *b) {
    static const char *const files[] = {"checkpoint.safetensors", "model.safetensors", "steps.csv"};
    for (size_t i = 0; i < 3; i++) {
        char x[TEST_PATH], y[TEST_PATH];
        assert_same_file(in_folder(x, a, files[i]), in_folder(y, b, files[i]));
    }
}

static void loss_falls_and_records_are_complete(void **state) {
    (void)state;
    static const char *const changes[][2] = {
        {"epochs", "6"}, {"limit-train", "200"}, {"augment", "false"}, {"lr", "0.05"}, {0}};
    static const char *const files[] = {
        "config.yaml",  "environment.json",  "metrics.csv",           "steps.csv",
        "summary.json", "model.safetensors", "checkpoint.safetensors"};
    char folder[TEST_PATH], out[TEST_PATH], path[TEST_PATH];
    make_scratch(folder);
    observer o = {0};
    rl_result result;
    rl_error error;
    if (train(in_folder(out, folder, "run"), changes, &o, &result, &error) != RL_OK)
        fail_msg("%s", error.message);
    assert_int_equal(o.epochs, 6);
    assert_int_equal(o.steps, 6 * 13);
    assert_true(result.train_loss < 0.95 * o.first_loss); /* the last epoch's mean */
    assert_int_equal(result.epochs, 6);
    assert_int_equal(result.steps, 6 * 13);
    assert_true(result.test_accuracy >= 0 && result.test_accuracy <= 1);
    assert_true(result.peak_memory_bytes > 1 << 20);
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
        assert_true(rl_file_exists(in_folder(path, out, files[i])));
    char *summary = text_of(out, "summary.json");
    assert_non_null(strstr(summary, "\"outcome\": \"completed\""));
    rl_free(summary);
    remove_scratch(folder);
}

static void threads_change_nothing(void **state) {
    (void)state;
    static const char *const models[] = {"resnet18", "resnet18-ghost"};
    for (size_t m = 0; m < 2; m++) {
        char folder[TEST_PATH], one[TEST_PATH], many[TEST_PATH];
        make_scratch(folder);
        in_folder(one, folder, "1");
        for (int threads = 1; threads <= 3; threads++) {
            char number[16];
            snprintf(number, sizeof number, "%d", threads);
            const char *const changes[][2] = {{"threads", number}, {"model", models[m]}, {0}};
            in_folder(many, folder, number);
            assert_int_equal(train(many, changes, NULL, NULL, NULL), RL_OK);
            assert_same_run(one, many);
        }
        remove_scratch(folder);
    }
}

/* Stops at every kind of place: inside an epoch, at its last step, in the test pass, in the last
 * epoch; each time the resumed run must end where the undisturbed one did. */
static void resumed_runs_end_the_same(void **state) {
    (void)state;
    static const observer stops[] = {
        {.stop_at = 1}, {.stop_at = 3}, {.stop_at = 5}, {.stop_in_test = true}, {.stop_at = 9}};
    static const char *const adam[][2] = {{"optimizer", "adam"}, {0}};
    char folder[TEST_PATH], whole[TEST_PATH], part[TEST_PATH];
    make_scratch(folder);
    assert_int_equal(train(in_folder(whole, folder, "whole"), adam, NULL, NULL, NULL), RL_OK);
    for (size_t i = 0; i < sizeof stops / sizeof stops[0]; i++) {
        char name[16];
        snprintf(name, sizeof name, "part%zu", i);
        observer stop = stops[i], rest = {0};
        rl_result result;
        rl_error error;
        assert_int_equal(train(in_folder(part, folder, name), adam, &stop, &result, NULL),
                         RL_STOPPED);
        assert_string_equal(result.run_directory, part);
        if (rl_resume(part, shapes(), 1 + (int)i % 3, observe, &rest, &result, &error) != RL_OK)
            fail_msg("%s", error.message);
        assert_int_equal(rest.resumed, 1);
        assert_int_equal(stop.steps + rest.steps, 10);
        assert_int_equal(result.steps, 10);
        assert_same_run(whole, part);
        char *rows = text_of(part, "metrics.csv");
        size_t lines = 0;
        for (const char *at = rows; *at; at++)
            lines += *at == '\n';
        assert_int_equal(lines, 3); /* the heading and two epochs */
        rl_free(rows);
    }
    remove_scratch(folder);
}

static void finished_runs_resume_to_nothing(void **state) {
    (void)state;
    char folder[TEST_PATH], out[TEST_PATH];
    make_scratch(folder);
    observer o = {0};
    rl_result result;
    assert_int_equal(train(in_folder(out, folder, "run"), NULL, NULL, NULL, NULL), RL_OK);
    assert_int_equal(rl_resume(out, shapes(), 0, observe, &o, &result, NULL), RL_OK);
    assert_int_equal(o.steps, 0);
    assert_int_equal(result.epochs, 2);
    remove_scratch(folder);
}

static void a_diverging_run_keeps_its_last_checkpoint(void **state) {
    (void)state;
    static const char *const changes[][2] = {{"lr", "1000"},
                                             {"optimizer", "sgd"},
                                             {"schedule", "constant"},
                                             {"activation", "gelu"},
                                             {"weight-decay", "1000"},
                                             {"epochs", "50"},
                                             {0}};
    char folder[TEST_PATH], out[TEST_PATH];
    make_scratch(folder);
    rl_error error;
    assert_int_equal(train(in_folder(out, folder, "run"), changes, NULL, NULL, &error),
                     RL_ERROR_DIVERGED);
    assert_non_null(strstr(error.message, "not finite at step "));
    char *summary = text_of(out, "summary.json");
    assert_non_null(strstr(summary, "\"outcome\": \"diverged\""));
    rl_free(summary);
    /* If a checkpoint was written before, all of it is finite. */
    char path[TEST_PATH];
    if (rl_file_exists(in_folder(path, out, "model.safetensors"))) {
        rl_model *model;
        float logits[10];
        uint8_t image[32 * 32 * 3] = {0};
        assert_int_equal(rl_model_load(&model, out, 1, NULL), RL_OK);
        assert_int_equal(rl_model_logits(model, image, 1, logits, NULL), RL_OK);
        rl_model_free(model);
    }
    remove_scratch(folder);
}

static void an_existing_directory_is_left_alone(void **state) {
    (void)state;
    char folder[TEST_PATH], out[TEST_PATH], path[TEST_PATH];
    make_scratch(folder);
    in_folder(out, folder, "mine");
    assert_int_equal(mkdir(out, 0777), 0);
    assert_int_equal(rl_file_replace_bytes(in_folder(path, out, "x"), "x", 1, NULL), RL_OK);
    rl_error error;
    assert_int_equal(train(out, NULL, NULL, NULL, &error), RL_ERROR_EXISTS);
    assert_non_null(strstr(error.message, out));
    assert_true(rl_file_exists(path));
    assert_false(rl_file_exists(in_folder(path, out, "config.yaml")));
    remove_scratch(folder);
}

typedef struct {
    const char *out;
    rl_status status;
} intruder;

/* A second process in the same run: refused while the first one works. */
static bool intrude(const rl_progress *progress, void *context) {
    intruder *i = context;
    if (progress->event == RL_EVENT_STEP && progress->total_step == 2)
        i->status = rl_resume(i->out, shapes(), 1, NULL, NULL, NULL, NULL);
    return true;
}

static void a_run_in_progress_is_locked(void **state) {
    (void)state;
    char folder[TEST_PATH], out[TEST_PATH];
    make_scratch(folder);
    intruder i = {in_folder(out, folder, "run"), RL_OK};
    rl_config *config = tiny_config(out);
    assert_int_equal(rl_train(config, shapes(), intrude, &i, NULL, NULL), RL_OK);
    assert_int_equal(i.status, RL_ERROR_EXISTS);
    rl_config_free(config);
    remove_scratch(folder);
}

static void other_data_and_bad_files_are_refused(void **state) {
    (void)state;
    char folder[TEST_PATH], out[TEST_PATH], path[TEST_PATH], before[TEST_PATH];
    make_scratch(folder);
    observer stop = {.stop_at = 2};
    rl_error error;
    in_folder(out, folder, "run");
    assert_int_equal(train(out, NULL, &stop, NULL, NULL), RL_STOPPED);

    rl_dataset *other;
    assert_int_equal(rl_dataset_open(&other, "shapes", 2, NULL), RL_OK);
    assert_int_equal(rl_resume(out, other, 1, NULL, NULL, NULL, &error), RL_ERROR_MISMATCH);
    assert_non_null(strstr(error.message, "other data"));
    rl_dataset_free(other);

    /* Half a checkpoint: named, and not touched. */
    in_folder(path, out, "checkpoint.safetensors");
    assert_int_equal(truncate(path, 1000), 0);
    assert_int_equal(rl_resume(out, shapes(), 1, NULL, NULL, NULL, &error), RL_ERROR_FORMAT);
    assert_non_null(strstr(error.message, "checkpoint.safetensors"));

    /* Weights of another width, before any run directory is made. */
    const char *const bad = in_folder(before, folder, "narrow");
    rl_config *config = tiny_config(bad);
    rl_model *model;
    char weights[TEST_PATH];
    set(config, "width", "3");
    assert_int_equal(rl_model_create(&model, config, shapes(), NULL), RL_OK);
    assert_int_equal(rl_model_save(model, in_folder(weights, folder, "w3.safetensors"), NULL),
                     RL_OK);
    rl_model_free(model);
    set(config, "width", "4");
    set(config, "init", weights);
    assert_int_equal(rl_train(config, shapes(), NULL, NULL, NULL, &error), RL_ERROR_MISMATCH);
    assert_non_null(strstr(error.message, "conv1.weight has shape [3, 3, 3, 3], expected [4, 3"));
    assert_false(rl_file_exists(bad));
    rl_config_free(config);
    remove_scratch(folder);
}

static void weights_travel_through_files(void **state) {
    (void)state;
    char folder[TEST_PATH], out[TEST_PATH], path[TEST_PATH];
    make_scratch(folder);
    assert_int_equal(train(in_folder(out, folder, "run"), NULL, NULL, NULL, NULL), RL_OK);
    rl_model *a, *b;
    rl_evaluation *x, *y;
    assert_int_equal(rl_model_load(&a, out, 2, NULL), RL_OK);
    assert_int_equal(rl_model_save(a, in_folder(path, folder, "copy.safetensors"), NULL), RL_OK);
    assert_int_equal(rl_model_load(&b, path, 1, NULL), RL_OK);
    assert_int_equal(rl_evaluate(&x, a, shapes(), RL_SPLIT_TEST, 40, NULL), RL_OK);
    assert_int_equal(rl_evaluate(&y, b, shapes(), RL_SPLIT_TEST, 40, NULL), RL_OK);
    assert_true(x->loss == y->loss && x->accuracy == y->accuracy);
    /* And the figures are those that training recorded. */
    char *rows = text_of(out, "metrics.csv");
    const char *last = strrchr(rows, '\n') - 1;
    while (last > rows && last[-1] != '\n')
        last--;
    double columns[9];
    for (size_t i = 0; i < 9; i++) {
        columns[i] = strtod(last, NULL);
        last += strcspn(last, ",\n") + 1;
    }
    assert_true(fabs(columns[5] - x->loss) < 1e-6);
    assert_true(columns[6] == x->accuracy);
    rl_free(rows);
    uint64_t counted = 0;
    for (size_t i = 0; i < x->class_count * x->class_count; i++)
        counted += x->confusion[i];
    assert_int_equal(counted, 40);
    assert_true(x->accuracy_low < x->accuracy_high && x->top5 >= x->accuracy);
    rl_evaluation_free(x);
    rl_evaluation_free(y);
    rl_model_free(a);
    rl_model_free(b);
    remove_scratch(folder);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(loss_falls_and_records_are_complete),
        cmocka_unit_test(threads_change_nothing),
        cmocka_unit_test(resumed_runs_end_the_same),
        cmocka_unit_test(finished_runs_resume_to_nothing),
        cmocka_unit_test(a_diverging_run_keeps_its_last_checkpoint),
        cmocka_unit_test(an_existing_directory_is_left_alone),
        cmocka_unit_test(a_run_in_progress_is_locked),
        cmocka_unit_test(other_data_and_bad_files_are_refused),
        cmocka_unit_test(weights_travel_through_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
