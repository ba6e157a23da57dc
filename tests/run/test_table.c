/* Tables that are gone on with: whatever happened to a row that a checkpoint counts on, it is
 * found, and the table stays as it is; what lies past the checkpoint is removed, whatever it is. */
#include "run/metrics.h"
#include "run/runs.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { EPOCHS = 4, STEPS = 12, MARKED_EPOCHS = 3, MARKED_STEPS = 10 };

static char folder[TEST_PATH];
static rl_run_directory directory = {.lock = -1};
static rl_metrics_mark mark;
static char *epochs, *steps; /* the whole tables */

static void add_rows(rl_metrics *metrics, uint64_t from, uint64_t to) {
    for (uint64_t step = from; step <= to; step++) {
        const rl_step_row row = {step, 1.0 / (double)step, 0.5, 0.1, 2.5};
        assert_int_equal(rl_metrics_step(metrics, &row, NULL), RL_OK);
        const rl_epoch_row epoch = {.epoch = step / 3,
                                    .step = step,
                                    .lr = 0.1,
                                    .train_loss = 1.0 / 3,
                                    .seconds = 17.25,
                                    .images_per_second = 100};
        if (step % 3 == 0)
            assert_int_equal(rl_metrics_epoch(metrics, &epoch, NULL), RL_OK);
    }
}

static int write_tables(void **state) {
    (void)state;
    rl_metrics metrics;
    make_scratch(folder);
    snprintf(directory.path, sizeof directory.path, "%s", folder);
    assert_int_equal(rl_metrics_create(&metrics, &directory, false, NULL), RL_OK);
    add_rows(&metrics, 1, MARKED_STEPS);
    mark = (rl_metrics_mark){.epochs = {.rows = MARKED_EPOCHS, .steps = MARKED_STEPS},
                             .steps = {.rows = MARKED_STEPS, .steps = MARKED_STEPS}};
    assert_int_equal(rl_metrics_mark_now(&metrics, &mark, NULL), RL_OK);
    add_rows(&metrics, MARKED_STEPS + 1, STEPS);
    rl_metrics_close(&metrics);
    epochs = text_of(folder, RL_METRICS_FILE);
    steps = text_of(folder, RL_STEPS_FILE);
    return 0;
}

static int remove_tables(void **state) {
    (void)state;
    rl_free(epochs);
    rl_free(steps);
    remove_scratch(folder);
    return 0;
}

