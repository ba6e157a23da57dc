/* Locks on files: one holder, looked at without being touched, and gone with the process. */
#include "base/lock.h"

#include "base/file.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { PATH_SIZE = 512 };

/* A new folder, and the path of a lock in it that is not there yet. */
static void make_place(char folder[PATH_SIZE], char path[PATH_SIZE]) {
    const char *base = getenv("TMPDIR");
    snprintf(folder, PATH_SIZE, "%s/reslab-test-XXXXXX", base ? base : "/tmp");
    assert_non_null(mkdtemp(folder));
    assert_int_equal(rl_path_join(path, PATH_SIZE, folder, "lock", NULL), RL_OK);
}

static void remove_place(const char *folder, const char *path) {
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(folder), 0);
}

static void one_holder_at_a_time(void **state) {
    (void)state;
    char folder[PATH_SIZE], path[PATH_SIZE];
    int first, second;
    rl_error error;
    make_place(folder, path);
    assert_false(rl_lock_is_taken(path));
    assert_false(rl_file_exists(path)); /* looking makes nothing */
    assert_int_equal(rl_lock_take(&first, path, "the thing", NULL), RL_OK);
    assert_true(rl_lock_is_taken(path));
    assert_int_equal(rl_lock_take(&second, path, "the thing", &error), RL_ERROR_EXISTS);
    assert_string_equal(error.message, "the thing: in use by another process");
    assert_int_equal(second, -1);
    assert_true(rl_lock_is_taken(path)); /* nor has the refused one taken it away */
    rl_lock_release(&first);
    rl_lock_release(&first);
    assert_false(rl_lock_is_taken(path));
    assert_int_equal(rl_lock_take(&second, path, "the thing", NULL), RL_OK);
    rl_lock_release(&second);
    remove_place(folder, path);
}

static void looking_keeps_no_one_out(void **state) {
    (void)state;
    char folder[PATH_SIZE], path[PATH_SIZE];
    int lock;
    make_place(folder, path);
    assert_int_equal(rl_lock_take(&lock, path, "x", NULL), RL_OK);
    rl_lock_release(&lock);
    const pid_t looker = fork();
    if (looker == 0)
        for (;;)
            rl_lock_is_taken(path);
    size_t refused = 0;
    for (size_t i = 0; i < 2000; i++) {
        refused += rl_lock_take(&lock, path, "x", NULL) != RL_OK;
        rl_lock_release(&lock);
    }
    kill(looker, SIGKILL);
    waitpid(looker, NULL, 0);
    assert_int_equal(refused, 0);
    remove_place(folder, path);
}

/* A lock on a file that was removed is none: whoever comes next makes a new file. */
static void a_removed_file_is_made_anew(void **state) {
    (void)state;
    char folder[PATH_SIZE], path[PATH_SIZE];
    int old, new;
    make_place(folder, path);
    assert_int_equal(rl_lock_take(&old, path, "x", NULL), RL_OK);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rl_lock_take(&new, path, "x", NULL), RL_OK);
    assert_true(rl_lock_is_taken(path));
    rl_lock_release(&old);
    assert_true(rl_lock_is_taken(path));
    rl_lock_release(&new);
    remove_place(folder, path);
}

/* A process that waits for a lock whose file its holder removes must lock the file that is there.
 */
static void who_waited_locks_what_is_there(void **state) {
    (void)state;
    char folder[PATH_SIZE], path[PATH_SIZE];
    int lock;
    make_place(folder, path);
    assert_int_equal(rl_lock_take(&lock, path, "x", NULL), RL_OK);
    const pid_t waiter = fork();
    if (waiter == 0) {
        int own;
        rl_lock_release(&lock); /* a fork shares its parent's lock */
        const bool good = rl_lock_wait(&own, path, NULL) == RL_OK && rl_lock_is_taken(path);
        _exit(good ? 0 : 1);
    }
    usleep(50000); /* most likely it waits by now; if not, the test is easier */
    assert_int_equal(unlink(path), 0);
    rl_lock_release(&lock);
    int code = -1;
    assert_int_equal(waitpid(waiter, &code, 0), waiter);
    assert_int_equal(code, 0);
    remove_place(folder, path);
}

static void a_killed_holder_holds_nothing(void **state) {
    (void)state;
    char folder[PATH_SIZE], path[PATH_SIZE];
    int lock;
    make_place(folder, path);
    const pid_t holder = fork();
    if (holder == 0) {
        int own;
        if (rl_lock_take(&own, path, "x", NULL) != RL_OK)
            _exit(1);
        for (;;)
            pause();
    }
    while (!rl_lock_is_taken(path) && waitpid(holder, NULL, WNOHANG) == 0)
        usleep(1000);
    assert_int_equal(rl_lock_take(&lock, path, "x", NULL), RL_ERROR_EXISTS);
    kill(holder, SIGKILL);
    waitpid(holder, NULL, 0);
    assert_int_equal(rl_lock_take(&lock, path, "x", NULL), RL_OK);
    rl_lock_release(&lock);
    remove_place(folder, path);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_holder_at_a_time),
        cmocka_unit_test(looking_keeps_no_one_out),
        cmocka_unit_test(a_removed_file_is_made_anew),
        cmocka_unit_test(who_waited_locks_what_is_there),
        cmocka_unit_test(a_killed_holder_holds_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
