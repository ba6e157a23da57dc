/* The growing text: no bytes get through an escape that could end a string or an element, numbers
 * know no locale, and a failed allocation is remembered. */
#include "base/buffer.h"

#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"

#include <locale.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

typedef void escape(rl_buffer *buffer, const char *text);

static void assert_escaped(escape *add, const char *text, const char *expected) {
    rl_buffer buffer = {0};
    add(&buffer, text);
    assert_string_equal(buffer.text ? buffer.text : "", expected);
    assert_int_equal(buffer.length, strlen(expected));
    rl_buffer_clear(&buffer);
}

static void assert_number(double value, int decimals, const char *expected) {
    rl_buffer buffer = {0};
    rl_buffer_number(&buffer, value, decimals);
    assert_string_equal(buffer.text, expected);
    rl_buffer_clear(&buffer);
}

static void texts_grow(void **state) {
    (void)state;
    rl_buffer buffer = {0};
    size_t length = 0;
    for (int i = 0; i < 3000; i++) {
        rl_buffer_print(&buffer, "%d,", i);
        rl_buffer_add_bytes(&buffer, "\0x", 2);
        length += (size_t)snprintf(NULL, 0, "%d,", i) + 2;
        assert_int_equal(buffer.length, length);
        assert_int_equal(buffer.text[length], 0);
        assert_true(buffer.capacity > length);
    }
    assert_memory_equal(buffer.text, "0,\0x1,\0x2,\0x", 12);
    rl_buffer_clear(&buffer);
    assert_null(buffer.text);
    assert_int_equal(buffer.length, 0);
    /* Texts that fill the room exactly, by both ways of adding. */
    for (size_t size = 1000; size < 1040; size++) {
        char *text = malloc(size + 1);
        assert_non_null(text);
        memset(text, 'a', size);
        text[size] = '\0';
        rl_buffer_print(&buffer, "%s", text);
        rl_buffer_add(&buffer, text);
        assert_int_equal(buffer.length, 2 * size);
        assert_int_equal(strlen(buffer.text), 2 * size);
        rl_buffer_clear(&buffer);
        free(text);
    }
    rl_buffer_add(&buffer, "");
    assert_string_equal(buffer.text, "");
    rl_buffer_clear(&buffer);
}

static void numbers(void **state) {
    (void)state;
    assert_number(1.005, 1, "1.0");
    assert_number(-0.04, 1, "0.0");
    assert_number(-0.06, 1, "-0.1");
    assert_number(0, 0, "0");
    assert_number(-0.0, 0, "0");
    assert_number(1234567.891, 2, "1234567.89");
    assert_number(NAN, 2, "nan");
    assert_number(INFINITY, 2, "inf");
    assert_number(-INFINITY, 2, "-inf");
    rl_buffer buffer = {0};
    rl_buffer_number(&buffer, -1.7976931348623157e308, 3);
    assert_int_equal(buffer.length, 1 + 309 + 1 + 3);
    rl_buffer_clear(&buffer);
    if (setlocale(LC_ALL, "de_DE.UTF-8")) {
        assert_number(-1.25, 2, "-1.25");
        assert_number(-0.001, 2, "0.00");
        setlocale(LC_ALL, "C");
    }
}

static void markup(void **state) {
    (void)state;
    assert_escaped(rl_buffer_markup, "", "");
    assert_escaped(rl_buffer_markup, "<a href=\"x\" b='y'>&amp;",
                   "&lt;a href=&quot;x&quot; b=&#39;y&#39;&gt;&amp;amp;");
    assert_escaped(rl_buffer_markup, "a\nb\tc\x01\x7f", "a b c  ");
    assert_escaped(rl_buffer_markup, "\xc2\x85|\xc2\xa0", " |\xc2\xa0"); /* NEL; a hard space */
    assert_escaped(rl_buffer_markup, "\xe4\xb8\xad\xf0\x9f\x98\x80",
                   "\xe4\xb8\xad\xf0\x9f\x98\x80");
    /* Bytes of no character: alone, cut short, overlong, surrogates, beyond Unicode. */
    assert_escaped(rl_buffer_markup, "\xff<", "?&lt;");
    assert_escaped(rl_buffer_markup, "\xe4\xb8<", "??&lt;");
    assert_escaped(rl_buffer_markup, "\xe4<", "?&lt;");
    assert_escaped(rl_buffer_markup, "\xc0\xbc", "??");
    assert_escaped(rl_buffer_markup, "\xed\xa0\x80", "???");
    assert_escaped(rl_buffer_markup, "\xf4\x90\x80\x80", "????");
    /* What XML 1.0 has no place for, however written. */
    assert_escaped(rl_buffer_markup, "\xef\xbf\xbe|\xef\xbf\xbf|\xef\xbf\xbd", "?|?|\xef\xbf\xbd");
}

static void markdown(void **state) {
    (void)state;
    assert_escaped(rl_buffer_markdown, "a|b*c_d`e`[f](g)!", "a\\|b\\*c\\_d\\`e\\`\\[f\\](g)\\!");
    assert_escaped(rl_buffer_markdown, "<b>&\n# x", "&lt;b&gt;&amp; \\# x");
    assert_escaped(rl_buffer_markdown, "\\", "\\\\");
    assert_escaped(rl_buffer_markdown, "$x$", "\\$x\\$");
    assert_escaped(rl_buffer_markdown, "- x", "\\- x");
    assert_escaped(rl_buffer_markdown, "12. x", "12\\. x");
    assert_escaped(rl_buffer_markdown, "001-relu-s1", "001-relu-s1");
    assert_escaped(rl_buffer_markdown, "0.25", "0.25");
    assert_escaped(rl_buffer_markdown, "-0.25", "-0.25");
    assert_escaped(rl_buffer_markdown, "---", "\\---");
    assert_escaped(rl_buffer_markdown, "=", "\\=");
    assert_escaped(rl_buffer_markdown, "1)", "1\\)");
    assert_escaped(rl_buffer_markdown, "x\xff\xe4\xb8\xad", "x?\xe4\xb8\xad");
}

