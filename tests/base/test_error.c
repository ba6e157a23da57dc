/* Messages: one line whatever goes in, cut at a character, with code and position. */
#include "base/error.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include "base/text.h"

#include <cmocka.h>

static void codes_positions_and_texts(void **state) {
    (void)state;
    rl_error error;
    assert_int_equal(rl_fail(&error, RL_ERROR_FORMAT, "%s: %d", "f", 7), RL_ERROR_FORMAT);
    assert_int_equal(error.code, RL_ERROR_FORMAT);
    assert_int_equal(error.position, -1);
    assert_string_equal(error.message, "f: 7");
    assert_int_equal(rl_fail_at(&error, RL_ERROR_MISMATCH, 99, "x"), RL_ERROR_MISMATCH);
    assert_int_equal(error.position, 99);
    errno = ENOENT;
    assert_int_equal(rl_fail_errno(&error, "%s: cannot open", "g"), RL_ERROR_IO);
    assert_string_equal(error.message, "g: cannot open: No such file or directory");
    assert_int_equal(rl_fail_memory(&error, "a list"), RL_ERROR_MEMORY);
    assert_string_equal(error.message, "out of memory for a list");
}

static void nobody_has_to_listen(void **state) {
    (void)state;
    assert_int_equal(rl_fail(NULL, RL_ERROR_ARGUMENT, "x"), RL_ERROR_ARGUMENT);
    assert_int_equal(rl_fail_at(NULL, RL_ERROR_FORMAT, 1, "x"), RL_ERROR_FORMAT);
    assert_int_equal(rl_fail_errno(NULL, "x"), RL_ERROR_IO);
    assert_int_equal(rl_fail_memory(NULL, "x"), RL_ERROR_MEMORY);
}

/* Newlines, terminal escapes, and the C1 controls that UTF-8 writes as two bytes. */
static void controls_are_masked(void **state) {
    (void)state;
    rl_error error;
    rl_fail(&error, RL_ERROR_FORMAT, "a%sb", "\n\r\t\x1b[31m\x7f\xc2\x9b\xc3\xa9");
    assert_string_equal(error.message, "a????[31m???\xc3\xa9"
                                       "b");
}

/* For every length about the end of the buffer, and characters of one to four bytes. */
static void long_messages_are_cut_at_a_character(void **state) {
    (void)state;
    static const char *const characters[] = {"a", "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80"};
    for (size_t c = 0; c < 4; c++) {
        const size_t width = strlen(characters[c]);
        for (size_t shift = 0; shift < 4; shift++) {
            char text[2048] = "xxxx";
            size_t length = shift;
            while (length < 1100) {
                memcpy(text + length, characters[c], width);
                length += width;
            }
            text[length] = '\0';
            rl_error error;
            rl_fail(&error, RL_ERROR_FORMAT, "%s", text);
            const size_t end = strlen(error.message);
            assert_in_range(end, sizeof error.message - 4, sizeof error.message - 1);
            assert_string_equal(error.message + end - 3, "...");
            assert_true(rl_text_is_utf8(error.message));
            assert_memory_equal(error.message, text, end - 3);

            errno = ENOENT;
            text[sizeof error.message - 1 - shift] = '\0'; /* the reason no longer fits */
            rl_fail_errno(&error, "%s", text);
            assert_string_equal(error.message + strlen(error.message) - 3, "...");
        }
    }
    char exact[sizeof(((rl_error *)0)->message)];
    memset(exact, 'a', sizeof exact - 1);
    exact[sizeof exact - 1] = '\0';
    rl_error error;
    rl_fail(&error, RL_ERROR_FORMAT, "%s", exact);
    assert_string_equal(error.message, exact);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(codes_positions_and_texts),
        cmocka_unit_test(nobody_has_to_listen),
        cmocka_unit_test(controls_are_masked),
        cmocka_unit_test(long_messages_are_cut_at_a_character),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
