/* Run directories read back: every state a run can be in, what is there at which moment, and files
 * that are not what they should be, each named with its line. */
#include "run/runs.h"

#include "run/metrics.h"

#include <math.h>
#include <unistd.h>

static rl_run_record *read_good(const char *out) {
    rl_error error;
    rl_run_record *record;
    if (rl_run_record_read(&record, out, &error) != RL_OK)
        fail_msg("%s", error.message);
    assert_non_null(record);
    return record;
}

static void write_file(const char *folder, const char *name, const char *text) {
    char path[TEST_PATH];
    assert_int_equal(rl_file_replace_bytes(in_folder(path, folder, name), text, strlen(text), NULL),
                     RL_OK);
}

static void remove_file(const char *folder, const char *name) {
    char path[TEST_PATH];
    assert_int_equal(unlink(in_folder(path, folder, name)), 0);
}

/* A run of two epochs in `out`, with `name` set to `value`. */
static void train(const char *out, const char *name, const char *value) {
    rl_config *config = tiny_config(out);
    if (name)
        set(config, name, value);
    rl_train(config, shapes(), NULL, NULL, NULL, NULL);
    rl_config_free(config);
}

static void a_done_run_says_all(void **state) {
    (void)state;
    char folder[TEST_PATH], out[TEST_PATH];
    rl_result result;
    make_scratch(folder);
    rl_config *config = tiny_config(in_folder(out, folder, "run"));
    assert_int_equal(rl_train(config, shapes(), NULL, NULL, &result, NULL), RL_OK);
    rl_run_record *record = read_good(out);
    assert_int_equal(record->state, RL_RUN_DONE);
    assert_string_equal(record->directory, out);
    assert_null(record->reason);
    assert_string_equal(rl_config_get(record->config, "limit-train"), "72");
    assert_int_equal(record->epoch_count, 2);
    const rl_epoch_row *last = &record->epochs[1];
    assert_int_equal(last->epoch, 2);
    assert_int_equal(last->step, 10);
    /* All digits of the run, not those of a summary. */
    assert_true(last->train_loss == result.train_loss);
    assert_true(last->train_accuracy == result.train_accuracy);
    assert_true(last->test_loss == result.test_loss);
    assert_true(last->test_accuracy == result.test_accuracy);
    assert_true(last->lr > 0 && last->images_per_second > 0);
    assert_int_equal(record->train_images, 72);
    assert_int_equal(record->test_images, 40);
    assert_int_equal(record->data_train_images, rl_dataset_count(shapes(), RL_SPLIT_TRAIN));
    assert_int_equal(record->data_test_images, rl_dataset_count(shapes(), RL_SPLIT_TEST));
    assert_true(fabs(record->seconds - result.seconds) < 0.002);
    assert_true(record->images_per_second > 0 && record->peak_memory_bytes > 1000000);
    assert_int_equal(record->class_count, 10);
    assert_int_equal(record->threads, 2);
    assert_string_equal(record->version, rl_version());
    assert_string_equal(record->data_format, "shapes");
    assert_string_equal(record->fingerprint, rl_dataset_fingerprint(shapes()));
    assert_true(record->cpu[0] && record->instruction_set[0]);
    rl_summary *summary;
    assert_int_equal(rl_summary_create(&summary, config, 10, NULL), RL_OK);
    assert_int_equal(record->parameters, rl_summary_parameters(summary));
    assert_int_equal(record->macs, rl_summary_macs(summary));
    rl_summary_free(summary);
    rl_run_record_free(record);
    rl_config_free(config);
    remove_scratch(folder);
}

typedef struct {
    bool looked; /* in the middle of the second epoch */
    uint64_t stop_at;
} glance;

