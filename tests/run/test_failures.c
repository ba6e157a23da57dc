/* Runs that go wrong after they began: weights that are not finite, a disk that is full. Whatever
 * happens, the last good checkpoint stays, and the records say what it was. */
#include "run/metrics.h"
#include "run/model.h"
#include "run/runs.h"

#include <math.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

/* Weights grow by about a million times a step, while batch norm keeps the loss finite. */
static const char *const explosive[][2] = {{"lr", "1000"},       {"weight-decay", "1000"},
                                           {"optimizer", "sgd"}, {"schedule", "constant"},
                                           {"epochs", "50"},     {0}};

static rl_config *config_with(const char *out, const char *const (*changes)[2]) {
    rl_config *config = tiny_config(out);
    for (; changes && (*changes)[0]; changes++)
        set(config, (*changes)[0], (*changes)[1]);
    return config;
}

static void assert_all_finite(const char *path) {
    rl_safetensors *file;
    assert_int_equal(rl_safetensors_read(&file, path, NULL), RL_OK);
    for (size_t i = 0; i < rl_safetensors_count(file); i++) {
        const rl_tensor *tensor = rl_safetensors_at(file, i);
        const size_t count = tensor->size / sizeof(float);
        for (size_t j = 0; tensor->dtype == RL_DTYPE_F32 && j < count; j++) {
            float value;
            memcpy(&value, (const char *)tensor->data + j * sizeof value, sizeof value);
            if (!isfinite(value))
                fail_msg("%s: %s[%zu] is %g", path, tensor->name, j, (double)value);
        }
    }
    rl_safetensors_free(file);
}

static void assert_outcome(const char *out, const char *outcome, const char *reason) {
    char *summary = text_of(out, "summary.json"), line[64];
    snprintf(line, sizeof line, "\"outcome\": \"%s\"", outcome);
    assert_non_null(strstr(summary, line));
    assert_non_null(strstr(summary, reason));
    rl_free(summary);
}

/* Diverges, and again in the same way when resumed. */
static void diverge(const rl_config *config, const char *out, const char *what) {
    char checkpoint[TEST_PATH], copy[TEST_PATH + 8];
    rl_error error, again;
    assert_int_equal(rl_train(config, shapes(), NULL, NULL, NULL, &error), RL_ERROR_DIVERGED);
    assert_non_null(strstr(error.message, what));
    assert_outcome(out, "diverged", what);
    assert_all_finite(in_folder(checkpoint, out, "checkpoint.safetensors"));
    uint8_t *bytes;
    size_t size;
    assert_int_equal(rl_file_read(checkpoint, 1U << 30, &bytes, &size, NULL), RL_OK);
    snprintf(copy, sizeof copy, "%s.copy", out);
    assert_int_equal(rl_file_replace_bytes(copy, bytes, size, NULL), RL_OK);
    rl_free(bytes);
    assert_int_equal(rl_resume(out, shapes(), 1, NULL, NULL, NULL, &again), RL_ERROR_DIVERGED);
    assert_string_equal(error.message, again.message);
    assert_same_file(copy, checkpoint);
}

/* Initial weights for `config` with all of one tensor set to `value`, in `path`. */
static void save_weights_with(const rl_config *config, const char *path, const char *name,
                              float value) {
    rl_model *model;
    assert_int_equal(rl_model_create(&model, config, shapes(), NULL), RL_OK);
    for (size_t i = 0; i < rl_net_tensor_count(model->net); i++) {
        const rl_net_tensor *tensor = rl_net_tensor_at(model->net, i);
        float *slab = tensor->role == RL_TENSOR_STATISTIC ? rl_net_statistics(model->net)
                                                          : rl_net_parameters(model->net);
        for (size_t j = 0; strcmp(tensor->name, name) == 0 && j < tensor->count; j++)
            slab[tensor->offset + j] = value;
    }
    assert_int_equal(rl_model_save(model, path, NULL), RL_OK);
    rl_model_free(model);
}

/* Equal biases leave loss and gradients as they were, but decay of 1e35 times a million overflows:
 * the update, not the loss, is what breaks. */
