/* Reading JSON when memory runs out: at whichever allocation, it is said, or the text is read as it
 * stands; never with letters left out, which is what jansson makes of it. */
#include "format/json_text.h"

#include "base/buffer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static long fails_after = -1; /* allocations of jansson's; below 0: never */
static bool fails_on;         /* and so do all after it */

static void *allocate(size_t size) {
    if (fails_after == 0) {
        fails_after = fails_on ? 0 : -1;
        return NULL;
    }
    fails_after -= fails_after > 0;
    return malloc(size);
}

/* With the n-th allocation failing, and all after it too if `on`. */
static json_t *parse(const rl_buffer *text, long n, bool on, bool *no_memory) {
    json_error_t trouble;
    fails_after = n;
    fails_on = on;
    json_t *value = rl_json_parse(text->text, text->length, &trouble, no_memory);
    fails_after = -1;
    assert_true(*no_memory == !value);
    return value;
}

/* Strings of every length, as values and as keys, so that a string must grow at each of its
 * letters, at an escape, and at the quote that ends it. */
static void fill(rl_buffer *text) {
    rl_buffer_add(text, "{");
    for (int length = 0; length < 140; length++) {
        rl_buffer_print(text, "%s\"%0*d\": [\"", length > 0 ? ", " : "", length + 1, 0);
        for (int i = 0; i < length; i++)
            rl_buffer_add(text, i % 7 == 3 ? "\\n" : i % 11 == 5 ? "\\u00e9" : "x");
        rl_buffer_add(text, "\", 1234567.25, -77]");
    }
    rl_buffer_add(text, "}");
    assert_false(text->failed);
}

static void no_letter_is_lost(void **state) {
    (void)state;
    rl_buffer text = {0};
    bool no_memory;
    fill(&text);
    json_t *whole = parse(&text, -1, false, &no_memory), *value;
    assert_int_equal(json_object_size(whole), 140);
    for (int on = 0; on < 2; on++) {
        long n = 0;
        while (!(value = parse(&text, n, on, &no_memory)))
            n++;
        assert_true(json_equal(value, whole));
        assert_true(n > 800);
        json_decref(value);
    }
    json_decref(whole);
    rl_buffer_clear(&text);
}

/* As before: what is wrong, and where. */
static void what_is_no_json_is_named(void **state) {
    (void)state;
    static const struct {
        const char *text, *trouble;
        int line;
    } wrong[] = {{"{\"a\": 1,\n \"a\": 2}", "duplicate object key", 2},
                 {"{\"a\": \"b", "premature end of input", 1},
                 {"[1]\n\nx", "end of file expected", 3},
                 {"", "'[' or '{' expected", 1},
                 {"{\"\\u12\": 1}", "invalid escape", 1},
                 {"[\"\xff\"]", "unable to decode byte", 1}};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        json_error_t trouble;
        bool no_memory;
        assert_null(rl_json_parse(wrong[i].text, strlen(wrong[i].text), &trouble, &no_memory));
        assert_false(no_memory);
        assert_non_null(strstr(trouble.text, wrong[i].trouble));
        assert_int_equal(trouble.line, wrong[i].line);
    }
}

static int watch_memory(void **state) {
    (void)state;
    json_set_alloc_funcs(allocate, free); /* before the first text is read */
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_letter_is_lost),
        cmocka_unit_test(what_is_no_json_is_named),
    };
    return cmocka_run_group_tests(tests, watch_memory, NULL);
}
