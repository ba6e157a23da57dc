/* Studies done from end to end on tiny runs: each run once, wherever the one who worked on it was
 * stopped, and the same bits as if nothing had. */
#include "study/tiny_study.h"

#include <math.h>
#include <sys/stat.h>

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

/* Those of the study itself, too, when there is nothing left to write. */
static void temporary_files_of_a_killed_study_are_removed(void **state) {
    (void)state;
    static const char *const left[] = {".reslab-17-3.tmp", "runs/.reslab-17-4.tmp"};
    char path[TEST_PATH];
    place p;
    witness w;
    make_place(&p);
    train_all(&p, &w);
    for (size_t i = 0; i < 2; i++) {
        FILE *file = fopen(in_folder(path, p.out, left[i]), "w");
        assert_non_null(file);
        fclose(file);
    }
    train_all(&p, &w);
    for (size_t i = 0; i < 2; i++)
        assert_false(rl_file_exists(in_folder(path, p.out, left[i])));
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
        cmocka_unit_test(temporary_files_of_a_killed_study_are_removed),
        cmocka_unit_test(memory_that_runs_out_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
