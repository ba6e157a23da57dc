/* Runs with everything on that stands beside the plain step: averaged weights, clipping, decay of
 * weights only, mirror averaging. They resume and repeat to the bit, and what they test and write
 * is the average. (That it is the right average, PyTorch tells: tests/interop/test_recipe.py.) */
#include "run/runs.h"

#include "format/safetensors.h"
#include "run/config.h"
#include "run/event_files.h"

#include <math.h>

static const char *const everything[] = {"recipe",     "strong", "clip-norm", "0.5",  "epochs", "2",
                                         "batch-size", "16",     "lr",        "0.02", NULL};

static rl_config *config_with(const char *out, const char *const *more) {
    rl_config *config = tiny_config(out);
    assert_int_equal(rl_config_set_all(config, everything, NULL), RL_OK);
    if (more)
        assert_int_equal(rl_config_set_all(config, more, NULL), RL_OK);
    return config;
}

typedef struct {
    uint64_t stop_at; /* 0: never */
    bool stop_in_test;
    double test_loss, test_accuracy; /* of the last epoch */
} observer;

static bool observe(const rl_progress *progress, void *context) {
    observer *o = context;
    if (progress->event == RL_EVENT_EPOCH) {
        o->test_loss = progress->test_loss;
        o->test_accuracy = progress->test_accuracy;
    }
    if (progress->event == RL_EVENT_EVALUATING)
        return !o->stop_in_test;
    return progress->event != RL_EVENT_STEP || progress->total_step != o->stop_at;
}

static rl_status train(const char *out, const char *const *more, observer *o) {
    rl_config *config = config_with(out, more);
    const rl_status status = rl_train(config, shapes(), observe, o, NULL, NULL);
    rl_config_free(config);
    return status;
}

static void assert_same_run(const char *a, const char *b) {
    static const char *const files[] = {"checkpoint.safetensors", "model.safetensors", "steps.csv"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        char x[TEST_PATH], y[TEST_PATH];
        assert_same_file(in_folder(x, a, files[i]), in_folder(y, b, files[i]));
    }
}

static void threads_and_stops_change_nothing(void **state) {
    (void)state;
    static const observer stops[] = {
        {.stop_at = 1}, {.stop_at = 3}, {.stop_at = 5}, {.stop_in_test = true}, {.stop_at = 9}};
    static const char *const threads[] = {"1", "2", "3"};
    char folder[TEST_PATH], whole[TEST_PATH], other[TEST_PATH];
    make_scratch(folder);
    observer none = {0};
    assert_int_equal(train(in_folder(whole, folder, "whole"), NULL, &none), RL_OK);
    for (size_t i = 0; i < 3; i++) {
        const char *const more[] = {"threads", threads[i], NULL};
        assert_int_equal(train(in_folder(other, folder, threads[i]), more, &none), RL_OK);
        assert_same_run(whole, other);
    }
    for (size_t i = 0; i < sizeof stops / sizeof *stops; i++) {
        char name[16];
        snprintf(name, sizeof name, "part%zu", i);
        observer stop = stops[i];
        rl_error error;
        assert_int_equal(train(in_folder(other, folder, name), NULL, &stop), RL_STOPPED);
        if (rl_resume(other, shapes(), 1 + (int)i % 3, NULL, NULL, NULL, &error) != RL_OK)
            fail_msg("%s", error.message);
        assert_same_run(whole, other);
    }
    remove_scratch(folder);
}

static rl_safetensors *open_file(const char *folder, const char *name) {
    char path[TEST_PATH];
    rl_safetensors *file;
    rl_error error;
    if (rl_safetensors_read(&file, in_folder(path, folder, name), &error) != RL_OK)
        fail_msg("%s", error.message);
    return file;
}

/* The tensors of the model in both files, byte for byte; returns how many. */
static size_t assert_same_model(const rl_safetensors *a, const rl_safetensors *b) {
    for (size_t i = 0; i < rl_safetensors_count(a); i++) {
        const rl_tensor *x = rl_safetensors_at(a, i), *y = rl_safetensors_find(b, x->name);
        assert_non_null(y);
        assert_int_equal(x->size, y->size);
        assert_memory_equal(x->data, y->data, x->size);
    }
    return rl_safetensors_count(a);
}

