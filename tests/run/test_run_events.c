/* The TensorBoard file of a run: it has the figures of the CSV tables, and a resumed run's files
 * show what those of an undisturbed one do. */
#include "run/event_files.h"

static uint64_t stop_at;

static bool stop_there(const rl_progress *progress, void *context) {
    (void)context;
    return progress->event != RL_EVENT_STEP || progress->total_step != stop_at;
}

static void train(const char *out, bool stopped) {
    rl_config *config = tiny_config(out);
    assert_int_equal(rl_train(config, shapes(), stopped ? stop_there : NULL, NULL, NULL, NULL),
                     stopped ? RL_STOPPED : RL_OK);
    rl_config_free(config);
}

static size_t count_of(const event_log *log, const char *tag) {
    size_t count = 0;
    for (size_t i = 0; i < log->count; i++)
        count += strcmp(log->points[i].tag, tag) == 0;
    return count;
}

/* RFC 3720 B.4 and the usual check value. */
static void checksums_are_castagnolis(void **state) {
    (void)state;
    const uint8_t zeros[32] = {0};
    assert_int_equal(rl_crc32c("123456789", 9), 0xE3069283U);
    assert_int_equal(rl_crc32c(zeros, sizeof zeros), 0x8A9136AAU);
    assert_int_equal(rl_crc32c("", 0), 0);
}

static void a_run_has_the_figures_of_its_tables(void **state) {
    (void)state;
    char folder[TEST_PATH], out[TEST_PATH];
    make_scratch(folder);
    train(in_folder(out, folder, "run"), false);
    event_log log = read_events(out);
    assert_int_equal(log.files, 1);
    assert_int_equal(log.versions, 1);
    assert_int_equal(log.settings, 1);
    assert_int_equal(log.outcomes, 1);
    assert_int_equal(log.texts, 1);
    assert_int_equal(count_of(&log, "step/lr"), 10);
    assert_int_equal(count_of(&log, "epoch/test_accuracy"), 2);

    char *table = text_of(out, "steps.csv");
    const char *row = strchr(table, '\n') + 1;
    for (size_t i = 0; i < log.count; i++)
        if (strcmp(log.points[i].tag, "step/loss") == 0) {
            char *end;
            assert_int_equal(strtoull(row, &end, 10), log.points[i].step);
            assert_true(log.points[i].value == (float)strtod(end + 1, NULL));
            row = strchr(row, '\n') + 1;
        }
    assert_true(*row == '\0');
    rl_free(table);
    free(log.points);
    remove_scratch(folder);
}

/* The points of two logs, times aside. */
static void assert_same_points(const event_log *a, const event_log *b) {
    assert_int_equal(a->count, b->count);
    for (size_t i = 0; i < a->count; i++) {
        assert_string_equal(a->points[i].tag, b->points[i].tag);
        assert_int_equal(a->points[i].step, b->points[i].step);
        if (strcmp(a->points[i].tag, "epoch/images_per_second") != 0)
            assert_true(a->points[i].value == b->points[i].value);
    }
}

/* As if its file had been written where the clock is an hour ahead. */
static void set_clock_ahead(const char *out) {
    DIR *entries = opendir(out);
    const struct dirent *entry;
    char from[2 * TEST_PATH], to[2 * TEST_PATH];
    assert_non_null(entries);
    do
        assert_non_null(entry = readdir(entries));
    while (strncmp(entry->d_name, "events.", 7) != 0);
    char *host;
    const long long second = strtoll(entry->d_name + strlen("events.out.tfevents."), &host, 10);
    snprintf(from, sizeof from, "%s/%s", out, entry->d_name);
    snprintf(to, sizeof to, "%s/events.out.tfevents.%lld%s", out, second + 3600, host);
    assert_int_equal(rename(from, to), 0);
    closedir(entries);
}

static void a_resumed_run_shows_no_point_twice(void **state) {
    (void)state;
    char folder[TEST_PATH], whole[TEST_PATH], cut[TEST_PATH];
    make_scratch(folder);
    train(in_folder(whole, folder, "whole"), false);
    event_log expected = read_events(whole);
    in_folder(cut, folder, "cut");
    stop_at = 7;
    train(cut, true);
    event_log before = read_events(cut);
    assert_int_equal(before.outcomes, 0); /* it is to go on */
    assert_int_equal(count_of(&before, "step/loss"), 7);
    set_clock_ahead(cut);
    assert_int_equal(rl_resume(cut, shapes(), 0, NULL, NULL, NULL, NULL), RL_OK);
    event_log after = read_events(cut);
    assert_int_equal(after.files, 2);
    assert_int_equal(after.restarts, 1);
    assert_int_equal(after.outcomes, 1);
    assert_same_points(&after, &expected);
    free(expected.points);
    free(before.points);
    free(after.points);
    remove_scratch(folder);
}

/* A run that was killed has points behind its last checkpoint: they are void after resuming. */
static void points_behind_the_checkpoint_are_void(void **state) {
    (void)state;
    char folder[TEST_PATH], out[TEST_PATH], checkpoint[TEST_PATH], early[TEST_PATH];
    make_scratch(folder);
    in_folder(out, folder, "run");
    in_folder(checkpoint, out, "checkpoint.safetensors");
    in_folder(early, folder, "early");
    stop_at = 3;
    train(out, true);
    char command[3 * TEST_PATH];
    snprintf(command, sizeof command, "cp '%s' '%s'", checkpoint, early);
    assert_int_equal(system(command), 0); /* NOLINT(cert-env33-c) */
    stop_at = 6;
    assert_int_equal(rl_resume(out, shapes(), 0, stop_there, NULL, NULL, NULL), RL_STOPPED);
    snprintf(command, sizeof command, "cp '%s' '%s'", early, checkpoint);
    assert_int_equal(system(command), 0); /* NOLINT(cert-env33-c) */
    assert_int_equal(rl_resume(out, shapes(), 0, NULL, NULL, NULL, NULL), RL_OK);
    event_log log = read_events(out);
    assert_int_equal(log.files, 3);
    assert_int_equal(count_of(&log, "step/loss"), 10);
    free(log.points);
    remove_scratch(folder);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(checksums_are_castagnolis),
        cmocka_unit_test(a_run_has_the_figures_of_its_tables),
        cmocka_unit_test(a_resumed_run_shows_no_point_twice),
        cmocka_unit_test(points_behind_the_checkpoint_are_void),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
