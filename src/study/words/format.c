/* Numbers and lists as text. */
#include "study/words/format.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const char dash[] = "–";

static void add_number(rl_buffer *text, double value, int decimals, bool with_plus) {
    rl_buffer digits = {0};
    rl_buffer_number(&digits, value, decimals);
    const char *number = digits.text ? digits.text : "";
    text->failed |= digits.failed;
    if (*number == '-')
        rl_buffer_add(text, "−");
    else if (with_plus && strspn(number, "0.") != strlen(number))
        rl_buffer_add(text, "+");
    rl_buffer_add(text, number + (*number == '-'));
    rl_buffer_clear(&digits);
}

static const char *number(rl_words *words, double value, int decimals, bool with_plus) {
    rl_buffer text = {0};
    if (!isfinite(value))
        return dash;
    add_number(&text, value, decimals, with_plus);
    return rl_words_take(words, &text);
}

const char *rl_format_number(rl_words *words, double value, int decimals) {
    return number(words, value, decimals, false);
}

const char *rl_format_difference(rl_words *words, double value, int decimals) {
    return number(words, value, decimals, true);
}

const char *rl_format_count(rl_words *words, uint64_t value) {
    char digits[32];
    rl_buffer text = {0};
    const int length = snprintf(digits, sizeof digits, "%llu", (unsigned long long)value);
    for (int i = 0; i < length; i++) {
        if (i > 0 && (length - i) % 3 == 0)
            rl_buffer_add(&text, ",");
        rl_buffer_add_bytes(&text, digits + i, 1);
    }
    return rl_words_take(words, &text);
}

const char *rl_format_plain(rl_words *words, uint64_t value) {
    rl_buffer text = {0};
    rl_buffer_print(&text, "%llu", (unsigned long long)value);
    return rl_words_take(words, &text);
}

const char *rl_format_percent(rl_words *words, double share) {
    return RL_SAY(words, &rl_word_percent, rl_format_number(words, 100 * share, 1));
}

const char *rl_format_points(rl_words *words, double difference) {
    return RL_SAY(words, &rl_word_points, rl_format_number(words, 100 * difference, 1));
}

const char *rl_format_p(rl_words *words, double p) {
    if (!isfinite(p))
        return dash;
    if (p < 0.001)
        return "< 0.001";
    const int digits = p < 0.05 && p >= 0.0495 ? 3 : 2;
    return rl_format_number(words, p, p >= 1 ? 0 : digits - 1 - (int)floor(log10(p)));
}

const char *rl_format_time(rl_words *words, double seconds) {
    if (seconds < 120)
        return RL_SAY(words, &rl_word_seconds, rl_format_number(words, seconds, seconds < 10));
    if (seconds < 7200)
        return RL_SAY(words, &rl_word_minutes,
                      rl_format_number(words, seconds / 60, seconds < 600));
    return RL_SAY(words, &rl_word_hours, rl_format_number(words, seconds / 3600, 1));
}

static const char *sample_text(rl_words *words, const rl_sample *sample, double scale, int decimals,
                               const char *unit) {
    rl_buffer text = {0};
    if (sample->count == 0 || !isfinite(sample->mean))
        return dash;
    add_number(&text, scale * sample->mean, decimals, false);
    rl_buffer_add(&text, unit);
    if (isfinite(sample->deviation)) {
        rl_buffer_add(&text, " ± ");
        add_number(&text, scale * sample->deviation, decimals, false);
    }
    return rl_words_take(words, &text);
}

const char *rl_format_sample_percent(rl_words *words, const rl_sample *sample) {
    return sample_text(words, sample, 100, 2, "%");
}

const char *rl_format_sample(rl_words *words, const rl_sample *sample, int decimals) {
    return sample_text(words, sample, 1, decimals, "");
}

const char *rl_format_interval(rl_words *words, double low, double high, double scale, int decimals,
                               bool is_difference) {
    if (!isfinite(low) || !isfinite(high))
        return dash;
    return RL_SAY(words, &rl_word_interval, number(words, scale * low, decimals, is_difference),
                  number(words, scale * high, decimals, is_difference));
}

const char *rl_format_counted(rl_words *words, size_t count, const rl_word1 *one,
                              const rl_word1 *many) {
    return RL_SAY(words, count == 1 ? one : many, rl_format_count(words, count));
}

const char *rl_format_seeds(rl_words *words, size_t count) {
    return rl_format_counted(words, count, &rl_word_one_seed, &rl_word_many_seeds);
}

const char *rl_format_epochs(rl_words *words, size_t count) {
    return rl_format_counted(words, count, &rl_word_one_epoch, &rl_word_many_epochs);
}

const char *rl_format_runs(rl_words *words, size_t count) {
    return rl_format_counted(words, count, &rl_word_one_run, &rl_word_many_runs);
}

/* Commas between the items would be misread where an item has one: "resnet18, width 46". */
static bool any_is_a_list(const rl_words *words, const char *const *items, size_t count) {
    const char *const marks[] = {", ", "，", "；", rl_term(words, &rl_word_comma),
                                 rl_term(words, &rl_word_and)};
    for (size_t i = 0; i < count; i++)
        for (size_t m = 0; m < sizeof marks / sizeof *marks; m++)
            if (strstr(items[i], marks[m]))
                return true;
    return false;
}

const char *rl_format_list(rl_words *words, const char *const *items, size_t count) {
    const bool lists = any_is_a_list(words, items, count);
    const char *between = rl_term(words, lists ? &rl_word_semicolon : &rl_word_comma);
    const char *last = lists ? between : rl_term(words, &rl_word_and);
    rl_buffer list = {0};
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            rl_buffer_add(&list, i + 1 < count ? between : last);
        rl_buffer_add(&list, items[i]);
    }
    return rl_words_take(words, &list);
}
