/* How many threads: the least of what limits them, and what becomes of a number that was asked for.
 */
#include "base/cores.h"

#include "base/notice.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static char heard[1024];

static void hear(const char *message, void *context) {
    (void)context;
    strcpy(heard, message);
}

static int listen_to_notices(void **state) {
    (void)state;
    heard[0] = '\0';
    rl_set_notice_function(hear, NULL);
    return 0;
}

static int stop_listening(void **state) {
    (void)state;
    rl_set_notice_function(NULL, NULL);
    unsetenv("OMP_NUM_THREADS");
    unsetenv("OMP_THREAD_LIMIT");
    return 0;
}

static void all_cores(void **state) {
    (void)state;
    static const struct {
        rl_thread_limits limits;
        int threads;
    } cases[] = {{{8, INFINITY, 0, 0}, 8}, {{8, 3, 0, 0}, 3},        {{8, 1.5, 0, 0}, 2},
                 {{8, 0.2, 0, 0}, 1},      {{2, 16, 0, 0}, 2},       {{8, INFINITY, 4, 0}, 4},
                 {{2, INFINITY, 4, 0}, 2}, {{8, INFINITY, 0, 3}, 3}, {{8, 5, 6, 4}, 4},
                 {{8, 5, 6, 7}, 5},        {{8, 5, 2, INT_MAX}, 2},  {{1, 1e-9, 1, 1}, 1},
                 {{2000, 1e9, 0, 0}, 2000}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(rl_threads_choose(&cases[i].limits, 0), cases[i].threads);
    assert_string_equal(heard, "");
}

static void number_asked_for(void **state) {
    (void)state;
    const rl_thread_limits free_limits = {2, 1, 1, 0}, limited = {8, INFINITY, 0, 3};
    /* Quota and OMP_NUM_THREADS are for who asks for all cores. */
    assert_int_equal(rl_threads_choose(&free_limits, 1), 1);
    assert_int_equal(rl_threads_choose(&free_limits, 2), 2);
    assert_int_equal(rl_threads_choose(&limited, 3), 3);
    assert_string_equal(heard, "");
    assert_int_equal(rl_threads_choose(&free_limits, 4), 4);
    assert_string_equal(heard,
                        "threads: 4 asked for, but this process may use 2 cores: more threads "
                        "than cores gain nothing; 4 used");
    assert_int_equal(rl_threads_choose(&free_limits, 1024), 2 * RL_THREADS_PER_CORE);
    assert_non_null(strstr(heard, "1024 asked for"));
    assert_non_null(strstr(heard, "; 8 used"));
    assert_int_equal(rl_threads_choose(&limited, 4), 3);
    assert_string_equal(heard, "threads: 4 asked for, but OMP_THREAD_LIMIT is 3; 3 used");
}

/* A machine whose mask has 5,000 bits; the first and the last four are ours. */
static int wide_machine(pid_t process, size_t size, cpu_set_t *set) {
    (void)process;
    if (size * CHAR_BIT < 5000) {
        errno = EINVAL;
        return -1;
    }
    CPU_SET_S(0, size, set);
    for (size_t i = 4996; i < 5000; i++)
        CPU_SET_S(i, size, set);
    return 0;
}

static int forbidden(pid_t process, size_t size, cpu_set_t *set) {
    (void)process, (void)size, (void)set;
    errno = EPERM;
    return -1;
}

static int never_wide_enough(pid_t process, size_t size, cpu_set_t *set) {
    (void)process, (void)size, (void)set;
    errno = EINVAL;
    return -1;
}

static void affinity(void **state) {
    (void)state;
    assert_int_equal(rl_affinity_cores(wide_machine), 5);
    assert_int_equal(rl_affinity_cores(forbidden), 0);
    assert_int_equal(rl_affinity_cores(never_wide_enough), 0);
    /* One of the cores that this process has. */
    cpu_set_t before, one;
    assert_int_equal(sched_getaffinity(0, sizeof before, &before), 0);
    CPU_ZERO(&one);
    for (size_t i = 0; i < CPU_SETSIZE && CPU_COUNT(&one) == 0; i++)
        if (CPU_ISSET(i, &before))
            CPU_SET(i, &one);
    assert_int_equal(sched_setaffinity(0, sizeof one, &one), 0);
    assert_int_equal(rl_threads_usable(0), 1);
    assert_int_equal(sched_setaffinity(0, sizeof before, &before), 0);
    assert_int_equal(rl_affinity_cores(sched_getaffinity), CPU_COUNT(&before));
}

static rl_thread_limits with(const char *preferred, const char *upper_limit) {
    rl_thread_limits limits;
    setenv("OMP_NUM_THREADS", preferred, 1);
    setenv("OMP_THREAD_LIMIT", upper_limit, 1);
    rl_thread_limits_read(&limits, "/nowhere");
    assert_true(isinf(limits.quota));
    assert_true(limits.cores >= 1);
    return limits;
}

static void variables(void **state) {
    (void)state;
    static const struct {
        const char *text;
        int count;
    } good[] = {{"", 0},
                {"3", 3},
                {" 3 ", 3},
                {"4,2", 4},
                {" 4 , 2", 4},
                {"0004,2,1", 4},
                {"99999999999999999999", INT_MAX}};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        assert_int_equal(with(good[i].text, "").preferred, good[i].count);
    assert_int_equal(with("", "7").upper_limit, 7);
    assert_string_equal(heard, "");
    static const char *const bad[] = {"0",   "-2", "two", "4,", ",4", "4,0",
                                      "4 2", "4x", "+",   " ",  "2.5"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        heard[0] = '\0';
        assert_int_equal(with(bad[i], "").preferred, 0);
        assert_non_null(strstr(heard, "OMP_NUM_THREADS: '"));
        assert_non_null(strstr(heard, "ignored"));
    }
    assert_int_equal(with("", "4,2").upper_limit, 0); /* no list */
    assert_string_equal(heard,
                        "OMP_THREAD_LIMIT: '4,2' is no number of threads, expected 1 or more; "
                        "ignored");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(all_cores, listen_to_notices, stop_listening),
        cmocka_unit_test_setup_teardown(number_asked_for, listen_to_notices, stop_listening),
        cmocka_unit_test_setup_teardown(affinity, listen_to_notices, stop_listening),
        cmocka_unit_test_setup_teardown(variables, listen_to_notices, stop_listening),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