/* The same steps as without an average; model.safetensors and the model in the checkpoint are the
 * average; the weights that training goes on with are there, too. */
static void files_have_the_average_and_training_does_not(void **state) {
    (void)state;
    static const char *const without[] = {"ema", "0", NULL};
    char folder[TEST_PATH], averaged[TEST_PATH], plain[TEST_PATH], x[TEST_PATH], y[TEST_PATH];
    make_scratch(folder);
    observer o = {0};
    assert_int_equal(train(in_folder(averaged, folder, "averaged"), NULL, &o), RL_OK);
    assert_int_equal(train(in_folder(plain, folder, "plain"), without, &o), RL_OK);
    assert_same_file(in_folder(x, averaged, "steps.csv"), in_folder(y, plain, "steps.csv"));
    rl_safetensors *model = open_file(averaged, "model.safetensors"),
                   *checkpoint = open_file(averaged, "checkpoint.safetensors"),
                   *other = open_file(plain, "model.safetensors");
    assert_true(assert_same_model(model, checkpoint) > 60);
    assert_non_null(rl_safetensors_find(checkpoint, "run.parameters"));
    assert_non_null(rl_safetensors_find(checkpoint, "run.statistics"));
    const rl_tensor *raw = rl_safetensors_find(other, "linear.bias"),
                    *mean = rl_safetensors_find(model, "linear.bias"),
                    *slab = rl_safetensors_find(checkpoint, "run.parameters");
    assert_memory_not_equal(raw->data, mean->data, raw->size);
    /* Of a vector, the slab has the bytes of the file somewhere: those of the plain run. */
    assert_non_null(memmem(slab->data, slab->size, raw->data, raw->size));
    assert_null(memmem(slab->data, slab->size, mean->data, mean->size));
    rl_safetensors_free(model);
    rl_safetensors_free(checkpoint);
    rl_safetensors_free(other);
    remove_scratch(folder);
}

/* A model's loss on the test images of the run, its logits averaged with those of mirror images or
 * not. */
static rl_evaluation *evaluate(const char *path, const rl_dataset *dataset, bool mirror) {
    rl_model *model;
    rl_evaluation *evaluation;
    assert_int_equal(rl_model_load(&model, path, 2, NULL), RL_OK);
    assert_int_equal(rl_model_set_mirror(model, mirror, NULL), RL_OK);
    assert_int_equal(rl_evaluate(&evaluation, model, dataset, RL_SPLIT_TEST, 40, NULL), RL_OK);
    rl_model_free(model);
    return evaluation;
}

/* Rounding of a batch of 16 against one of 40. */
static bool near(double a, double b) {
    return fabs(a - b) <= 1e-5 * b;
}

static void the_test_pass_is_of_the_average_and_mirrored(void **state) {
    (void)state;
    static const char *const plain_test[] = {"mirror-test", "no", NULL};
    for (int mirror = 0; mirror < 2; mirror++) {
        char folder[TEST_PATH], out[TEST_PATH], checkpoint[TEST_PATH];
        make_scratch(folder);
        observer o = {0};
        in_folder(out, folder, "run");
        assert_int_equal(train(out, mirror ? NULL : plain_test, &o), RL_OK);
        const char *const paths[] = {out, in_folder(checkpoint, out, "checkpoint.safetensors")};
        for (size_t i = 0; i < 2; i++) {
            rl_evaluation *same = evaluate(paths[i], shapes(), mirror);
            rl_evaluation *other = evaluate(paths[i], shapes(), !mirror);
            assert_true(same->mirrored == mirror && other->mirrored == !mirror);
            assert_true(near(same->loss, o.test_loss));
            assert_true(same->accuracy == o.test_accuracy);
            assert_false(near(other->loss, o.test_loss));
            rl_evaluation_free(same);
            rl_evaluation_free(other);
        }
        remove_scratch(folder);
    }
}

