/* Names and numbers: what is taken, what is refused, and that the locale has no say. */
#include "base/text.h"

#include <float.h>
#include <locale.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"

#include <cmocka.h>

static const char *const names[] = {"lr", "epochs", "batch-size", "sgd", "adam", "adamw", "seed"};
enum { NAME_COUNT = sizeof names / sizeof names[0] };

static void nearest_names(void **state) {
    (void)state;
    static const char *const pairs[][2] = {
        {"epoch", "epochs"},
        {"epcohs", "epochs"},
        {"batch_size", "batch-size"},
        {"BATCHSIZE", "batch-size"},
        {"rl", "lr"},
        {"adm", "adam"},
        {"adamW", "adamw"},
        {"sede", "seed"},
        {"zzzzzz", NULL},
        {"", NULL},
        {"x", NULL},
        {"xy", NULL},
        {"what-on-earth", NULL},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        const char *nearest = rl_text_nearest(pairs[i][0], names, NAME_COUNT);
        if (pairs[i][1]) {
            assert_non_null(nearest);
            assert_string_equal(nearest, pairs[i][1]);
        } else if (nearest) {
            fail_msg("'%s' was taken for '%s'", pairs[i][0], nearest);
        }
    }
    char endless[10000];
    memset(endless, 'a', sizeof endless - 1);
    endless[sizeof endless - 1] = '\0';
    assert_null(rl_text_nearest(endless, names, NAME_COUNT));
    const char *const one_endless[] = {endless};
    assert_null(rl_text_nearest("aaaa", one_endless, 1));
    assert_null(rl_text_nearest("lr", NULL, 0));
    const char *const one_letter[] = {"a"};
    assert_null(rl_text_nearest("x", one_letter, 1));
}

static void lists(void **state) {
    (void)state;
    char text[64];
    rl_text_list(text, sizeof text, names, 0);
    assert_string_equal(text, "");
    rl_text_list(text, sizeof text, names, 1);
    assert_string_equal(text, "lr");
    rl_text_list(text, sizeof text, names, 2);
    assert_string_equal(text, "lr or epochs");
    rl_text_list(text, sizeof text, names, 3);
    assert_string_equal(text, "lr, epochs or batch-size");
    for (size_t size = 0; size < 24; size++) { /* cut anywhere, never beyond */
        memset(text, '#', sizeof text);
        rl_text_list(text, size, names, 3);
        assert_true(size == 0 || strlen(text) == size - 1);
        for (size_t i = size; i < sizeof text; i++) {
            assert_int_equal(text[i], '#');
        }
    }
}

static void whole_numbers(void **state) {
    (void)state;
    uint64_t value = 0;
    assert_true(rl_text_to_u64("0", &value) && value == 0);
    assert_true(rl_text_to_u64("007", &value) && value == 7);
    assert_true(rl_text_to_u64("18446744073709551615", &value) && value == UINT64_MAX);
    static const char *const bad[] = {"",
                                      " 1",
                                      "1 ",
                                      "-1",
                                      "+1",
                                      "1.0",
                                      "0x10",
                                      "1e3",
                                      "18446744073709551616",
                                      "99999999999999999999",
                                      "\xd9\xa1"};
    value = 42;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        if (rl_text_to_u64(bad[i], &value)) {
            fail_msg("'%s' was taken for %llu", bad[i], (unsigned long long)value);
        }
        assert_int_equal(value, 42);
    }
}

static void real_numbers(void **state) {
    (void)state;
    double value = 0;
    assert_true(rl_text_to_double("0.01", &value) && value == 0.01);
    assert_true(rl_text_to_double("-1e-3", &value) && value == -1e-3);
    assert_true(rl_text_to_double("+2.", &value) && value == 2);
    assert_true(rl_text_to_double(".5E1", &value) && value == 5);
    assert_true(rl_text_to_double("1e-400", &value) && value == 0);
    static const char *const bad[] = {"",    " 1",  "1 ",   "1,5",   "1.5x",   "0x1p3",
                                      "nan", "inf", "-inf", "1e400", "-1e400", "-",
                                      ".",   "e5",  "1e",   "1.2.3", "--1"};
    value = 42;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        if (rl_text_to_double(bad[i], &value)) {
            fail_msg("'%s' was taken for %g", bad[i], value);
        }
        assert_true(value == 42);
    }
}

static void truth_values(void **state) {
    (void)state;
    static const char *const yes[] = {"true", "yes", "on", "1", "True", "YES"};
    static const char *const no[] = {"false", "no", "off", "0", "False", "oFF"};
    static const char *const bad[] = {"", "t", "truee", "tru", "2", " true", "01", "y"};
    bool value;
    for (size_t i = 0; i < sizeof yes / sizeof yes[0]; i++) {
        value = false;
        assert_true(rl_text_to_bool(yes[i], &value) && value);
        assert_true(rl_text_to_bool(no[i], &value) && !value);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        value = true;
        assert_false(rl_text_to_bool(bad[i], &value));
        assert_true(value);
    }
}

