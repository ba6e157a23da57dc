/* Studies done from end to end on tiny runs: each run once, whatever stopped the one who worked on
 * it, and the same bits as if nothing had. */
#include "base/lock.h"
#include "run/run_directory.h"
#include "run/runs.h"
#include "study/study_folder.h"
#include "study/study_state.h"

#include <math.h>
#include <sys/stat.h>
#include <unistd.h>

/* Four runs of one seed, one of which diverges. */
static const char study_text[] = "name: tiny\n"
                                 "settings: {data: shapes, width: 4, limit_train: 48, limit_test: "
                                 "20, batch_size: 16, epochs: 2, threads: 1}\n"
                                 "seeds: [5]\n"
                                 "groups:\n"
                                 "  activations: {vary: {activation: [sigmoid, relu, gelu]}}\n"
                                 "  rates: {vary: {lr: [0.01, 1000]}}\n";
enum { RUNS = 4, DIVERGING = 3 };

typedef struct {
    char folder[TEST_PATH], out[TEST_PATH];
    rl_study *study;
} place;

static rl_study *open_text(const char *folder, const char *name, const char *text) {
    char path[TEST_PATH];
    rl_study *study;
    rl_error error;
    in_folder(path, folder, name);
    assert_int_equal(rl_file_replace_bytes(path, text, strlen(text), NULL), RL_OK);
    if (rl_study_open(&study, path, &error) != RL_OK)
        fail_msg("%s", error.message);
    return study;
}

static void make_place(place *p) {
    make_scratch(p->folder);
    in_folder(p->out, p->folder, "out");
    p->study = open_text(p->folder, "tiny.yaml", study_text);
    assert_int_equal(rl_study_run_count(p->study), RUNS);
}

static void clear_place(place *p) {
    rl_study_free(p->study);
    remove_scratch(p->folder);
}

static const char *run_file(char path[TEST_PATH], const place *p, size_t index, const char *name) {
    const int length = snprintf(path, TEST_PATH, "%s/runs/%s/%s", p->out,
                                rl_study_run_at(p->study, index)->name, name);
    assert_true(length < TEST_PATH);
    return path;
}

/* What the callback has seen. */
typedef struct {
    size_t steps, stop_after; /* steps; 0: never */
    size_t worked[RUNS];      /* events of work on each run */
    rl_run_state ended[RUNS]; /* RL_RUN_WAITING: not told of */
    char reasons[RUNS][200];
    size_t last_ended;
    double last_seconds_left;
} witness;

static bool watch(const rl_study_progress *progress, void *context) {
    witness *w = context;
    const size_t index = progress->run->number - 1;
    assert_int_equal(progress->runs, RUNS);
    w->last_ended = progress->ended;
    w->last_seconds_left = progress->seconds_left;
    if (!progress->progress) {
        assert_int_equal(w->ended[index], RL_RUN_WAITING); /* once */
        w->ended[index] = progress->state;
        snprintf(w->reasons[index], sizeof *w->reasons, "%s",
                 progress->reason ? progress->reason : "");
        return true;
    }
    assert_int_equal(progress->state, RL_RUN_RUNNING);
    assert_null(progress->reason);
    w->worked[index]++;
    w->steps += progress->progress->event == RL_EVENT_STEP;
    return w->stop_after == 0 || w->steps < w->stop_after;
}

static void train_all(const place *p, witness *w) {
    rl_error error;
    *w = (witness){0};
    if (rl_study_train(p->study, p->out, 0, watch, w, &error) != RL_OK)
        fail_msg("%s", error.message);
}

static void assert_all_ended(const place *p) {
    rl_study_state *state;
    assert_int_equal(rl_study_state_read(&state, p->study, p->out, NULL), RL_OK);
    assert_int_equal(state->done, RUNS - 1);
    assert_int_equal(state->diverged, 1);
    assert_true(state->seconds_left == 0);
    rl_study_state_free(state);
}

