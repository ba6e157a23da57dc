/* Loops over threads: every item once, by as many threads as there are, also where the system gives
 * fewer, stacks are small or the process was forked. */
#include "base/team.h"

#include "base/clock.h"
#include "base/cores.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/notice.h"
#include "base/thread.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { ITEMS_MOST = 1000, MEMBERS_MOST = 16 };

static rl_team *team_of(int members) {
    rl_team *team;
    assert_int_equal(rl_team_create(&team, members, NULL), RL_OK);
    return team;
}

typedef struct {
    int members;
    atomic_int *done; /* [items] */
    atomic_bool busy[MEMBERS_MOST], wrong;
} tally;

/* The index is the member's own while it works. */
static void count_item(const void *context, size_t item, int member) {
    tally *t = *(tally *const *)context;
    if (member < 0 || member >= t->members || atomic_exchange(&t->busy[member], true))
        atomic_store(&t->wrong, true);
    else
        atomic_store(&t->busy[member], false);
    atomic_fetch_add(&t->done[item], 1);
}

static void every_item_once(void **state) {
    (void)state;
    static const int sizes[] = {1, 2, 3, MEMBERS_MOST};
    static const size_t counts[] = {0, 1, 2, 7, ITEMS_MOST};
    static atomic_int done[ITEMS_MOST];
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        rl_team *team = team_of(sizes[s]);
        tally t = {.members = sizes[s], .done = done}, *context = &t;
        for (size_t round = 0; round < 400; round++) {
            const size_t count = counts[round % (sizeof counts / sizeof *counts)];
            memset(done, 0, sizeof done);
            rl_team_run(team, count, count_item, &context);
            for (size_t i = 0; i < ITEMS_MOST; i++)
                assert_int_equal(done[i], i < count ? 1 : 0);
            if (round % 50 == 0)
                usleep(2000); /* long enough for the others to fall asleep */
        }
        assert_false(t.wrong);
        rl_team_free(team);
    }
}

typedef struct {
    atomic_int arrived;
    int expected;
    size_t stack; /* bytes that each member uses of its own */
} meeting;

__attribute__((noinline)) static void use_stack(size_t bytes) {
    volatile char frame[4096];
    frame[0] = frame[sizeof frame - 1] = 1;
    if (bytes > sizeof frame)
        use_stack(bytes - sizeof frame);
    frame[1] = frame[0];
}

/* Ends only when all members are in it at once; gives up after a while. */
static void meet(const void *context, size_t item, int member) {
    (void)item, (void)member;
    meeting *m = *(meeting *const *)context;
    atomic_fetch_add(&m->arrived, 1);
    use_stack(m->stack);
    for (const double until = rl_clock_seconds() + 20;
         atomic_load(&m->arrived) < m->expected && rl_clock_seconds() < until;)
        usleep(100);
}

static void check_all_work(rl_team *team, int members, size_t stack) {
    assert_int_equal(rl_team_members(team), members);
    for (int round = 0; round < 3; round++) {
        meeting m = {.expected = members, .stack = stack}, *context = &m;
        const double begin = rl_clock_seconds();
        rl_team_run(team, (size_t)members, meet, &context);
        assert_int_equal(m.arrived, members);
        assert_true(rl_clock_seconds() - begin < 19);
        usleep(3000);
    }
}

static void all_members_work_at_once(void **state) {
    (void)state;
    for (int members = 1; members <= 9; members += 4) {
        rl_team *team = team_of(members);
        check_all_work(team, members, 0);
        rl_team_free(team);
    }
}

/* As under `ulimit -s 64`, which a C library takes for the size of a thread's stack. */
static void stacks_are_our_own(void **state) {
    (void)state;
    pthread_attr_t before, small;
    assert_int_equal(pthread_getattr_default_np(&before), 0);
    pthread_attr_init(&small);
    pthread_attr_setstacksize(&small, 64 << 10);
    assert_int_equal(pthread_setattr_default_np(&small), 0);
    rl_team *team = team_of(3);
    check_all_work(team, 3, 256 << 10);
    rl_team_free(team);
    pthread_setattr_default_np(&before);
    pthread_attr_destroy(&before);
    pthread_attr_destroy(&small);
}

