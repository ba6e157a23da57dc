/* What a study finds in its folder and must leave alone: runs of other processes, other studies,
 * other people's files, runs that failed. */
#include "base/lock.h"
#include "study/tiny_study.h"

#include <unistd.h>

/* A folder that was made and no more, one with some files, and one with a half-written checkpoint:
 * there is nothing to go on from. */
static void what_others_work_on_is_left_to_them(void **state) {
    (void)state;
    place p;
    witness w;
    int claim;
    make_place(&p);
    assert_int_equal(rl_study_folder_prepare(p.study, p.out, NULL), RL_OK);
    assert_int_equal(rl_study_lock_run(&claim, p.study, p.out, rl_study_run_at(p.study, 1), NULL),
                     RL_OK);
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
    assert_int_equal(rl_study_lock_run(&c.claim, p.study, p.out, rl_study_run_at(p.study, 0), NULL),
                     RL_OK);
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
                   {"[0.01, 1000]", "[0.01, 900]", "lr of run 4 is '1000', expected '900'"},
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

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_others_work_on_is_left_to_them),
        cmocka_unit_test(what_others_leave_is_taken_over),
        cmocka_unit_test(another_study_is_refused),
        cmocka_unit_test(a_failed_run_keeps_no_other_from_being_done),
        cmocka_unit_test(a_run_that_failed_is_tried_again),
        cmocka_unit_test(without_data_no_folder_is_made),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