static void assert_same_results(const place *a, const place *b) {
    static const char *const files[] = {"checkpoint.safetensors", "model.safetensors", "steps.csv"};
    char x[TEST_PATH], y[TEST_PATH];
    for (size_t run = 0; run < RUNS; run++)
        for (size_t i = 0; i < sizeof files / sizeof *files; i++)
            if (run != DIVERGING || strcmp(files[i], "model.safetensors") != 0)
                assert_same_file(run_file(x, a, run, files[i]), run_file(y, b, run, files[i]));
}

static void each_run_is_done_once(void **state) {
    (void)state;
    char path[TEST_PATH];
    place p;
    witness w;
    make_place(&p);
    train_all(&p, &w);
    for (size_t i = 0; i < RUNS; i++) {
        assert_int_equal(w.ended[i], i == DIVERGING ? RL_RUN_DIVERGED : RL_RUN_DONE);
        assert_true(w.worked[i] > 0);
    }
    assert_non_null(strstr(w.reasons[DIVERGING], "not finite"));
    assert_string_equal(w.reasons[0], "");
    assert_int_equal(w.last_ended, RUNS);
    assert_true(w.last_seconds_left == 0);
    assert_all_ended(&p);
    assert_true(rl_file_exists(in_folder(path, p.out, "study.yaml")));
    assert_true(rl_file_exists(in_folder(path, p.out, "samples.png")));

    /* Again: all is told of, nothing is done. */
    struct stat before, after;
    assert_int_equal(stat(run_file(path, &p, 0, "summary.json"), &before), 0);
    train_all(&p, &w);
    for (size_t i = 0; i < RUNS; i++) {
        assert_int_equal(w.ended[i], i == DIVERGING ? RL_RUN_DIVERGED : RL_RUN_DONE);
        assert_int_equal(w.worked[i], 0);
    }
    assert_non_null(strstr(w.reasons[DIVERGING], "not finite"));
    assert_int_equal(stat(path, &after), 0);
    assert_int_equal(before.st_ino, after.st_ino);
    clear_place(&p);
}

static void stopped_anywhere_the_bits_are_the_same(void **state) {
    (void)state;
    place whole, p;
    witness w;
    make_place(&whole);
    train_all(&whole, &w);
    make_place(&p);
    size_t stops = 0;
    for (rl_status status = RL_STOPPED; status != RL_OK; stops++) {
        rl_error error;
        w = (witness){.stop_after = 2 + stops % 3};
        status = rl_study_train(p.study, p.out, 0, watch, &w, &error);
        assert_true(status == RL_OK || status == RL_STOPPED);
        assert_true(stops < 100);
    }
    assert_true(stops > 4);
    assert_all_ended(&p);
    assert_same_results(&whole, &p);
    clear_place(&p);
    clear_place(&whole);
}

static void one_run_alone(void **state) {
    (void)state;
    place p;
    witness w = {0};
    rl_error error;
    make_place(&p);
    assert_int_equal(rl_study_train(p.study, p.out, 2, watch, &w, NULL), RL_OK);
    for (size_t i = 0; i < RUNS; i++)
        assert_int_equal(w.ended[i], i == 1 ? RL_RUN_DONE : RL_RUN_WAITING);
    rl_study_state *now;
    assert_int_equal(rl_study_state_read(&now, p.study, p.out, NULL), RL_OK);
    assert_int_equal(now->done, 1);
    assert_int_equal(now->waiting, RUNS - 1);
    assert_true(now->accuracies[1] >= 0 && isnan(now->accuracies[0]));
    assert_true(now->seconds_left > 0);
    rl_study_state_free(now);
    assert_int_equal(rl_study_train(p.study, p.out, RUNS + 1, NULL, NULL, &error),
                     RL_ERROR_ARGUMENT);
    assert_non_null(strstr(error.message, "there is no run 5, expected 1 to 4"));
    clear_place(&p);
}