static bool look(const rl_progress *progress, void *context) {
    glance *g = context;
    if (progress->event == RL_EVENT_STEP && progress->total_step == 7) {
        rl_run_record *record = read_good(progress->run_directory);
        assert_int_equal(record->state, RL_RUN_RUNNING);
        assert_int_equal(record->epoch_count, 1);
        assert_int_equal(record->train_images, 72);
        assert_true(record->seconds > 0); /* the clock's, from the end of the first epoch */
        assert_true(isnan(record->images_per_second));
        assert_int_equal(record->peak_memory_bytes, 0);
        rl_run_record_free(record);
        g->looked = true;
    }
    return progress->total_step != g->stop_at;
}

static void a_run_in_progress_shows_what_there_is(void **state) {
    (void)state;
    char folder[TEST_PATH], out[TEST_PATH];
    make_scratch(folder);
    rl_config *config = tiny_config(in_folder(out, folder, "run"));
    glance g = {.stop_at = 8};
    assert_int_equal(rl_train(config, shapes(), look, &g, NULL, NULL), RL_STOPPED);
    assert_true(g.looked);
    rl_run_record *record = read_good(out);
    assert_int_equal(record->state, RL_RUN_INTERRUPTED);
    assert_null(record->reason);
    assert_int_equal(record->epoch_count, 1);
    assert_true(record->seconds > 0);
    rl_run_record_free(record);

    /* Killed rather than stopped: there is no summary. */
    remove_file(out, "summary.json");
    record = read_good(out);
    assert_int_equal(record->state, RL_RUN_INTERRUPTED);
    rl_run_record_free(record);
    rl_config_free(config);
    remove_scratch(folder);
}

static void bad_ends_have_a_reason(void **state) {
    (void)state;
    char folder[TEST_PATH], out[TEST_PATH];
    make_scratch(folder);
    train(in_folder(out, folder, "run"), "lr", "1000");
    char *summary = text_of(out, "summary.json");
    assert_non_null(strstr(summary, "diverged"));
    rl_free(summary);
    rl_run_record *record = read_good(out);
    assert_int_equal(record->state, RL_RUN_DIVERGED);
    assert_non_null(strstr(record->reason, "is not finite"));
    rl_run_record_free(record);

    write_file(out, "summary.json",
               "{\"outcome\": \"failed\", \"reason\": \"disk full\", \"epochs\": 0, \"seconds\": 1,"
               " \"images_per_second\": null, \"peak_memory_bytes\": 5}");
    record = read_good(out);
    assert_int_equal(record->state, RL_RUN_FAILED);
    assert_string_equal(record->reason, "disk full");
    assert_true(isnan(record->images_per_second));
    rl_run_record_free(record);
    remove_scratch(folder);
}

/* The first moments of a run: one file after the other appears. */
static void a_run_just_begun_is_read(void **state) {
    (void)state;
    char folder[TEST_PATH], out[TEST_PATH], path[TEST_PATH];
    rl_run_record *record;
    rl_error error;
    make_scratch(folder);
    assert_int_equal(rl_run_record_read(&record, in_folder(out, folder, "none"), &error),
                     RL_ERROR_IO);
    assert_null(record);
    assert_non_null(strstr(error.message, out));
    rl_config *config = tiny_config(out);
    assert_int_equal(rl_config_save(config, in_folder(path, folder, "config.yaml"), NULL), RL_OK);
    record = read_good(folder);
    assert_int_equal(record->state, RL_RUN_INTERRUPTED);
    assert_int_equal(record->epoch_count, 0);
    assert_int_equal(record->train_images, 0);
    assert_int_equal(record->parameters, 0);
    assert_string_equal(record->cpu, "");
    assert_string_equal(record->fingerprint, "");
    assert_true(isnan(record->seconds));
    rl_run_record_free(record);
    rl_config_free(config);
    remove_scratch(folder);
}

#define HEADING                                                                                    \
    "epoch,step,lr,train_loss,train_accuracy,test_loss,test_accuracy,seconds,images_per_second\n"
#define NEW_HEADING                                                                                \
    "epoch,step,lr,train_loss,train_accuracy,test_loss,test_accuracy,seconds,images_per_second,"   \
    "train_cross_entropy\n"