static void infinite_weights_are_not_saved(void **state) {
    (void)state;
    char folder[TEST_PATH], out[TEST_PATH], path[TEST_PATH];
    make_scratch(folder);
    rl_config *config = config_with(in_folder(out, folder, "run"), explosive);
    save_weights_with(config, in_folder(path, folder, "init.safetensors"), "linear.bias", 1e35F);
    set(config, "init", path);
    set(config, "limit-train", "16"); /* one step an epoch: to be saved right after it */
    diverge(config, out, "a weight is not finite after step 1:");
    assert_false(rl_file_exists(in_folder(path, out, "model.safetensors")));
    rl_config_free(config);
    remove_scratch(folder);
}

static void divergence_within_an_epoch_is_named(void **state) {
    (void)state;
    char folder[TEST_PATH], out[TEST_PATH];
    make_scratch(folder);
    rl_config *config = config_with(in_folder(out, folder, "run"), explosive);
    set(config, "limit-train", "160"); /* ten steps: it does not survive the first epoch */
    diverge(config, out, "is not finite at step ");
    rl_config_free(config);
    remove_scratch(folder);
}

/* A file of weights that are no numbers is no place to start from. */
static void broken_weights_are_not_begun_with(void **state) {
    (void)state;
    char folder[TEST_PATH], out[TEST_PATH], path[TEST_PATH];
    make_scratch(folder);
    rl_error error;
    rl_config *config = config_with(in_folder(out, folder, "run"), NULL);
    save_weights_with(config, in_folder(path, folder, "init.safetensors"), "conv1.weight", NAN);
    set(config, "init", path);
    assert_int_equal(rl_train(config, shapes(), NULL, NULL, NULL, &error), RL_ERROR_MISMATCH);
    assert_non_null(strstr(error.message, "conv1.weight holds nan (element 0), expected finite"));
    assert_false(rl_file_exists(out));
    rl_config_free(config);
    remove_scratch(folder);
}

/* Finite weights that give a loss which is none stop at the first step. */
static void a_loss_without_end_stops_at_the_first_step(void **state) {
    (void)state;
    char folder[TEST_PATH], out[TEST_PATH], path[TEST_PATH];
    make_scratch(folder);
    rl_error error;
    rl_config *config = config_with(in_folder(out, folder, "run"), NULL);
    save_weights_with(config, in_folder(path, folder, "init.safetensors"), "linear.weight", 3e38F);
    set(config, "init", path);
    assert_int_equal(rl_train(config, shapes(), NULL, NULL, NULL, &error), RL_ERROR_DIVERGED);
    assert_non_null(strstr(error.message, "the loss is not finite at step 1 "));
    assert_outcome(out, "diverged", "at step 1 ");
    char *steps = text_of(out, "steps.csv");
    assert_non_null(strstr(steps, "\n1,nan,0,")); /* what happened is on record; none is class 0 */
    rl_free(steps);
    assert_false(rl_file_exists(in_folder(path, out, "model.safetensors")));
    rl_config_free(config);
    remove_scratch(folder);
}

static bool stop_at_step_3(const rl_progress *progress, void *context) {
    double *test_loss = context;
    if (progress->event == RL_EVENT_EPOCH)
        *test_loss = progress->test_loss;
    return progress->event != RL_EVENT_STEP || progress->total_step != 3;
}

/* Training goes well, by batch statistics; the running ones are far off, so that only the test
 * pass ends in NaN: however the test is made, and in a resumed run too. */