/* A folder that was made and no more, one with some files, and one with a half-written checkpoint:
 * there is nothing to go on from. */
static void killed_before_the_first_checkpoint(void **state) {
    (void)state;
    char path[TEST_PATH];
    place p;
    witness w;
    make_place(&p);
    assert_int_equal(rl_study_folder_prepare(p.study, p.out, NULL), RL_OK);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(rl_folder_make_parents(run_file(path, &p, i, ""), NULL), RL_OK);
        if (i > 0)
            assert_int_equal(
                rl_file_replace_bytes(run_file(path, &p, i, "metrics.csv"), "ep", 2, NULL), RL_OK);
    }
    FILE *file = fopen(run_file(path, &p, 2, ".reslab-17-3.tmp"), "w");
    assert_non_null(file);
    fclose(file);
    rl_study_state *now;
    assert_int_equal(rl_study_state_read(&now, p.study, p.out, NULL), RL_OK);
    assert_int_equal(now->interrupted, 3);
    rl_study_state_free(now);
    train_all(&p, &w);
    assert_false(rl_file_exists(path));
    assert_all_ended(&p);
    clear_place(&p);
}

static void temporary_files_of_a_killed_run_are_removed(void **state) {
    (void)state;
    char path[TEST_PATH];
    place p;
    witness w = {.stop_after = 2};
    make_place(&p);
    assert_int_equal(rl_study_train(p.study, p.out, 1, watch, &w, NULL), RL_STOPPED);
    FILE *file = fopen(run_file(path, &p, 0, ".reslab-17-3.tmp"), "w");
    assert_non_null(file);
    fclose(file);
    assert_int_equal(rl_study_train(p.study, p.out, 1, NULL, NULL, NULL), RL_OK);
    assert_false(rl_file_exists(path));
    clear_place(&p);
}

static void what_others_work_on_is_left_to_them(void **state) {
    (void)state;
    place p;
    witness w;
    int claim;
    make_place(&p);
    assert_int_equal(rl_study_folder_prepare(p.study, p.out, NULL), RL_OK);
    assert_int_equal(rl_study_claim(&claim, p.out, rl_study_run_at(p.study, 1), NULL), RL_OK);
    train_all(&p, &w);
    assert_int_equal(w.ended[1], RL_RUN_RUNNING);
    assert_int_equal(w.worked[1], 0);
    assert_int_equal(w.ended[2], RL_RUN_DONE);
    rl_study_state *now;
    assert_int_equal(rl_study_state_read(&now, p.study, p.out, NULL), RL_OK);
    assert_int_equal(now->running, 1);
    assert_int_equal(now->states[1], RL_RUN_RUNNING);
    rl_study_state_free(now);
    rl_lock_release(&claim);
    train_all(&p, &w);
    assert_true(w.worked[1] > 0);
    assert_all_ended(&p);
    clear_place(&p);
}

typedef struct {
    int claim;
    witness witness;
} colleague;

/* The colleague's run becomes free while this process works on the last one. */
static bool release_late(const rl_study_progress *progress, void *context) {
    colleague *c = context;
    if (progress->run->number == RUNS)
        rl_lock_release(&c->claim);
    return watch(progress, &c->witness);
}

static void what_others_leave_is_taken_over(void **state) {
    (void)state;
    place p;
    colleague c = {0};
    make_place(&p);
    assert_int_equal(rl_study_folder_prepare(p.study, p.out, NULL), RL_OK);
    assert_int_equal(rl_study_claim(&c.claim, p.out, rl_study_run_at(p.study, 0), NULL), RL_OK);
    assert_int_equal(rl_study_train(p.study, p.out, 0, release_late, &c, NULL), RL_OK);
    assert_int_equal(c.witness.ended[0], RL_RUN_DONE);
    assert_all_ended(&p);
    clear_place(&p);
}