static void json(void **state) {
    (void)state;
    assert_escaped(rl_buffer_json, "", "\"\"");
    assert_escaped(rl_buffer_json, "</script>", "\"\\u003c/script\\u003e\"");
    assert_escaped(rl_buffer_json, "<!--&", "\"\\u003c!--\\u0026\"");
    assert_escaped(rl_buffer_json, "a\"b\\c\n\t\x01", "\"a\\u0022b\\u005cc\\u000a\\u0009\\u0001\"");
    assert_escaped(rl_buffer_json, "\xe4\xb8\xad\xff", "\"\xe4\xb8\xad?\"");
    /* Line separators, which end a string in old JavaScript. */
    assert_escaped(rl_buffer_json, "\xe2\x80\xa8\xe2\x80\xa9", "\"\\u2028\\u2029\"");
}

/* Any three bytes, so that every border between characters is met: what comes out is UTF-8 and
 * holds nothing that ends an element or an attribute. */
static void all_bytes(void **state) {
    (void)state;
    static const unsigned char second[] = {'<', '"', 0x80, 0xBF, 0xC3, 0xE2, 0xF0, 0xFF, '&', 1};
    escape *const escapes[] = {rl_buffer_markup, rl_buffer_json, rl_buffer_markdown};
    for (int first = 1; first < 256; first++)
        for (size_t i = 0; i < sizeof second; i++)
            for (size_t j = 0; j < sizeof second; j++) {
                const char text[] = {(char)first, (char)second[i], (char)second[j], '\0'};
                for (size_t e = 0; e < 3; e++) {
                    rl_buffer buffer = {0};
                    escapes[e](&buffer, text);
                    assert_true(rl_text_is_utf8(buffer.text));
                    assert_null(strpbrk(buffer.text, "<>\n\x01"));
                    if (e == 0)
                        assert_null(strpbrk(buffer.text, "\"'"));
                    if (e == 1) /* its own quotes only */
                        assert_ptr_equal(strchr(buffer.text + 1, '"'),
                                         buffer.text + buffer.length - 1);
                    rl_buffer_clear(&buffer);
                }
            }
}

static void base64(void **state) {
    (void)state;
    static const char *const pairs[][2] = {{"", ""},
                                           {"f", "Zg=="},
                                           {"fo", "Zm8="},
                                           {"foo", "Zm9v"},
                                           {"foob", "Zm9vYg=="},
                                           {"fooba", "Zm9vYmE="},
                                           {"foobar", "Zm9vYmFy"},
                                           {"\xff\xfe\xfd", "//79"},
                                           {"\xfb\xef\xbe", "++++"}};
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        rl_buffer buffer = {0};
        rl_buffer_base64(&buffer, pairs[i][0], strlen(pairs[i][0]));
        assert_string_equal(buffer.text ? buffer.text : "", pairs[i][1]);
        rl_buffer_clear(&buffer);
    }
}

static void write_much(rl_buffer *buffer) {
    for (int i = 0; i < 300; i++) {
        rl_buffer_print(buffer, "%d", i);
        rl_buffer_markup(buffer, "<a>");
        rl_buffer_json(buffer, "b");
        rl_buffer_number(buffer, 0.5, 1);
        rl_buffer_base64(buffer, "abcd", 4);
    }
}

static void failing_memory(void **state) {
    (void)state;
    char path[] = "/tmp/reslab-buffer-XXXXXX";
    const int file = mkstemp(path);
    assert_true(file >= 0);
    close(file);
    assert_int_equal(rl_file_replace_bytes(path, "old", 3, NULL), RL_OK);
    bool failed = true;
    long after = 0;
    for (; failed; after++) {
        rl_buffer buffer = {0};
        rl_error error;
        rl_memory_fail_after(after);
        write_much(&buffer);
        rl_memory_fail_after(-1);
        failed = buffer.failed;
        assert_int_equal(rl_buffer_status(&buffer, "text", &error),
                         failed ? RL_ERROR_MEMORY : RL_OK);
        assert_int_equal(rl_buffer_save(&buffer, path, &error), failed ? RL_ERROR_MEMORY : RL_OK);
        uint8_t *data;
        size_t size;
        assert_int_equal(rl_file_read(path, 1 << 20, &data, &size, NULL), RL_OK);
        assert_int_equal(size, failed ? 3 : buffer.length);
        rl_free(data);
        rl_buffer_clear(&buffer);
    }
    assert_true(after > 3);
    const rl_buffer empty = {0};
    assert_int_equal(rl_buffer_save(&empty, path, NULL), RL_OK);
    unlink(path);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_grow), cmocka_unit_test(numbers),        cmocka_unit_test(markup),
        cmocka_unit_test(markdown),   cmocka_unit_test(json),           cmocka_unit_test(all_bytes),
        cmocka_unit_test(base64),     cmocka_unit_test(failing_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