static void hear(const char *message, void *context) {
    strcpy(context, message);
}

static void fewer_threads_than_asked_for(void **state) {
    (void)state;
    char heard[1024] = "";
    rl_set_notice_function(hear, heard);
    for (int given = 0; given < 3; given++) {
        rl_thread_fail_after(given);
        rl_team *team = team_of(4);
        rl_thread_fail_after(-1);
        check_all_work(team, given + 1, 0);
        rl_team_free(team);
        char expected[64];
        snprintf(expected, sizeof expected, "threads: the system gives no more than %d of 4",
                 given + 1);
        assert_non_null(strstr(heard, expected));
    }
    rl_set_notice_function(NULL, NULL);
}

static void without_memory(void **state) {
    (void)state;
    for (long allocation = 0; allocation < 2; allocation++) {
        rl_team *team;
        rl_error error;
        rl_memory_fail_after(allocation);
        assert_int_equal(rl_team_create(&team, 2, &error), RL_ERROR_MEMORY);
        rl_memory_fail_after(-1);
        assert_null(team);
    }
}

static void add_item(const void *context, size_t item, int member) {
    (void)member;
    atomic_fetch_add(*(atomic_size_t *const *)context, item);
}

/* A child has none of the threads: it does all items itself, and ends. */
static void forked_child(void **state) {
    (void)state;
    rl_team *team = team_of(4);
    atomic_size_t sum = 0, *context = &sum;
    rl_team_run(team, 100, add_item, &context);
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        alarm(20);
        rl_team_run(team, 100, add_item, &context);
        rl_team_free(team);
        _exit(sum == 2 * 4950 ? 0 : 1);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    rl_team_run(team, 100, add_item, &context);
    assert_int_equal(sum, 2 * 4950);
    rl_team_free(team);
}

/* A signal that the program blocks waits for the program. */
static void signals_are_not_for_us(void **state) {
    (void)state;
    rl_team *team = team_of(3);
    sigset_t mask, before, pending;
    sigemptyset(&mask);
    sigaddset(&mask, SIGUSR1);
    assert_int_equal(pthread_sigmask(SIG_BLOCK, &mask, &before), 0);
    assert_int_equal(kill(getpid(), SIGUSR1), 0);
    usleep(20000);
    assert_int_equal(sigpending(&pending), 0);
    assert_true(sigismember(&pending, SIGUSR1));
    int number;
    assert_int_equal(sigwait(&mask, &number), 0);
    assert_int_equal(pthread_sigmask(SIG_SETMASK, &before, NULL), 0);
    rl_team_free(team);
}

static void turn(const void *context, size_t item, int member) {
    (void)context, (void)item, (void)member;
    for (volatile int i = 0; i < 20000; i++) {
    }
}

static double seconds_of_loops(int members) {
    rl_team *team = team_of(members);
    const double begin = rl_clock_seconds();
    for (int loop = 0; loop < 300; loop++)
        rl_team_run(team, 8, turn, NULL);
    const double seconds = rl_clock_seconds() - begin;
    rl_team_free(team);
    return seconds;
}

/* The threads that have no core must not keep those that have one from working. The best of some
 * tries, since others use the machine as well. */
static void more_threads_than_cores(void **state) {
    (void)state;
    const int cores = rl_affinity_cores(sched_getaffinity);
    double best = 1e9;
    for (int try = 0; try < 10 && best > 2; try++) {
        const double one = seconds_of_loops(1);
        const double many = seconds_of_loops(cores * RL_THREADS_PER_CORE);
        best = many / one < best ? many / one : best;
    }
    assert_true(best <= 2);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_item_once),        cmocka_unit_test(all_members_work_at_once),
        cmocka_unit_test(stacks_are_our_own),     cmocka_unit_test(fewer_threads_than_asked_for),
        cmocka_unit_test(without_memory),         cmocka_unit_test(forked_child),
        cmocka_unit_test(signals_are_not_for_us), cmocka_unit_test(more_threads_than_cores),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