static void another_study_is_refused(void **state) {
    (void)state;
    static const struct {
        const char *old, *new, *message;
    } changes[] = {{"epochs: 2", "epochs: 3", "epochs of run 1 is '2', expected '3'"},
                   {"seeds: [5]", "seeds: [5, 6]", "of 4 runs, expected the 8"},
                   {"sigmoid, relu", "leaky_relu, relu", "activation of run 1 is 'sigmoid'"}};
    char path[TEST_PATH];
    place p;
    witness w = {.stop_after = 2};
    rl_error error;
    make_place(&p);
    assert_int_equal(rl_study_train(p.study, p.out, 1, watch, &w, NULL), RL_STOPPED);
    char *before = text_of(p.out, "study.yaml");
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        char text[1024];
        const char *at = strstr(study_text, changes[i].old);
        assert_non_null(at);
        snprintf(text, sizeof text, "%.*s%s%s", (int)(at - study_text), study_text, changes[i].new,
                 at + strlen(changes[i].old));
        rl_study *other = open_text(p.folder, "other.yaml", text);
        assert_int_equal(rl_study_train(other, p.out, 0, NULL, NULL, &error), RL_ERROR_MISMATCH);
        if (!strstr(error.message, changes[i].message) || !strstr(error.message, "study.yaml"))
            fail_msg("'%s' does not say '%s'", error.message, changes[i].message);
        rl_study_free(other);
    }
    char *after = text_of(p.out, "study.yaml");
    assert_string_equal(before, after);
    rl_free(before);
    rl_free(after);
    assert_true(rl_file_exists(run_file(path, &p, 0, "checkpoint.safetensors")));

    /* The number of threads has no part in any result. */
    char text[1024];
    const char *at = strstr(study_text, "threads: 1");
    snprintf(text, sizeof text, "%.*sthreads: 2%s", (int)(at - study_text), study_text, at + 10);
    rl_study *same = open_text(p.folder, "other.yaml", text);
    assert_int_equal(rl_study_train(same, p.out, 1, NULL, NULL, NULL), RL_OK);
    rl_study_free(same);
    clear_place(&p);
}

/* Somebody else's files, and somebody else's run, where runs should be: they stay, and are named;
 * all others are done. */
static void a_failed_run_keeps_no_other_from_being_done(void **state) {
    (void)state;
    char path[TEST_PATH];
    place p;
    witness w = {0};
    rl_error error;
    make_place(&p);
    assert_int_equal(rl_study_folder_prepare(p.study, p.out, NULL), RL_OK);
    assert_int_equal(rl_folder_make_parents(run_file(path, &p, 0, ""), NULL), RL_OK);
    assert_int_equal(rl_file_replace_bytes(run_file(path, &p, 0, "notes"), "x", 1, NULL), RL_OK);
    rl_config *config = tiny_config("");
    run_file(path, &p, 1, "");
    path[strlen(path) - 1] = '\0';
    set(config, "out", path);
    assert_int_equal(rl_train(config, shapes(), NULL, NULL, NULL, NULL), RL_OK);
    rl_config_free(config);

    assert_int_equal(rl_study_train(p.study, p.out, 0, watch, &w, &error), RL_ERROR_EXISTS);
    assert_non_null(strstr(error.message, "holds files that are not a run's"));
    assert_int_equal(w.ended[0], RL_RUN_FAILED);
    assert_int_equal(w.ended[1], RL_RUN_FAILED);
    assert_non_null(strstr(w.reasons[1], "a run with another limit-train ('72'), expected '48'"));
    assert_int_equal(w.ended[2], RL_RUN_DONE);
    assert_int_equal(w.ended[3], RL_RUN_DIVERGED);
    assert_true(rl_file_exists(run_file(path, &p, 0, "notes")));
    assert_true(rl_file_exists(run_file(path, &p, 1, "model.safetensors")));
    assert_int_equal(unlink(run_file(path, &p, 0, "notes")), 0);
    assert_int_equal(rl_study_train(p.study, p.out, 1, NULL, NULL, NULL), RL_OK);
    clear_place(&p);
}

