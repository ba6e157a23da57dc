/* Bands over seeds of made-up results, and a study's directory read back. */
#include "study/numbers/results.h"

#include "run/runs.h"
#include "study/numbers/statistics.h"
#include "study/synthetic.h"

static const char seeds[] = "1, 2, 3, 4";

static void bands_are_means_and_intervals(void **state) {
    (void)state;
    rl_results *results = synthetic_results(SYNTHETIC_REFERENCE, seeds, synthetic_reference);
    const rl_study_arm *arm = &results->study->groups[0].arms[1];
    rl_curve_band band;
    assert_int_equal(rl_results_band(&band, results, arm, RL_CURVE_TRAIN_LOSS, NULL), RL_OK);
    assert_int_equal(band.count, 12);
    assert_int_equal(band.seeds, 4);
    for (size_t e = 0; e < band.count; e++) {
        double values[4];
        for (size_t s = 0; s < 4; s++)
            values[s] = rl_results_record(results, arm, s)->epochs[e].train_loss;
        const rl_sample sample = rl_sample_of(values, 4);
        assert_true(band.epoch[e] == (double)e + 1 && band.mean[e] == sample.mean);
        assert_true(band.low[e] == sample.low && band.high[e] == sample.high);
        assert_true(band.low[e] < band.mean[e] && band.mean[e] < band.high[e]);
    }
    rl_curve_band_clear(&band);
    rl_results_free(results);
}

static void bands_leave_out_runs_that_are_not_done(void **state) {
    (void)state;
    const synthetic_arm arms[] = {{"relu", 0.8, 0.01, 0, 0.4, 0.4, 400, 2, 1},
                                  {"gelu", 0.8, 0.01, 0, 0.4, 0.4, 400, 4, 0},
                                  {NULL, 0.7, 0.01, 0, 0.5, 0.4, 400, 0, 0}};
    rl_results *results = synthetic_results(SYNTHETIC_REFERENCE, seeds, arms);
    const rl_study_group *group = &results->study->groups[0];
    assert_non_null(rl_results_record(results, &group->arms[1], 0));
    assert_null(rl_results_done(results, &group->arms[1], 0));
    assert_non_null(rl_results_done(results, &group->arms[1], 2));
    assert_null(rl_results_record(results, &group->arms[1], 3));
    rl_curve_band band;
    assert_int_equal(rl_results_band(&band, results, &group->arms[1], RL_CURVE_TEST_ACCURACY, NULL),
                     RL_OK);
    assert_int_equal(band.seeds, 1);
    assert_int_equal(band.count, 12);
    assert_true(band.low[11] == band.mean[11] && band.high[11] == band.mean[11]);
    rl_curve_band_clear(&band);
    assert_int_equal(rl_results_band(&band, results, &group->arms[3], RL_CURVE_TEST_ACCURACY, NULL),
                     RL_OK);
    assert_true(band.count == 0 && band.seeds == 0);
    rl_curve_band_clear(&band);
    rl_results_free(results);
}

static void bands_end_with_the_shortest_run(void **state) {
    (void)state;
    rl_results *results = synthetic_results(SYNTHETIC_REFERENCE, seeds, synthetic_reference);
    const rl_study_arm *arm = &results->study->groups[0].arms[0];
    results->records[arm->runs[2]]->epoch_count = 5;
    rl_curve_band band;
    assert_int_equal(rl_results_band(&band, results, arm, RL_CURVE_TEST_LOSS, NULL), RL_OK);
    assert_int_equal(band.count, 5);
    rl_curve_band_clear(&band);
    rl_results_free(results);
}

static void curves_are_columns(void **state) {
    (void)state;
    const rl_epoch_row row = {
        .train_loss = 1, .train_accuracy = 2, .test_loss = 3, .test_accuracy = 4};
    assert_true(rl_curve_value(&row, RL_CURVE_TRAIN_LOSS) == 1);
    assert_true(rl_curve_value(&row, RL_CURVE_TRAIN_ACCURACY) == 2);
    assert_true(rl_curve_value(&row, RL_CURVE_TEST_LOSS) == 3);
    assert_true(rl_curve_value(&row, RL_CURVE_TEST_ACCURACY) == 4);
}

static const char tiny[] =
    "name: tiny\n"
    "settings: {width: 2, limit-train: 32, limit-test: 20, batch-size: 16, epochs: 2}\n"
    "seeds: [5, 6]\n"
    "groups: {activations: {vary: {activation: [relu, gelu]}, figure: train_loss}}\n";

/* Trains three of four runs of the study `tiny` in `out`. */
static void train_tiny(const char *folder, const char *out) {
    char path[TEST_PATH];
    rl_study *study;
    rl_error error;
    assert_int_equal(
        rl_file_replace_bytes(in_folder(path, folder, "tiny.yaml"), tiny, sizeof tiny - 1, NULL),
        RL_OK);
    if (rl_study_open(&study, path, &error) != RL_OK)
        fail_msg("%s", error.message);
    for (size_t number = 1; number <= 3; number++)
        if (rl_study_train(study, out, number, NULL, NULL, &error) != RL_OK)
            fail_msg("%s", error.message);
    rl_study_free(study);
}

