/* The tables of a run: numbers that read back exactly, and what a resume cuts off. */
#include "run/metrics.h"

#include "run/runs.h"

#include <math.h>

static const char epochs_heading[] =
    "epoch,step,lr,train_loss,train_accuracy,test_loss,test_accuracy,seconds,images_per_second,"
    "train_cross_entropy\n";

/* A directory that needs no lock here. */
static void plain_directory(rl_run_directory *directory, const char *folder) {
    *directory = (rl_run_directory){.lock = -1};
    snprintf(directory->path, sizeof directory->path, "%s", folder);
}

static rl_status resume(rl_metrics *metrics, const rl_run_directory *directory, uint64_t epochs,
                        uint64_t steps, rl_error *error) {
    const rl_metrics_mark mark = {.epochs = {.rows = epochs, .steps = steps},
                                  .steps = {.rows = steps, .steps = steps}};
    return rl_metrics_resume(metrics, directory, &mark, error);
}

static void write_rows(const rl_run_directory *directory, uint64_t steps, size_t steps_per_epoch) {
    rl_metrics metrics;
    assert_int_equal(rl_metrics_create(&metrics, directory, false, NULL), RL_OK);
    for (uint64_t step = 1; step <= steps; step++) {
        const rl_step_row row = {step, 1.0 / (double)step, 0.5, 0.1, 2.0 / (double)step};
        assert_int_equal(rl_metrics_step(&metrics, &row, NULL), RL_OK);
        if (step % steps_per_epoch == 0) {
            const rl_epoch_row epoch = {.epoch = step / steps_per_epoch, .step = step, .lr = 0.1};
            assert_int_equal(rl_metrics_epoch(&metrics, &epoch, NULL), RL_OK);
        }
    }
    assert_int_equal(rl_metrics_sync(&metrics, NULL), RL_OK);
    rl_metrics_close(&metrics);
}

static void numbers_read_back_exactly(void **state) {
    (void)state;
    char folder[TEST_PATH];
    make_scratch(folder);
    rl_run_directory directory;
    plain_directory(&directory, folder);
    static const double values[] = {0.1, 1.0 / 3, 2.302585092994046, 1e-300, 5e-324, 0, 12345678};
    rl_metrics metrics;
    assert_int_equal(rl_metrics_create(&metrics, &directory, false, NULL), RL_OK);
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        const rl_step_row row = {i + 1, values[i], values[i], values[i], values[i]};
        assert_int_equal(rl_metrics_step(&metrics, &row, NULL), RL_OK);
    }
    const rl_step_row strange = {8, NAN, -INFINITY, INFINITY, NAN};
    assert_int_equal(rl_metrics_step(&metrics, &strange, NULL), RL_OK);
    /* Flushed: readable while the run goes on. */
    char *text = text_of(folder, RL_STEPS_FILE);
    rl_metrics_close(&metrics);
    char *at = strchr(text, '\n') + 1;
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        assert_int_equal(strtoul(at, &at, 10), i + 1);
        for (size_t column = 0; column < 4; column++)
            assert_true(strtod(at + 1, &at) == values[i]);
        at++;
    }
    assert_string_equal(at, "8,nan,-inf,inf,nan\n");
    rl_free(text);
    remove_scratch(folder);
}

static void resuming_cuts_what_is_past_the_checkpoint(void **state) {
    (void)state;
    char folder[TEST_PATH];
    make_scratch(folder);
    rl_run_directory directory;
    rl_metrics metrics;
    plain_directory(&directory, folder);
    write_rows(&directory, 9, 3);
    assert_int_equal(resume(&metrics, &directory, 2, 7, NULL), RL_OK);
    const rl_step_row next = {8, 0.25, 0.75, 0.5, 0.125};
    assert_int_equal(rl_metrics_step(&metrics, &next, NULL), RL_OK);
    rl_metrics_close(&metrics);

    char *text = text_of(folder, RL_STEPS_FILE);
    char expected[512] = "step,loss,accuracy,lr,cross_entropy\n";
    assert_int_equal(strncmp(text, expected, strlen(expected)), 0);
    assert_non_null(strstr(
        text, "\n7,0.14285714285714285,0.5,0.1,0.2857142857142857\n8,0.25,0.75,0.5,0.125\n"));
    assert_null(strstr(text, "\n9,"));
    assert_string_equal(strrchr(text, '8') - 1, "\n8,0.25,0.75,0.5,0.125\n");
    rl_free(text);
    text = text_of(folder, RL_METRICS_FILE);
    assert_int_equal(strncmp(text, epochs_heading, strlen(epochs_heading)), 0);
    assert_non_null(strstr(text, "\n2,6,"));
    assert_null(strstr(text, "\n3,9,"));
    rl_free(text);
    remove_scratch(folder);
}

