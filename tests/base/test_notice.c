/* Notices: they reach the function that was set, as one line, and nobody else. */
#include "base/notice.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { THREADS = 4, EACH = 200 };

typedef struct {
    size_t count;
    char last[1024];
} heard;

static void hear(const char *message, void *context) {
    heard *to = context;
    to->count++;
    strcpy(to->last, message);
}

static void the_function_that_is_set_hears(void **state) {
    (void)state;
    heard first = {0}, second = {0};
    rl_notice("nobody listens");
    rl_set_notice_function(hear, &first);
    rl_notice("%s: %d files", "photos", 20);
    assert_string_equal(first.last, "photos: 20 files");
    rl_set_notice_function(hear, &second);
    rl_notice("a\nb\x1b[31m");
    assert_string_equal(second.last, "a?b?[31m");
    rl_set_notice_function(NULL, NULL);
    rl_notice("nobody listens");
    assert_int_equal(first.count, 1);
    assert_int_equal(second.count, 1);
}

static void *send(void *unused) {
    (void)unused;
    for (int i = 0; i < EACH; i++)
        rl_notice("one of many");
    return NULL;
}

/* The receiver counts without an atomic: lost counts would show calls that overlap. */
static void threads_take_turns(void **state) {
    (void)state;
    heard all = {0};
    pthread_t threads[THREADS];
    rl_set_notice_function(hear, &all);
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, send, NULL), 0);
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    rl_set_notice_function(NULL, NULL);
    assert_int_equal(all.count, THREADS * EACH);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_function_that_is_set_hears),
        cmocka_unit_test(threads_take_turns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