/* Where a mirror image may be of another class, nothing is mirrored. */
static void data_can_forbid_mirrors(void **state) {
    (void)state;
    rl_dataset *dataset;
    assert_int_equal(rl_dataset_open(&dataset, "shapes", 1, NULL), RL_OK);
    dataset->flip_keeps_label = false;
    char folder[TEST_PATH], out[TEST_PATH];
    make_scratch(folder);
    observer o = {0};
    rl_config *config = config_with(in_folder(out, folder, "run"), NULL);
    assert_int_equal(rl_train(config, dataset, observe, &o, NULL, NULL), RL_OK);
    rl_evaluation *asked = evaluate(out, dataset, true), *plain = evaluate(out, dataset, false);
    assert_false(asked->mirrored);
    assert_true(asked->loss == plain->loss);
    assert_true(near(plain->loss, o.test_loss));
    rl_evaluation_free(asked);
    rl_evaluation_free(plain);
    rl_config_free(config);
    rl_dataset_free(dataset);
    remove_scratch(folder);
}

/* A point a step, of norms before clipping (they are above it here); none where nothing clips. */
static void norms_are_recorded_where_gradients_are_clipped(void **state) {
    (void)state;
    static const char *const no_clipping[] = {"clip-norm", "0", NULL};
    for (int clip = 0; clip < 2; clip++) {
        char folder[TEST_PATH], out[TEST_PATH];
        make_scratch(folder);
        observer o = {0};
        assert_int_equal(train(in_folder(out, folder, "run"), clip ? NULL : no_clipping, &o),
                         RL_OK);
        event_log log = read_events(out);
        size_t points = 0;
        for (size_t i = 0; i < log.count; i++)
            if (strcmp(log.points[i].tag, "step/gradient_norm") == 0) {
                assert_int_equal(log.points[i].step, ++points);
                assert_true(log.points[i].value > 0.5F && log.points[i].value < 100);
            }
        assert_int_equal(points, clip ? 10 : 0);
        free(log.points);
        remove_scratch(folder);
    }
}

/* A checkpoint of a run without an average is none of a run with one: it says so itself. */
static void a_checkpoint_without_its_weights_is_refused(void **state) {
    (void)state;
    static const char *const without[] = {"ema", "0", NULL};
    char folder[TEST_PATH], averaged[TEST_PATH], plain[TEST_PATH], command[3 * TEST_PATH];
    make_scratch(folder);
    observer stop = {.stop_at = 3};
    assert_int_equal(train(in_folder(averaged, folder, "averaged"), NULL, &stop), RL_STOPPED);
    assert_int_equal(train(in_folder(plain, folder, "plain"), without, &stop), RL_STOPPED);
    snprintf(command, sizeof command, "cp '%s/checkpoint.safetensors' '%s'", plain, averaged);
    assert_int_equal(system(command), 0); /* NOLINT(cert-env33-c): paths made by mkdtemp */
    rl_error error;
    assert_int_equal(rl_resume(averaged, shapes(), 1, NULL, NULL, NULL, &error), RL_ERROR_MISMATCH);
    assert_non_null(strstr(error.message, "ema"));
    remove_scratch(folder);
}

static bool stop_at_once(const rl_progress *progress, void *context) {
    (void)progress, (void)context;
    return false;
}

static void failing_allocations(void **state) {
    (void)state;
    char folder[TEST_PATH], out[TEST_PATH];
    make_scratch(folder);
    rl_config *config = config_with(in_folder(out, folder, "run"), NULL);
    shapes(); /* opened before */
    rl_status status = RL_ERROR_MEMORY;
    long n = 0;
    for (; status != RL_STOPPED && n < 3000; n++) {
        rl_memory_fail_after(n);
        status = rl_train(config, shapes(), stop_at_once, NULL, NULL, NULL);
        rl_memory_fail_after(-1);
        assert_true(status == RL_STOPPED || status == RL_ERROR_MEMORY || status == RL_ERROR_IO);
        char command[TEST_PATH + 16];
        snprintf(command, sizeof command, "rm -rf '%s'", out);
        assert_int_equal(system(command), 0); /* NOLINT(cert-env33-c): a path made by mkdtemp */
    }
    assert_true(n > 50 && status == RL_STOPPED);
    rl_config_free(config);
    remove_scratch(folder);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(threads_and_stops_change_nothing),
        cmocka_unit_test(files_have_the_average_and_training_does_not),
        cmocka_unit_test(the_test_pass_is_of_the_average_and_mirrored),
        cmocka_unit_test(data_can_forbid_mirrors),
        cmocka_unit_test(norms_are_recorded_where_gradients_are_clipped),
        cmocka_unit_test(a_checkpoint_without_its_weights_is_refused),
        cmocka_unit_test(failing_allocations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
