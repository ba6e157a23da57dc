/* The table of words, the texts made of them, and numbers and lists. */
#include "study/words/format.h"

#include "base/text.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const struct {
    const char *key;
    size_t texts;
    const char *in[RL_LANGUAGES];
} table[] = {
#define WORD(key, texts, english, chinese) {#key, texts, {english, chinese}},
#include "study/words/words.def"
#undef WORD
};
enum { WORDS = sizeof table / sizeof *table };

static size_t occurrences(const char *text, const char *what) {
    size_t count = 0;
    for (; (text = strstr(text, what)); text += strlen(what))
        count++;
    return count;
}

/* Each has the places of all its texts, in both languages, and no others. */
static void words_take_as_many_texts_as_they_say(void **state) {
    (void)state;
    for (size_t w = 0; w < WORDS; w++)
        for (int language = 0; language < RL_LANGUAGES; language++) {
            const char *text = table[w].in[language];
            size_t places = 0;
            assert_true(*text && rl_text_is_utf8(text));
            for (size_t i = 0; i <= 9; i++) {
                const char place[] = {'{', (char)('0' + i), '}', '\0'};
                const size_t found = occurrences(text, place);
                places += found;
                if ((found > 0) != (i >= 1 && i <= table[w].texts))
                    fail_msg("%s: '%s' in '%s', which takes %zu", table[w].key, place, text,
                             table[w].texts);
            }
            assert_int_equal(occurrences(text, "{"), places);
        }
}

/* What no report may say, as no data support it or as it is of one experiment only; but the drawing
 * of a module may name it. */
static void some_things_are_never_said(void **state) {
    (void)state;
    static const char *const never[] = {"not distinguishable",
                                        "distinguish",
                                        "cannot tell any",
                                        "would tell",
                                        "be enough to tell",
                                        "would lie",
                                        "Holm",
                                        "permutation",
                                        "Wilson",
                                        "binomial",
                                        "reference experiment",
                                        "CIFAR",
                                        "无法区分其中",
                                        "参考实验",
                                        "置换检验",
                                        "completed runs"};
    for (size_t w = 0; w < WORDS; w++)
        for (int language = 0; language < RL_LANGUAGES; language++) {
            const char *text = table[w].in[language], *key = table[w].key;
            for (size_t i = 0; i < sizeof never / sizeof *never; i++)
                if (strstr(text, never[i]))
                    fail_msg("%s: %s in %s", key, never[i], text);
            const bool draws = strncmp(key, "ghost_", 6) == 0 || strcmp(key, "module_note") == 0;
            if (strstr(text, "Ghost") && !draws)
                fail_msg("%s: %s", key, text);
        }
}

/* One word a thing in Chinese. */
static void chinese_has_one_word_a_thing(void **state) {
    (void)state;
    static const struct {
        const char *word, *only_in; /* "": not at all */
    } rules[] = {{"轮次", ""}, {"幅", ""}, {"区间", "置信区间"}, {"种子", "随机种子"}};
    for (size_t w = 0; w < WORDS; w++)
        for (size_t r = 0; r < sizeof rules / sizeof *rules; r++) {
            const char *text = table[w].in[RL_LANGUAGE_CHINESE];
            const size_t allowed = *rules[r].only_in ? occurrences(text, rules[r].only_in) : 0;
            if (occurrences(text, rules[r].word) != allowed)
                fail_msg("%s: %s in %s", table[w].key, rules[r].word, text);
        }
}

static void texts_stand_in_their_places(void **state) {
    (void)state;
    rl_words words = {.language = RL_LANGUAGE_ENGLISH};
    assert_string_equal(RL_SAY(&words, &rl_word_interval, "{2}", "b{1}"), "{2} to b{1}");
    assert_string_equal(rl_term(&words, &rl_word_and), " and ");
    words.language = RL_LANGUAGE_CHINESE;
    assert_string_equal(RL_SAY(&words, &rl_word_interval, "1", "2"), "1 至 2");
    /* quotes and brackets as wide as a character bring their own space */
    assert_string_equal(RL_SAY(&words, &rl_word_interval, "“a”", "（b）"), "“a”至（b）");
    /* between two Chinese characters there is none, but beside others there is */
    assert_string_equal(RL_SAY(&words, &rl_word_interval, "甲", "乙"), "甲至乙");
    assert_string_equal(RL_SAY(&words, &rl_word_interval, "甲1", "2乙"), "甲1 至 2乙");
    assert_string_equal(RL_SAY(&words, &rl_word_two_words, "甲", "2"), "甲 2");
    words.language = RL_LANGUAGE_ENGLISH;
    assert_string_equal(RL_SAY(&words, &rl_word_two_words, "甲", "乙"), "甲 乙");
    rl_words_clear(&words);
}