static void broken_files_are_named(void **state) {
    (void)state;
    static const struct {
        const char *name, *text, *message;
    } cases[] = {
        {"metrics.csv", "", "metrics.csv has 0 epochs, expected the 2"},
        {"metrics.csv", "epoch,step\n", "metrics.csv:1: expected the heading 'epoch,step,lr,"},
        {"metrics.csv", HEADING "1,5,0.1,2,0.1,2,0.1,1\n", "metrics.csv:2: expected numbers"},
        {"metrics.csv", HEADING "1,5,0.1,2,0.1,2,0.1,1,9,9\n", "metrics.csv:2: expected numbers"},
        {"metrics.csv", NEW_HEADING "1,5,0.1,2,0.1,2,0.1,1,9\n", "metrics.csv:2: expected numbers"},
        {"metrics.csv", NEW_HEADING "1,5,0.1,2,0.1,2,0.1,1,9,x\n",
         "metrics.csv:2: expected numbers"},
        {"metrics.csv", NEW_HEADING "1,5,0.1,2,0.1,2,0.1,1,9,9,9\n",
         "metrics.csv:2: expected numbers"},
        {"metrics.csv", HEADING "1,5,0.1,2,0.1,2,0.1,1,9\n1,5,0.1,2,x,2,0.1,1,9\n",
         "metrics.csv:3: expected numbers"},
        {"metrics.csv", HEADING "1,5,0.1,2,0.1,2,0.1,1,9\n3,5,0.1,2,0.1,2,0.1,1,9\n",
         "metrics.csv:3: epoch 3, expected 2"},
        {"metrics.csv", HEADING "1,5,0.1,2,0.1,2,0.1,1,9\n2,10,0.1,2,0.1,2,0.1,1,9",
         "metrics.csv has 1 epochs, expected the 2"},
        {"summary.json", "{\n\n\"outcome\" \"x\"}", "summary.json:3: not JSON"},
        {"summary.json", "[]", "summary.json:1: expected a JSON object"},
        {"summary.json", "{}", "summary.json: field 'outcome' is missing"},
        {"summary.json", "{\"outcome\": \"won\"}", "field 'outcome' is something else"},
        {"summary.json", "{\"outcome\": \"completed\", \"peak_memory_bytes\": -1}",
         "field 'peak_memory_bytes' is something else, expected a whole number"},
        {"environment.json", "{\"cpu\": 3}", "environment.json: field 'cpu' is something else"},
        {"clock.json", "{\"seconds\": \"1\"}", "clock.json: field 'seconds' is something else"},
        {"config.yaml", "width: 4\nwidht: 4\n", "config.yaml:2: unknown option 'widht'"},
    };
    char folder[TEST_PATH], out[TEST_PATH];
    rl_run_record *record;
    rl_error error;
    make_scratch(folder);
    train(in_folder(out, folder, "run"), NULL, NULL);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *good = text_of(out, cases[i].name);
        write_file(out, cases[i].name, cases[i].text);
        assert_int_equal(rl_run_record_read(&record, out, &error), RL_ERROR_FORMAT);
        assert_null(record);
        if (!strstr(error.message, cases[i].message))
            fail_msg("'%s' does not say '%s'", error.message, cases[i].message);
        write_file(out, cases[i].name, good);
        rl_free(good);
    }
    rl_run_record_free(read_good(out)); /* nothing but those files was at fault */
    remove_file(out, "metrics.csv");
    assert_int_equal(rl_run_record_read(&record, out, &error), RL_ERROR_IO);
    assert_non_null(strstr(error.message, "metrics.csv"));
    remove_scratch(folder);
}

