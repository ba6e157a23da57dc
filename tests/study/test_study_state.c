/* The estimate of the time to go, on made-up standings. */
#include "study/work/state.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static rl_run_standing done(double work, double seconds) {
    return (rl_run_standing){.state = RL_RUN_DONE, .work = work, .seconds = seconds};
}

static rl_run_standing waiting(double work) {
    return (rl_run_standing){.state = RL_RUN_WAITING, .work = work, .seconds = NAN, .left = 1};
}

static void nothing_done_is_not_known(void **state) {
    (void)state;
    const rl_run_standing runs[] = {waiting(1), waiting(2)};
    assert_true(isnan(rl_study_seconds_left(runs, 2, SIZE_MAX)));
    const rl_run_standing unknown[] = {done(NAN, 3), waiting(NAN)};
    assert_true(isnan(rl_study_seconds_left(unknown, 2, SIZE_MAX)));
}

static void all_ended_is_no_time(void **state) {
    (void)state;
    rl_run_standing runs[] = {done(1, 5), waiting(2)};
    runs[1].state = RL_RUN_DIVERGED;
    assert_true(rl_study_seconds_left(runs, 2, SIZE_MAX) == 0);
}

static void equal_work_tells_best(void **state) {
    (void)state;
    /* 10 seconds for what was done before; 3 works at (6 + 10 + 14) seconds for 1 + 1 + 2 works. */
    const rl_run_standing runs[] = {done(1, 6), done(1, 10), done(2, 14), waiting(1), waiting(3)};
    assert_true(fabs(rl_study_seconds_left(runs, 5, SIZE_MAX) - (8 + 3 * 7.5)) < 1e-12);
    assert_true(fabs(rl_study_seconds_left(runs, 5, 4) - 8) < 1e-12); /* but for the last */
}

static void what_is_done_of_a_run_is_not_to_do(void **state) {
    (void)state;
    rl_run_standing runs[] = {done(1, 8), waiting(1), waiting(1)};
    runs[1].state = RL_RUN_INTERRUPTED;
    runs[1].left = 0.25;
    runs[2].state = RL_RUN_FAILED;
    assert_true(fabs(rl_study_seconds_left(runs, 3, SIZE_MAX) - 10) < 1e-12);
}

static void max_seconds_is_a_limit(void **state) {
    (void)state;
    rl_run_standing runs[] = {done(1, 8), waiting(1), waiting(1)};
    runs[1].limit = 5;
    runs[2].limit = 50;
    assert_true(fabs(rl_study_seconds_left(runs, 3, SIZE_MAX) - 13) < 1e-12);
    /* And an estimate where nothing else is known. */
    assert_true(fabs(rl_study_seconds_left(runs + 1, 2, SIZE_MAX) - 55) < 1e-12);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_done_is_not_known),
        cmocka_unit_test(all_ended_is_no_time),
        cmocka_unit_test(equal_work_tells_best),
        cmocka_unit_test(what_is_done_of_a_run_is_not_to_do),
        cmocka_unit_test(max_seconds_is_a_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