/* As if the run's data had 37 classes. */
static void change_classes(const char *run) {
    char path[2 * TEST_PATH];
    char *text = text_of(run, "environment.json"), *at = strstr(text, "\"classes\": 10");
    assert_non_null(at);
    memcpy(at, "\"classes\": 37", strlen("\"classes\": 37"));
    assert_int_equal(
        rl_file_replace_bytes(in_folder(path, run, "environment.json"), text, strlen(text), NULL),
        RL_OK);
    rl_free(text);
}

/* A study file does not say how many classes there are; the runs do. */
static void assert_sizes_are_those_of_the_runs(const char *out, const rl_results *before) {
    rl_results *results;
    for (size_t i = 0; i < 3; i++)
        change_classes(before->records[i]->directory);
    assert_int_equal(rl_results_read(&results, out, NULL), RL_OK);
    for (size_t a = 0; a < 2; a++) {
        const rl_study_arm *arm = &results->study->groups[0].arms[a];
        const rl_study_arm *ten = &before->study->groups[0].arms[a];
        assert_int_equal(arm->parameters, results->records[arm->runs[0]]->parameters);
        assert_int_equal(arm->parameters, ten->parameters + 27 * (8 * 2 + 1));
        assert_int_equal(arm->macs, ten->macs + 27 * 8 * 2);
    }
    rl_results_free(results);
}

static void a_directory_is_read_back(void **state) {
    (void)state;
    char folder[TEST_PATH], out[TEST_PATH], path[2 * TEST_PATH];
    rl_results *results;
    rl_error error;
    make_scratch(folder);
    train_tiny(folder, in_folder(out, folder, "out"));
    if (rl_results_read(&results, out, &error) != RL_OK)
        fail_msg("%s", error.message);
    assert_string_equal(results->directory, out);
    assert_int_equal(results->study->run_count, 4);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(results->records[i]->state, RL_RUN_DONE);
        assert_int_equal(results->records[i]->epoch_count, 2);
        assert_int_equal(results->records[i]->config->seed, results->study->runs[i].info.seed);
    }
    assert_null(results->records[3]);
    const rl_study_arm *relu = &results->study->groups[0].arms[0];
    assert_int_equal(rl_results_record(results, relu, 1)->config->seed, 6);
    assert_sizes_are_those_of_the_runs(out, results);
    rl_results_free(results);

    /* a broken run must not vanish from the report silently */
    snprintf(path, sizeof path, "echo broken > \"$(ls -d '%s'/runs/001*)/metrics.csv\"", out);
    assert_int_equal(system(path), 0); /* NOLINT(cert-env33-c): a path made by mkdtemp */
    assert_int_not_equal(rl_results_read(&results, out, &error), RL_OK);
    assert_non_null(strstr(error.message, "metrics.csv"));
    assert_null(results);
    remove_scratch(folder);
}

static void no_study_is_an_error(void **state) {
    (void)state;
    char folder[TEST_PATH];
    rl_results *results;
    rl_error error;
    make_scratch(folder);
    assert_int_equal(rl_results_read(&results, folder, &error), RL_ERROR_IO);
    assert_non_null(strstr(error.message, "study.yaml"));
    assert_null(results);
    remove_scratch(folder);
}

static void memory_failures_are_reported(void **state) {
    (void)state;
    char folder[TEST_PATH], out[TEST_PATH];
    rl_results *results = NULL;
    make_scratch(folder);
    train_tiny(folder, in_folder(out, folder, "out"));
    rl_status status = RL_ERROR_MEMORY;
    long failure = 0;
    for (; status != RL_OK; failure++) {
        rl_error error;
        rl_memory_fail_after(failure);
        status = rl_results_read(&results, out, &error);
        rl_memory_fail_after(-1);
        if (status == RL_OK)
            break;
        assert_int_equal(status, RL_ERROR_MEMORY);
        assert_null(results);
    }
    assert_true(failure > 10);
    rl_curve_band band;
    rl_memory_fail_after(2);
    assert_int_equal(rl_results_band(&band, results, &results->study->groups[0].arms[0],
                                     RL_CURVE_TRAIN_LOSS, NULL),
                     RL_ERROR_MEMORY);
    rl_memory_fail_after(-1);
    assert_null(band.mean);
    rl_results_free(results);
    remove_scratch(folder);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bands_are_means_and_intervals),
        cmocka_unit_test(bands_leave_out_runs_that_are_not_done),
        cmocka_unit_test(bands_end_with_the_shortest_run),
        cmocka_unit_test(curves_are_columns),
        cmocka_unit_test(a_directory_is_read_back),
        cmocka_unit_test(no_study_is_an_error),
        cmocka_unit_test(memory_failures_are_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