static void figures_without_end_are_read(void **state) {
    (void)state;
    char folder[TEST_PATH], path[TEST_PATH];
    rl_epoch_row *rows;
    size_t count;
    make_scratch(folder);
    in_folder(path, folder, "metrics.csv");
    write_file(folder, "metrics.csv", HEADING "1,5,0.1,1e300,0.1,nan,-inf,1,inf\n2,cut sho");
    assert_int_equal(rl_metrics_read(path, &rows, &count, NULL), RL_OK);
    assert_int_equal(count, 1);
    assert_true(rows[0].train_loss == 1e300 && isnan(rows[0].test_loss));
    assert_true(rows[0].test_accuracy == -INFINITY && rows[0].images_per_second == INFINITY);
    rl_free(rows);
    static const char hidden[] = HEADING "1,5,0.1,1,0.1,1,1,1\0\n";
    rl_error error;
    assert_int_equal(rl_file_replace_bytes(path, hidden, sizeof hidden - 1, NULL), RL_OK);
    assert_int_equal(rl_metrics_read(path, &rows, &count, &error), RL_ERROR_FORMAT);
    assert_non_null(strstr(error.message, "metrics.csv:2: a NUL byte"));
    assert_null(rows);
    remove_scratch(folder);
}

/* What older runs did not record is not made up; without label smoothing it is the loss. */
static void runs_without_the_column_are_read(void **state) {
    (void)state;
    static const char *const smoothings[] = {"0", "0.1"};
    for (size_t i = 0; i < 2; i++) {
        char folder[TEST_PATH], out[TEST_PATH];
        make_scratch(folder);
        rl_config *config = tiny_config(in_folder(out, folder, "run"));
        set(config, "label-smoothing", smoothings[i]);
        assert_int_equal(rl_train(config, shapes(), NULL, NULL, NULL, NULL), RL_OK);
        rl_run_record *record = read_good(out);
        const rl_epoch_row *rows = record->epochs;
        assert_true(rows[1].train_cross_entropy > 0);
        assert_int_equal(rows[1].train_cross_entropy == rows[1].train_loss, i == 0);
        rl_run_record_free(record);
        write_file(out, "metrics.csv",
                   HEADING "1,5,0.1,2,0.1,2,0.1,1,9\n2,10,0.1,1.5,0.1,2,0.1,1,9\n");
        record = read_good(out);
        if (i == 0)
            assert_true(record->epochs[1].train_cross_entropy == 1.5);
        else
            assert_true(isnan(record->epochs[1].train_cross_entropy));
        rl_run_record_free(record);
        rl_config_free(config);
        remove_scratch(folder);
    }
}

static void memory_that_runs_out_is_survived(void **state) {
    (void)state;
    char folder[TEST_PATH], out[TEST_PATH];
    rl_run_record *record = NULL;
    rl_error error;
    make_scratch(folder);
    train(in_folder(out, folder, "run"), NULL, NULL);
    size_t failures = 0;
    for (long i = 0; !record; i++, failures++) {
        rl_memory_fail_after(i);
        const rl_status status = rl_run_record_read(&record, out, &error);
        rl_memory_fail_after(-1);
        if (status != RL_OK) {
            assert_int_equal(status, RL_ERROR_MEMORY);
            assert_null(record);
        }
    }
    assert_true(failures > 10);
    assert_int_equal(record->epoch_count, 2);
    rl_run_record_free(record);
    rl_run_record_free(NULL);
    remove_scratch(folder);
}

static void states_have_names(void **state) {
    (void)state;
    assert_string_equal(rl_run_state_name(RL_RUN_WAITING), "waiting");
    assert_string_equal(rl_run_state_name(RL_RUN_INTERRUPTED), "interrupted");
    assert_string_equal(rl_run_state_name(RL_RUN_RUNNING), "running");
    assert_string_equal(rl_run_state_name(RL_RUN_DONE), "done");
    assert_string_equal(rl_run_state_name(RL_RUN_DIVERGED), "diverged");
    assert_string_equal(rl_run_state_name(RL_RUN_FAILED), "failed");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_done_run_says_all),
        cmocka_unit_test(a_run_in_progress_shows_what_there_is),
        cmocka_unit_test(bad_ends_have_a_reason),
        cmocka_unit_test(a_run_just_begun_is_read),
        cmocka_unit_test(broken_files_are_named),
        cmocka_unit_test(figures_without_end_are_read),
        cmocka_unit_test(runs_without_the_column_are_read),
        cmocka_unit_test(memory_that_runs_out_is_survived),
        cmocka_unit_test(states_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