static void a_run_that_failed_is_tried_again(void **state) {
    (void)state;
    static const char failed[] =
        "{\"outcome\": \"failed\", \"reason\": \"disk full\", \"epochs\": 0, \"seconds\": 1, "
        "\"images_per_second\": null, \"peak_memory_bytes\": 5}";
    char path[TEST_PATH];
    place p;
    witness w = {.stop_after = 4};
    make_place(&p);
    assert_int_equal(rl_study_train(p.study, p.out, 1, watch, &w, NULL), RL_STOPPED);
    assert_int_equal(
        rl_file_replace_bytes(run_file(path, &p, 0, "summary.json"), failed, strlen(failed), NULL),
        RL_OK);
    rl_study_state *now;
    assert_int_equal(rl_study_state_read(&now, p.study, p.out, NULL), RL_OK);
    assert_int_equal(now->states[0], RL_RUN_FAILED);
    assert_int_equal(now->failed, 1);
    rl_study_state_free(now);
    train_all(&p, &w);
    assert_all_ended(&p);
    clear_place(&p);
}

static void without_data_no_folder_is_made(void **state) {
    (void)state;
    char path[TEST_PATH];
    place p;
    rl_study *study;
    rl_error error;
    make_place(&p);
    const char *const overrides[] = {"data", in_folder(path, p.folder, "nowhere"), NULL};
    assert_int_equal(rl_study_open_with(&study, p.study->path, overrides, NULL), RL_OK);
    assert_int_equal(rl_study_train(study, p.out, 0, NULL, NULL, &error), RL_ERROR_IO);
    assert_non_null(strstr(error.message, path));
    assert_false(rl_file_exists(p.out));
    rl_study_free(study);
    clear_place(&p);
}

static void memory_that_runs_out_is_survived(void **state) {
    (void)state;
    place p;
    witness w;
    rl_study_state *now = NULL;
    rl_error error;
    make_place(&p);
    train_all(&p, &w);
    size_t failures = 0;
    for (long i = 0; !now; i++) {
        rl_memory_fail_after(i);
        const rl_status status = rl_study_state_read(&now, p.study, p.out, &error);
        rl_memory_fail_after(-1);
        assert_true(now ? status == RL_OK : status == RL_ERROR_MEMORY);
        failures += status != RL_OK;
    }
    assert_true(failures > 40);
    rl_study_state_free(now);
    rl_study_state_free(NULL);
    /* Estimates may go without memory; what runs stand at may not. */
    failures = 0;
    for (long i = 0; i < 200; i++) {
        rl_memory_fail_after(i);
        const rl_status status = rl_study_train(p.study, p.out, 0, NULL, NULL, &error);
        rl_memory_fail_after(-1);
        assert_true(status == RL_OK || status == RL_ERROR_MEMORY);
        failures += status != RL_OK;
    }
    assert_true(failures > 20);
    assert_all_ended(&p);
    clear_place(&p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_run_is_done_once),
        cmocka_unit_test(stopped_anywhere_the_bits_are_the_same),
        cmocka_unit_test(one_run_alone),
        cmocka_unit_test(killed_before_the_first_checkpoint),
        cmocka_unit_test(temporary_files_of_a_killed_run_are_removed),
        cmocka_unit_test(what_others_work_on_is_left_to_them),
        cmocka_unit_test(what_others_leave_is_taken_over),
        cmocka_unit_test(another_study_is_refused),
        cmocka_unit_test(a_failed_run_keeps_no_other_from_being_done),
        cmocka_unit_test(a_run_that_failed_is_tried_again),
        cmocka_unit_test(without_data_no_folder_is_made),
        cmocka_unit_test(memory_that_runs_out_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