static void numbers_are_written_for_people(void **state) {
    (void)state;
    rl_words words = {.language = RL_LANGUAGE_ENGLISH};
    assert_string_equal(rl_format_number(&words, -1.25, 1), "−1.2");
    assert_string_equal(rl_format_number(&words, NAN, 1), "–");
    assert_string_equal(rl_format_difference(&words, 1.25, 2), "+1.25");
    assert_string_equal(rl_format_difference(&words, 0.001, 2), "0.00");
    assert_string_equal(rl_format_count(&words, 999), "999");
    assert_string_equal(rl_format_count(&words, 11173962), "11,173,962");
    assert_string_equal(rl_format_plain(&words, 11173962), "11173962");
    assert_string_equal(rl_format_percent(&words, 0.853), "85.3%");
    assert_string_equal(rl_format_amount(&words, RL_UNIT_SHARE, -0.004), "−0.4 points");
    assert_string_equal(rl_format_amount(&words, RL_UNIT_NATS, 0.0514), "0.051");
    assert_string_equal(rl_format_amount(&words, RL_UNIT_EPOCHS, 1.5), "1.5 epochs");
    assert_string_equal(rl_format_value(&words, RL_UNIT_SHARE, 0.853), "85.3%");
    assert_string_equal(rl_format_limit(&words, 0.6316), "63%");
    assert_string_equal(rl_format_range(&words, RL_UNIT_SHARE, 0.052, 0.388), "5.2 to 38.8 points");
    assert_string_equal(rl_format_range(&words, RL_UNIT_SHARE, -0.0002, 0.02),
                        "−0.02 to 2.00 points");
    assert_string_equal(rl_format_range(&words, RL_UNIT_SHARE, 0.012, 0.013),
                        "1.20 to 1.30 points");
    static const struct {
        double level;
        const char *text;
    } levels[] = {{0.95, "95%"},    {1 - 0.05 / 3, "98.3%"},   {1 - 0.05 / 6, "99.17%"},
                  {0.975, "97.5%"}, {1 - 0.05 / 40, "99.88%"}, {0.99, "99%"}};
    for (size_t i = 0; i < sizeof levels / sizeof *levels; i++)
        assert_string_equal(rl_format_level(&words, levels[i].level), levels[i].text);
    assert_string_equal(rl_format_p_named(&words, 0.031), "p = 0.031");
    assert_string_equal(rl_format_p_named(&words, 0.0001), "p < 0.001");
    assert_string_equal(rl_format_interval(&words, -0.01, 0.02, 100, 1, true), "−1.0 to +2.0");
    assert_string_equal(rl_format_seeds(&words, 1), "1 seed");
    assert_string_equal(rl_format_seeds(&words, 8), "8 seeds");
    assert_string_equal(rl_format_time(&words, 9.94), "9.9 s");
    assert_string_equal(rl_format_time(&words, 119), "119 s");
    assert_string_equal(rl_format_time(&words, 150), "2.5 min");
    assert_string_equal(rl_format_time(&words, 7200), "2.0 h");
    static const struct {
        double p;
        const char *text;
    } ps[] = {{1, "1"},           {0.25, "0.25"},     {0.0078125, "0.0078"},
              {0.0499, "0.0499"}, {0.051, "0.051"},   {0.00099, "< 0.001"},
              {NAN, "–"},         {0.03125, "0.031"}, {0.0123, "0.012"}};
    for (size_t i = 0; i < sizeof ps / sizeof *ps; i++)
        assert_string_equal(rl_format_p(&words, ps[i].p), ps[i].text);
    words.language = RL_LANGUAGE_CHINESE;
    assert_string_equal(rl_format_amount(&words, RL_UNIT_SHARE, 0.004), "0.4 个百分点");
    assert_string_equal(rl_format_seeds(&words, 1), "1 个随机种子");
    rl_words_clear(&words);
}

static void lists_cannot_be_misread(void **state) {
    (void)state;
    static const struct {
        const char *items[3], *english, *chinese;
    } cases[] = {
        {{"a", "b", "c"}, "a, b and c", "a、b 和 c"},
        {{"a, 1", "b", "c"}, "a, 1; b; c", "a, 1；b；c"},
        {{"1,000", "b", "c"}, "1,000, b and c", "1,000、b 和 c"},
        {{"a (1, 2)", "b", "c (and)"}, "a (1, 2), b and c (and)", "a (1, 2)、b 和 c (and)"},
        {{"“a”", "b（c）", "d"}, "“a”, b（c） and d", "“a”、b（c）和 d"},
        {{"a", "b and x", "c"}, "a; b and x; c", "a、b and x 和 c"},
        {{"a", "b 和 x", "c"}, "a, b 和 x and c", "a；b 和 x；c"}};
    rl_words words = {.language = RL_LANGUAGE_ENGLISH};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        words.language = RL_LANGUAGE_ENGLISH;
        assert_string_equal(rl_format_list(&words, cases[i].items, 3), cases[i].english);
        words.language = RL_LANGUAGE_CHINESE;
        assert_string_equal(rl_format_list(&words, cases[i].items, 3), cases[i].chinese);
    }
    assert_string_equal(rl_format_list(&words, cases[0].items, 1), "a");
    assert_string_equal(rl_format_list(&words, cases[0].items, 2), "a 和 b");
    assert_string_equal(rl_format_list(&words, cases[0].items, 0), "");
    rl_words_clear(&words);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_take_as_many_texts_as_they_say),
        cmocka_unit_test(some_things_are_never_said),
        cmocka_unit_test(chinese_has_one_word_a_thing),
        cmocka_unit_test(texts_stand_in_their_places),
        cmocka_unit_test(numbers_are_written_for_people),
        cmocka_unit_test(lists_cannot_be_misread),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