/* A crash in the middle of a row. */
static void rows_cut_short_are_removed(void **state) {
    (void)state;
    char folder[TEST_PATH], path[TEST_PATH];
    make_scratch(folder);
    rl_run_directory directory;
    rl_metrics metrics;
    plain_directory(&directory, folder);
    write_rows(&directory, 3, 3);
    char *before = text_of(folder, RL_STEPS_FILE);
    FILE *steps = fopen(in_folder(path, folder, RL_STEPS_FILE), "a");
    assert_non_null(steps);
    fputs("4,0.", steps);
    fclose(steps);
    assert_int_equal(resume(&metrics, &directory, 1, 3, NULL), RL_OK);
    rl_metrics_close(&metrics);
    char *after = text_of(folder, RL_STEPS_FILE);
    assert_string_equal(before, after);
    rl_free(before);
    rl_free(after);
    remove_scratch(folder);
}

/* The test pass of epoch 2 was interrupted after its row was written, before its checkpoint: as
 * many steps as the row says are done, but the epoch is not. */
static void epochs_are_cut_by_epoch_not_by_step(void **state) {
    (void)state;
    char folder[TEST_PATH];
    make_scratch(folder);
    rl_run_directory directory;
    rl_metrics metrics;
    plain_directory(&directory, folder);
    write_rows(&directory, 6, 3);
    assert_int_equal(resume(&metrics, &directory, 1, 6, NULL), RL_OK);
    rl_metrics_close(&metrics);
    char *text = text_of(folder, RL_METRICS_FILE);
    assert_non_null(strstr(text, "\n1,3,"));
    assert_null(strstr(text, "\n2,6,"));
    rl_free(text);
    remove_scratch(folder);
}

static void strange_tables_are_refused_untouched(void **state) {
    (void)state;
    char folder[TEST_PATH], path[TEST_PATH];
    make_scratch(folder);
    rl_run_directory directory;
    rl_metrics metrics;
    rl_error error;
    plain_directory(&directory, folder);
    write_rows(&directory, 3, 3);
    static const char notes[] = "my notes on this run\n1,2\n2,3\n";
    assert_int_equal(rl_file_replace_bytes(in_folder(path, folder, RL_STEPS_FILE), notes,
                                           sizeof notes - 1, NULL),
                     RL_OK);
    assert_int_equal(resume(&metrics, &directory, 1, 3, &error), RL_ERROR_FORMAT);
    assert_non_null(strstr(
        error.message, "steps.csv: expected the heading 'step,loss,accuracy,lr,cross_entropy'"));
    char *text = text_of(folder, RL_STEPS_FILE);
    assert_string_equal(text, notes);
    rl_free(text);
    remove_scratch(folder);
}

static void a_full_disk_is_an_error(void **state) {
    (void)state;
    rl_metrics metrics = {
        .steps = {.form = &rl_steps_form, .columns = 5, .path = "steps.csv"},
        .epochs = {.form = &rl_epochs_form, .columns = 10, .path = "metrics.csv"}};
    metrics.steps.file = fopen("/dev/full", "a");
    metrics.epochs.file = fopen("/dev/full", "a");
    if (!metrics.steps.file || !metrics.epochs.file)
        skip();
    rl_digest_begin(&metrics.steps.digest);
    rl_digest_begin(&metrics.epochs.digest);
    const rl_step_row row = {1, 1, 1, 1, 1};
    const rl_epoch_row epoch = {.epoch = 1, .step = 1};
    rl_error error;
    assert_int_equal(rl_metrics_step(&metrics, &row, &error), RL_ERROR_IO);
    assert_string_equal(error.message, "steps.csv: cannot write: No space left on device");
    assert_int_equal(rl_metrics_epoch(&metrics, &epoch, &error), RL_ERROR_IO);
    rl_metrics_close(&metrics);
}

