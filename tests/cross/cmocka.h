/* What the tests of computations use of cmocka, for builds for another machine: its library would
 * have to come as a package of that architecture, for which the package sources of the whole system
 * would have to change. Native builds use cmocka itself. */
#ifndef RL_TEST_CROSS_CMOCKA_H
#define RL_TEST_CROSS_CMOCKA_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

struct CMUnitTest {
    const char *name;
    void (*run)(void **state);
};

static jmp_buf cross_end_of_test;

__attribute__((noreturn, format(printf, 3, 4))) static inline void
cross_fail(const char *file, int line, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    fprintf(stderr, "%s:%d: ", file, line);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    longjmp(cross_end_of_test, 1);
}

#define fail_msg(...) cross_fail(__FILE__, __LINE__, __VA_ARGS__)
#define cross_check(holds)                                                                         \
    do {                                                                                           \
        if (!(holds))                                                                              \
            cross_fail(__FILE__, __LINE__, "not so: %s", #holds);                                  \
    } while (0)

#define assert_true(a) cross_check(a)
#define assert_false(a) cross_check(!(a))
#define assert_null(a) cross_check((a) == NULL)
#define assert_non_null(a) cross_check((a) != NULL)
#define assert_int_equal(a, b) cross_check((uintmax_t)(a) == (uintmax_t)(b))
#define assert_ptr_equal(a, b) cross_check((const void *)(a) == (const void *)(b))
#define assert_string_equal(a, b) cross_check(strcmp(a, b) == 0)
#define assert_memory_equal(a, b, size) cross_check(memcmp(a, b, size) == 0)

#define cmocka_unit_test(function)                                                                 \
    { #function, function }

/* The number of tests that failed. */
static inline int cross_run(const struct CMUnitTest *tests, size_t count) {
    static int failed; /* static, as are the others: longjmp leaves them as they are */
    static size_t i;
    for (failed = 0, i = 0; i < count; i++) {
        void *state = NULL;
        if (setjmp(cross_end_of_test) == 0) {
            tests[i].run(&state);
            printf("%s: ok\n", tests[i].name);
        } else {
            failed++;
            printf("%s: FAILED\n", tests[i].name);
        }
        fflush(stdout);
    }
    return failed;
}

#define cmocka_run_group_tests(tests, setup, teardown)                                             \
    cross_run(tests, sizeof(tests) / sizeof *(tests))

#endif