static void doubles_come_back_from_their_shortest_text(void **state) {
    (void)state;
    char text[64];
    assert_string_equal(rl_text_from_double(text, sizeof text, 0.1), "0.1");
    assert_string_equal(rl_text_from_double(text, sizeof text, 0.01), "0.01");
    assert_string_equal(rl_text_from_double(text, sizeof text, 1000), "1000");
    assert_string_equal(rl_text_from_double(text, sizeof text, 30), "30");
    assert_string_equal(rl_text_from_double(text, sizeof text, 1e15), "1e+15");
    assert_string_equal(rl_text_from_double(text, sizeof text, 1e-8), "1e-08");
    assert_string_equal(rl_text_from_double(text, sizeof text, -0.0), "-0");
    assert_string_equal(rl_text_from_double(text, sizeof text, 1.0 / 3), "0.3333333333333333");
    assert_string_equal(rl_text_from_double(text, sizeof text, NAN), "nan");
    assert_string_equal(rl_text_from_double(text, sizeof text, INFINITY), "inf");
    assert_string_equal(rl_text_from_double(text, 4, 0.12345), "0.1");
    static const double extremes[] = {DBL_MAX,         -DBL_MAX,  DBL_MIN,           DBL_TRUE_MIN,
                                      1 + DBL_EPSILON, 0.1 + 0.2, 9007199254740993.0};
    double back;
    for (size_t i = 0; i < sizeof extremes / sizeof extremes[0]; i++) {
        rl_text_from_double(text, sizeof text, extremes[i]);
        assert_true(rl_text_to_double(text, &back) && back == extremes[i]);
    }
    rl_random random = rl_random_stream(3, RL_RANDOM_TEST, 0, 0);
    for (int i = 0; i < 20000; i++) {
        const uint64_t bits = (uint64_t)rl_random_u32(&random) << 32 | rl_random_u32(&random);
        double value;
        memcpy(&value, &bits, sizeof value);
        if (isfinite(value)) {
            rl_text_from_double(text, sizeof text, value);
            assert_true(rl_text_to_double(text, &back) && back == value);
        }
    }
}

/* A locale with a decimal comma, for the whole process and for the thread. */
static void the_locale_has_no_say(void **state) {
    (void)state;
    static const char *const with_comma[] = {"de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8"};
    bool found = false;
    for (size_t i = 0; !found && i < sizeof with_comma / sizeof with_comma[0]; i++) {
        found = setlocale(LC_ALL, with_comma[i]) != NULL;
    }
    if (!found) {
        skip(); /* none is installed here */
    }
    char text[64];
    double value;
    assert_string_equal(rl_text_from_double(text, sizeof text, 0.5), "0.5");
    assert_true(rl_text_to_double("0.5", &value) && value == 0.5);
    assert_false(rl_text_to_double("0,5", &value));
    assert_string_equal(localeconv()->decimal_point, ","); /* and it was put back */
    setlocale(LC_ALL, "C");
}

static void utf8(void **state) {
    (void)state;
    static const char *const good[] = {"",
                                       "a\n\x7f",
                                       "\xc2\x80",
                                       "\xdf\xbf",
                                       "\xe0\xa0\x80",
                                       "\xed\x9f\xbf",
                                       "\xee\x80\x80",
                                       "\xef\xbf\xbf",
                                       "\xf0\x90\x80\x80",
                                       "\xf4\x8f\xbf\xbf"};
    static const char *const bad[] = {
        "\x80",
        "a\xff",
        "\xc0\x80",
        "\xc1\xbf",
        "\xc2",
        "\xc2\x61",
        "\xe0\x9f\xbf",
        "\xed\xa0\x80",
        "\xe2\x82",
        "\xf0\x8f\xbf\xbf",
        "\xf0\x9f\x98",
        "\xf4\x90\x80\x80",
        "\xf5\x80\x80\x80",
        "\xc3\xa9\xc3",
    };
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        if (!rl_text_is_utf8(good[i])) {
            fail_msg("good text %zu was refused", i);
        }
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        if (rl_text_is_utf8(bad[i])) {
            fail_msg("bad text %zu was taken", i);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nearest_names),
        cmocka_unit_test(lists),
        cmocka_unit_test(whole_numbers),
        cmocka_unit_test(real_numbers),
        cmocka_unit_test(truth_values),
        cmocka_unit_test(doubles_come_back_from_their_shortest_text),
        cmocka_unit_test(the_locale_has_no_say),
        cmocka_unit_test(utf8),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