/* Tables that version 0.1.0 began: they keep their columns, and nothing stands in the wrong one. */
static void older_tables_keep_their_columns(void **state) {
    (void)state;
    static const char old_epochs[] = "epoch,step,lr,train_loss,train_accuracy,test_loss,test_"
                                     "accuracy,seconds,images_per_second\n"
                                     "1,3,0.1,2,0.25,2.5,0.125,1.000,9.00\n";
    static const char old_steps[] =
        "step,loss,accuracy,lr\n1,2,0.5,0.1\n2,2,0.5,0.1\n3,2,0.5,0.1\n";
    char folder[TEST_PATH], path[TEST_PATH];
    make_scratch(folder);
    rl_run_directory directory;
    rl_metrics metrics;
    plain_directory(&directory, folder);
    assert_int_equal(rl_file_replace_bytes(in_folder(path, folder, RL_METRICS_FILE), old_epochs,
                                           sizeof old_epochs - 1, NULL),
                     RL_OK);
    assert_int_equal(rl_file_replace_bytes(in_folder(path, folder, RL_STEPS_FILE), old_steps,
                                           sizeof old_steps - 1, NULL),
                     RL_OK);
    assert_int_equal(resume(&metrics, &directory, 1, 3, NULL), RL_OK);
    const rl_step_row step = {4, 1, 0.5, 0.1, 0.75};
    const rl_epoch_row epoch = {
        .epoch = 2, .step = 6, .train_loss = 1, .train_cross_entropy = 0.75};
    assert_int_equal(rl_metrics_step(&metrics, &step, NULL), RL_OK);
    assert_int_equal(rl_metrics_epoch(&metrics, &epoch, NULL), RL_OK);
    rl_metrics_close(&metrics);
    char *text = text_of(folder, RL_STEPS_FILE);
    assert_int_equal(strncmp(text, old_steps, strlen(old_steps)), 0);
    assert_string_equal(text + strlen(old_steps), "4,1,0.5,0.1\n");
    rl_free(text);
    text = text_of(folder, RL_METRICS_FILE);
    assert_int_equal(strncmp(text, old_epochs, strlen(old_epochs)), 0);
    assert_string_equal(text + strlen(old_epochs), "2,6,0,1,0,0,0,0.000,0.00\n");
    rl_free(text);
    rl_epoch_row *rows;
    size_t count;
    assert_int_equal(rl_metrics_read(in_folder(path, folder, RL_METRICS_FILE), &rows, &count, NULL),
                     RL_OK);
    assert_int_equal(count, 2);
    assert_true(rows[0].images_per_second == 9 && isnan(rows[0].train_cross_entropy));
    rl_free(rows);
    remove_scratch(folder);
}

static void headings(void **state) {
    (void)state;
    static const struct {
        const char *line;
        size_t columns;
    } cases[] = {{"step,loss,accuracy,lr,cross_entropy", 5},
                 {"step,loss,accuracy,lr", 4},
                 {"step,loss,accuracy", 0},
                 {"step,loss,accuracy,lr,", 0},
                 {"step,loss,accuracy,lr,cross", 0},
                 {"step,loss,accuracy,lr,cross_entropy,more", 0},
                 {"step,loss,accuracy,l", 0},
                 {"", 0}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(rl_table_columns(&rl_steps_form, cases[i].line, strlen(cases[i].line)),
                         cases[i].columns);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_read_back_exactly),
        cmocka_unit_test(resuming_cuts_what_is_past_the_checkpoint),
        cmocka_unit_test(rows_cut_short_are_removed),
        cmocka_unit_test(epochs_are_cut_by_epoch_not_by_step),
        cmocka_unit_test(strange_tables_are_refused_untouched),
        cmocka_unit_test(a_full_disk_is_an_error),
        cmocka_unit_test(older_tables_keep_their_columns),
        cmocka_unit_test(headings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
