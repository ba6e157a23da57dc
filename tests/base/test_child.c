/* Work in a child process: its result or its error, whole or not at all, and in time. */
#include "base/child.h"

#include "base/clock.h"
#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static bool is_deaf;

/* Stands before the C library's. */
ssize_t read(int file, void *bytes, size_t size) {
    if (!is_deaf)
        return syscall(SYS_read, file, bytes, size);
    errno = EIO;
    return -1;
}

static rl_status give_bytes(rl_buffer *result, const void *context, rl_error *error) {
    (void)error;
    for (size_t i = 0; i < *(const size_t *)context; i++)
        rl_buffer_add_bytes(result, &(char){(char)(i * 7)}, 1);
    return RL_OK;
}

static void result_of_any_size(void **state) {
    (void)state;
    static const size_t sizes[] = {0, 1, 4096, 300000}; /* more than a pipe holds */
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        rl_buffer result = {0};
        rl_error error;
        if (rl_child_run(give_bytes, &sizes[i], "bytes", 60, &result, &error) != RL_OK)
            fail_msg("%s", error.message);
        assert_int_equal(result.length, sizes[i]);
        for (size_t at = 0; at < sizes[i]; at++)
            assert_int_equal(result.text[at], (char)(at * 7));
        rl_buffer_clear(&result);
    }
}

typedef rl_status ending(rl_error *error);

/* Its result's, and the two of its complaints. */
static rl_status count_descriptors(rl_error *error) {
    int count = 0;
    for (int file = 0; file < 100; file++)
        count += fcntl(file, F_GETFD) >= 0;
    return rl_fail_at(error, RL_ERROR_EXISTS, count, "descriptors");
}

static rl_status refuse(rl_error *error) {
    return rl_fail_at(error, RL_ERROR_FORMAT, 17, "picture: no good");
}

static rl_status die(rl_error *error) {
    (void)error;
    puts("not to be seen");
    fflush(stdout);
    fputs("not to be seen\nthe last words\n\n", stderr);
    raise(SIGTRAP); /* as GLib does; the caller ignores it */
    return RL_OK;
}

static rl_status leave_early(rl_error *error) {
    (void)error;
    _exit(0);
}

/* What the other side reads first, and less than it announces. */
static rl_status tell_half(rl_error *error) {
    (void)error;
    const struct {
        size_t size;
        rl_status status;
    } head = {100, RL_OK};
    const bool told = write(STDIN_FILENO, &head, sizeof head) == (ssize_t)sizeof head &&
                      write(STDIN_FILENO, "half", 4) == 4;
    _exit(told ? 0 : 1);
}

/* The same, and stays. */
static rl_status tell_half_and_hang(rl_error *error) {
    (void)error;
    while (write(STDIN_FILENO, "half", 4) == 4)
        pause();
    return RL_OK;
}

static rl_status hang(rl_error *error) {
    (void)error;
    pause();
    return RL_OK;
}

static rl_status end_so(rl_buffer *result, const void *context, rl_error *error) {
    rl_buffer_add(result, "half of it");
    return (*(ending *const *)context)(error);
}

static rl_status run_ending(ending *how, rl_error *error) {
    rl_buffer result = {0};
    const rl_status status = rl_child_run(end_so, &how, "picture", 0.5, &result, error);
    assert_int_equal(result.length, 0);
    rl_buffer_clear(&result);
    return status;
}

/* A child that lives on and cannot be read from is not waited for. */
static void an_unheard_child(void **state) {
    (void)state;
    rl_error error;
    rl_buffer result = {0};
    ending *how = tell_half_and_hang;
    is_deaf = true;
    alarm(60); /* ends the test where it hangs */
    const rl_status status = rl_child_run(end_so, &how, "picture", 600, &result, &error);
    alarm(0);
    is_deaf = false;
    assert_int_equal(status, RL_ERROR_MEMORY);
    assert_string_equal(error.message, "picture: the process that works on it is not heard: "
                                       "Input/output error");
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    rl_buffer_clear(&result);
}

static void ways_to_fail(void **state) {
    (void)state;
    rl_error error;
    assert_int_equal(run_ending(refuse, &error), RL_ERROR_FORMAT);
    assert_string_equal(error.message, "picture: no good");
    assert_int_equal(error.position, 17);
    assert_int_equal(run_ending(leave_early, &error), RL_ERROR_MEMORY);
    assert_string_equal(error.message, "picture: the process that works on it ended early");
    assert_int_equal(run_ending(tell_half, &error), RL_ERROR_MEMORY);
    assert_string_equal(error.message, "picture: the process that works on it ended early");
    const double begin = rl_clock_seconds();
    assert_int_equal(run_ending(hang, &error), RL_ERROR_MEMORY);
    assert_non_null(strstr(error.message, "picture: not done after"));
    assert_true(rl_clock_seconds() - begin < 30);
    assert_int_equal(run_ending(count_descriptors, &error), RL_ERROR_EXISTS);
    assert_int_equal(error.position, 3);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* nobody is left */
}

/* The child's handlers, output and core file would be the parent's. */
static void a_signal_ends_it_quietly(void **state) {
    (void)state;
    char name[] = "/tmp/reslab-test-XXXXXX";
    const int file = mkstemp(name), out = dup(STDOUT_FILENO), err = dup(STDERR_FILENO);
    assert_true(file >= 0);
    fflush(stdout);
    dup2(file, STDOUT_FILENO);
    dup2(file, STDERR_FILENO);
    signal(SIGTRAP, SIG_IGN);
    rl_error error;
    const rl_status status = run_ending(die, &error);
    signal(SIGTRAP, SIG_DFL);
    dup2(out, STDOUT_FILENO);
    dup2(err, STDERR_FILENO);
    assert_int_equal(status, RL_ERROR_MEMORY);
    assert_non_null(strstr(error.message, "picture: "));
    assert_non_null(strstr(error.message, "signal 5"));
    assert_non_null(strstr(error.message, "; it said: the last words"));
    assert_int_equal(lseek(file, 0, SEEK_END), 0);
    close(file);
    close(out);
    close(err);
    unlink(name);
}

static void a_caller_that_ignores_its_children(void **state) {
    (void)state;
    const size_t size = 5;
    rl_buffer result = {0};
    rl_error error;
    signal(SIGCHLD, SIG_IGN);
    assert_int_equal(rl_child_run(give_bytes, &size, "bytes", 60, &result, &error), RL_OK);
    assert_int_equal(result.length, size);
    assert_int_equal(run_ending(die, &error), RL_ERROR_MEMORY);
    signal(SIGCHLD, SIG_DFL);
    rl_buffer_clear(&result);
}

static void without_descriptors(void **state) {
    (void)state;
    struct rlimit before, few = {3, 0};
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    few.rlim_max = before.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
    rl_error error;
    const rl_status status = run_ending(refuse, &error);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    assert_int_equal(status, RL_ERROR_MEMORY);
    assert_non_null(strstr(error.message, "picture: no pipe to be had"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(result_of_any_size),
        cmocka_unit_test(ways_to_fail),
        cmocka_unit_test(an_unheard_child),
        cmocka_unit_test(a_signal_ends_it_quietly),
        cmocka_unit_test(a_caller_that_ignores_its_children),
        cmocka_unit_test(without_descriptors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