static void put(const char *name, const char *text, size_t size) {
    char path[TEST_PATH];
    FILE *file = fopen(in_folder(path, folder, name), "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, size, file), size);
    fclose(file);
}

/* Restores both tables, but for one of them, `name`, that says `text`. */
static void set_table(const char *name, const char *text, size_t size) {
    put(RL_METRICS_FILE, epochs, strlen(epochs));
    put(RL_STEPS_FILE, steps, strlen(steps));
    put(name, text, size);
}

static void expect_refusal(const char *name, const char *text, size_t size, const char *what) {
    char path[TEST_PATH];
    rl_metrics metrics;
    rl_error error;
    uint8_t *after;
    size_t after_size;
    set_table(name, text, size);
    if (rl_metrics_resume(&metrics, &directory, &mark, &error) != RL_ERROR_FORMAT)
        fail_msg("%s was taken: %s", what, text);
    assert_non_null(strstr(error.message, in_folder(path, folder, name)));
    assert_null(strchr(error.message, '\n'));
    assert_int_equal(rl_metrics_check(&directory, &mark, NULL), RL_ERROR_FORMAT);
    assert_int_equal(rl_file_read(path, 1U << 20, &after, &after_size, NULL), RL_OK);
    assert_int_equal(after_size, size);
    assert_memory_equal(after, text, size);
    rl_free(after);
    /* Nor was the other one, which is good, cut to its mark. */
    const bool is_steps = strcmp(name, RL_STEPS_FILE) == 0;
    char *other = text_of(folder, is_steps ? RL_METRICS_FILE : RL_STEPS_FILE);
    assert_string_equal(other, is_steps ? epochs : steps);
    rl_free(other);
}

/* Where line `number` (0: the heading) of a table begins. */
static const char *line_at(const char *table, size_t number) {
    for (; number > 0; number--)
        table = strchr(table, '\n') + 1;
    return table;
}

static const struct {
    const char *name;
    char **table;
    size_t marked;
} tables[] = {{RL_METRICS_FILE, &epochs, MARKED_EPOCHS}, {RL_STEPS_FILE, &steps, MARKED_STEPS}};

static void rows_that_are_missing_doubled_or_exchanged(void **state) {
    (void)state;
    for (size_t t = 0; t < 2; t++)
        for (size_t row = 1; row <= tables[t].marked; row++) {
            const char *table = *tables[t].table, *begin = line_at(table, row),
                       *end = line_at(begin, 1), *third = line_at(end, 1);
            char text[4096];
            int size = snprintf(text, sizeof text, "%.*s%s", (int)(begin - table), table, end);
            expect_refusal(tables[t].name, text, (size_t)size, "a table without a row");
            size = snprintf(text, sizeof text, "%.*s%.*s%s", (int)(begin - table), table,
                            (int)(end - begin), begin, begin);
            if (row < tables[t].marked) /* else the second lies past the mark */
                expect_refusal(tables[t].name, text, (size_t)size, "a table with a doubled row");
            size = snprintf(text, sizeof text, "%.*s%.*s%.*s%s", (int)(begin - table), table,
                            (int)(third - end), end, (int)(end - begin), begin, third);
            expect_refusal(tables[t].name, text, (size_t)size, "a table with exchanged rows");
            expect_refusal(tables[t].name, table, (size_t)(begin - table), "a shorter table");
            expect_refusal(tables[t].name, table, (size_t)(end - 1 - table), "a row cut short");
        }
}

/* Is the byte in a column that is a measurement, which no other run could tell? */
static bool is_measured(const char *name, const char *table, const char *at) {
    const char *begin = at;
    size_t column = 0;
    while (begin > table && begin[-1] != '\n')
        column += *--begin == ',';
    return strcmp(name, RL_METRICS_FILE) == 0 && (column == 7 || column == 8);
}

static void every_byte_counts(void **state) {
    (void)state;
    static const char others[] = {'7', 'x', '\0', '\n', ','};
    size_t tried = 0;
    for (size_t t = 0; t < 2; t++) {
        char text[4096];
        const char *table = *tables[t].table;
        const size_t size = strlen(table);
        const size_t marked = (size_t)(line_at(table, tables[t].marked + 1) - table);
        memcpy(text, table, size + 1);
        for (size_t i = 0; i < marked; i++)
            for (size_t o = 0; o < sizeof others; o++) {
                text[i] = others[o];
                const bool digit = others[o] == '7';
                if (text[i] != table[i] &&
                    !(digit && is_measured(tables[t].name, table, table + i))) {
                    expect_refusal(tables[t].name, text, size, "a table with another byte");
                    tried++;
                }
                text[i] = table[i];
            }
    }
    assert_true(tried > 1500);
}

static void expect_good(const char *name, const char *text, size_t size) {
    rl_metrics metrics;
    rl_error error;
    set_table(name, text, size);
    if (rl_metrics_resume(&metrics, &directory, &mark, &error) != RL_OK)
        fail_msg("%s", error.message);
    add_rows(&metrics, MARKED_STEPS + 1, STEPS);
    rl_metrics_close(&metrics);
    char *after_epochs = text_of(folder, RL_METRICS_FILE), *after = text_of(folder, RL_STEPS_FILE);
    assert_string_equal(after_epochs, epochs);
    assert_string_equal(after, steps);
    rl_free(after_epochs);
    rl_free(after);
}

/* They are made again. */
static void what_lies_past_the_mark_is_removed(void **state) {
    (void)state;
    static const char *const ends[] = {"", "11,", "garbage", "\n\n\n", "11,nan,1,1,1\n9,9\n"};
    for (size_t t = 0; t < 2; t++)
        for (size_t e = 0; e < sizeof ends / sizeof *ends; e++) {
            char text[4096];
            const char *table = *tables[t].table, *end = line_at(table, tables[t].marked + 1);
            const int size =
                snprintf(text, sizeof text, "%.*s%s", (int)(end - table), table, ends[e]);
            expect_good(tables[t].name, text, (size_t)size);
        }
    expect_good(RL_STEPS_FILE, steps, strlen(steps));
}

/* The digest goes on from where the mark was taken: that of a table resumed is that of one that was
 * never left. */
static void digests_go_on(void **state) {
    (void)state;
    rl_metrics metrics;
    rl_metrics_mark resumed, whole;
    set_table(RL_STEPS_FILE, steps, strlen(steps));
    assert_int_equal(rl_metrics_resume(&metrics, &directory, &mark, NULL), RL_OK);
    add_rows(&metrics, MARKED_STEPS + 1, STEPS);
    assert_int_equal(rl_metrics_mark_now(&metrics, &resumed, NULL), RL_OK);
    rl_metrics_close(&metrics);
    assert_int_equal(rl_metrics_create(&metrics, &directory, false, NULL), RL_OK);
    add_rows(&metrics, 1, STEPS);
    assert_int_equal(rl_metrics_mark_now(&metrics, &whole, NULL), RL_OK);
    rl_metrics_close(&metrics);
    assert_string_equal(resumed.epochs.digest, whole.epochs.digest);
    assert_string_equal(resumed.steps.digest, whole.steps.digest);
    assert_string_not_equal(whole.steps.digest, mark.steps.digest);
}

static void what_is_no_table(void **state) {
    (void)state;
    char path[TEST_PATH];
    rl_metrics metrics;
    rl_error error;
    set_table(RL_STEPS_FILE, steps, strlen(steps));
    assert_int_equal(unlink(in_folder(path, folder, RL_STEPS_FILE)), 0);
    assert_int_equal(rl_metrics_resume(&metrics, &directory, &mark, &error), RL_ERROR_FORMAT);
    assert_non_null(strstr(error.message, "steps.csv:1: is missing; nothing was changed: restore"));
    assert_false(rl_file_exists(path));
    assert_int_equal(mkfifo(path, 0600), 0); /* not waited for */
    assert_int_equal(rl_metrics_resume(&metrics, &directory, &mark, &error), RL_ERROR_IO);
    assert_int_equal(unlink(path), 0);
    /* Six gigabytes of nothing behind the heading. */
    put(RL_STEPS_FILE, steps, (size_t)(line_at(steps, 1) - steps));
    assert_int_equal(truncate(path, (off_t)6 << 30), 0);
    assert_int_equal(rl_metrics_resume(&metrics, &directory, &mark, &error), RL_ERROR_FORMAT);
    assert_non_null(strstr(error.message, "steps.csv:2: no whole row 1, expected rows up to 10"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_that_are_missing_doubled_or_exchanged),
        cmocka_unit_test(every_byte_counts),
        cmocka_unit_test(what_lies_past_the_mark_is_removed),
        cmocka_unit_test(digests_go_on),
        cmocka_unit_test(what_is_no_table),
    };
    return cmocka_run_group_tests(tests, write_tables, remove_tables);
}