static void a_test_loss_that_is_none_is_divergence(void **state) {
    (void)state;
    static const char *const variants[][3] = {{"plain", "epochs", "2"},
                                              {"averaged", "ema", "0.99"},
                                              {"mirrored", "mirror-test", "true"},
                                              {"resumed", "seed", "3"}};
    rl_dataset flippable = *shapes();
    flippable.flip_keeps_label = true;
    for (size_t i = 0; i < sizeof variants / sizeof *variants; i++) {
        const bool resumed = strcmp(variants[i][0], "resumed") == 0;
        char folder[TEST_PATH], out[TEST_PATH], path[TEST_PATH];
        rl_run_record *record;
        rl_result result;
        rl_error error;
        double test_loss = 0;
        make_scratch(folder);
        rl_config *config = config_with(in_folder(out, folder, "run"), NULL);
        save_weights_with(config, in_folder(path, folder, "init.safetensors"), "bn1.running_mean",
                          -3e38F);
        set(config, "init", path);
        set(config, variants[i][1], variants[i][2]);
        rl_status status =
            rl_train(config, &flippable, stop_at_step_3, &test_loss, &result, &error);
        assert_int_equal(status, RL_STOPPED);
        if (!resumed) {
            remove_scratch(out);
            status = rl_train(config, &flippable, NULL, NULL, &result, &error);
        } else {
            status = rl_resume(out, &flippable, 1, stop_at_step_3, &test_loss, &result, &error);
            assert_true(isnan(test_loss)); /* the epoch is told of, too */
        }
        assert_int_equal(status, RL_ERROR_DIVERGED);
        assert_non_null(strstr(error.message, "the test loss is not finite after epoch 1"));
        assert_outcome(out, "diverged", "the test loss is not finite after epoch 1");
        assert_true(result.epochs == 1 && result.train_accuracy > 0 && isnan(result.test_loss));
        assert_all_finite(in_folder(path, out, "checkpoint.safetensors"));
        assert_false(rl_file_exists(in_folder(path, out, "model.safetensors")));
        assert_int_equal(rl_run_record_read(&record, out, NULL), RL_OK);
        assert_int_equal(record->state, RL_RUN_DIVERGED);
        assert_int_equal(record->epoch_count, 1);
        assert_true(isnan(record->epochs[0].test_loss) && record->epochs[0].test_accuracy == 0);
        assert_true(record->epochs[0].train_loss == result.train_loss);
        rl_run_record_free(record);
        rl_config_free(config);
        remove_scratch(folder);
    }
}

/* Runs of version 0.1.0 went on after such an epoch, and were called completed. */
static void older_runs_that_went_on_count_as_diverged(void **state) {
    (void)state;
    char folder[TEST_PATH], out[TEST_PATH], path[TEST_PATH];
    rl_run_record *record;
    make_scratch(folder);
    rl_config *config = config_with(in_folder(out, folder, "run"), NULL);
    assert_int_equal(rl_train(config, shapes(), NULL, NULL, NULL, NULL), RL_OK);
    char *table = text_of(out, "metrics.csv");
    rl_epoch_row *rows;
    size_t count;
    in_folder(path, out, "metrics.csv");
    assert_int_equal(rl_metrics_read(path, &rows, &count, NULL), RL_OK);
    char correct[TEST_PATH]; /* which came later */
    assert_int_equal(unlink(in_folder(correct, out, "correct.safetensors")), 0);
    static const double figures[] = {NAN, INFINITY, 4e35};
    for (size_t i = 0; i < sizeof figures / sizeof *figures; i++) {
        FILE *file = fopen(path, "w");
        assert_non_null(file);
        fprintf(file, "%s\n", rl_epochs_form.heading);
        for (size_t e = 0; e < count; e++) /* finite again at the end */
            fprintf(file, "%zu,%d,0.1,1,0.5,%g,0.1,1,1,1,nan,nan\n", e + 1, 5 * ((int)e + 1),
                    e == 0 ? figures[i] : 3e15);
        fclose(file);
        assert_int_equal(rl_run_record_read(&record, out, NULL), RL_OK);
        assert_int_equal(record->state, i < 2 ? RL_RUN_DIVERGED : RL_RUN_DONE);
        if (i < 2)
            assert_string_equal(record->reason, "the test loss is not finite after epoch 1");
        rl_run_record_free(record);
    }
    rl_free(rows);
    rl_free(table);
    rl_config_free(config);
    remove_scratch(folder);
}

static void limit_files(rlim_t bytes) {
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = bytes < limit.rlim_max ? bytes : limit.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* From the seventh step on, files are full after 64 KiB: tables fit, checkpoints do not. */
static bool fill_disk(const rl_progress *progress, void *context) {
    (void)context;
    if (progress->event == RL_EVENT_STEP && progress->total_step == 7)
        limit_files(65536);
    return progress->total_step < 8;
}

static void a_full_disk_destroys_nothing(void **state) {
    (void)state;
    char folder[TEST_PATH], out[TEST_PATH], whole[TEST_PATH], x[TEST_PATH], y[TEST_PATH];
    make_scratch(folder);
    signal(SIGXFSZ, SIG_IGN); /* an error of write, as on a full disk */
    rl_error error;
    rl_config *config = config_with(in_folder(out, folder, "run"), NULL);
    const rl_status status = rl_train(config, shapes(), fill_disk, NULL, NULL, &error);
    limit_files(RLIM_INFINITY);
    assert_int_equal(status, RL_ERROR_IO);
    assert_non_null(strstr(error.message, "checkpoint.safetensors"));
    assert_outcome(out, "failed", "checkpoint.safetensors");
    /* That of the first epoch is still there: the run goes on as if nothing had been. */
    if (rl_resume(out, shapes(), 2, NULL, NULL, NULL, &error) != RL_OK)
        fail_msg("%s", error.message);
    set(config, "out", in_folder(whole, folder, "whole"));
    assert_int_equal(rl_train(config, shapes(), NULL, NULL, NULL, NULL), RL_OK);
    static const char *const files[] = {"checkpoint.safetensors", "model.safetensors", "steps.csv"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        assert_same_file(in_folder(x, out, files[i]), in_folder(y, whole, files[i]));
    rl_config_free(config);
    remove_scratch(folder);
}

static void a_disk_full_from_the_start_leaves_no_directory(void **state) {
    (void)state;
    char folder[TEST_PATH], out[TEST_PATH];
    make_scratch(folder);
    signal(SIGXFSZ, SIG_IGN);
    rl_config *config = config_with(in_folder(out, folder, "run"), NULL);
    limit_files(65536);
    rl_error error;
    const rl_status status = rl_train(config, shapes(), NULL, NULL, NULL, &error);
    limit_files(RLIM_INFINITY);
    assert_int_equal(status, RL_ERROR_IO);
    assert_false(rl_file_is_folder(out));
    rl_config_free(config);
    remove_scratch(folder);
}

/* Copies the directory as a process killed after the third step would leave it. */
static bool copy_run(const rl_progress *progress, void *context) {
    char command[2 * TEST_PATH + 32];
    if (progress->event == RL_EVENT_STEP && progress->total_step == 3) {
        snprintf(command, sizeof command, "cp -r '%s' '%s'", progress->run_directory,
                 (const char *)context);
        assert_int_equal(system(command), 0); /* NOLINT(cert-env33-c): paths made by mkdtemp */
    }
    return true;
}

static void a_killed_run_goes_on_from_its_first_second(void **state) {
    (void)state;
    char folder[TEST_PATH], out[TEST_PATH], killed[TEST_PATH], x[TEST_PATH], y[TEST_PATH];
    rl_error error;
    make_scratch(folder);
    in_folder(killed, folder, "killed");
    rl_config *config = config_with(in_folder(out, folder, "run"), NULL);
    assert_int_equal(rl_train(config, shapes(), copy_run, killed, NULL, NULL), RL_OK);
    if (rl_resume(killed, shapes(), 1, NULL, NULL, NULL, &error) != RL_OK)
        fail_msg("%s", error.message);
    static const char *const files[] = {"checkpoint.safetensors", "model.safetensors", "steps.csv"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        assert_same_file(in_folder(x, out, files[i]), in_folder(y, killed, files[i]));
    char *environment = text_of(killed, "environment.json");
    assert_non_null(strstr(environment, "\"resumed\": ["));
    assert_non_null(strstr(environment, "\"step\": 0"));
    rl_free(environment);
    rl_config_free(config);
    remove_scratch(folder);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(infinite_weights_are_not_saved),
        cmocka_unit_test(divergence_within_an_epoch_is_named),
        cmocka_unit_test(broken_weights_are_not_begun_with),
        cmocka_unit_test(a_loss_without_end_stops_at_the_first_step),
        cmocka_unit_test(a_test_loss_that_is_none_is_divergence),
        cmocka_unit_test(older_runs_that_went_on_count_as_diverged),
        cmocka_unit_test(a_full_disk_destroys_nothing),
        cmocka_unit_test(a_disk_full_from_the_start_leaves_no_directory),
        cmocka_unit_test(a_killed_run_goes_on_from_its_first_second),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
