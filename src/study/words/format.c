/* Numbers and lists as text. */
#include "study/words/format.h"

#include "run/config.h"

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

const char *rl_format_limit(rl_words *words, double share) {
    return RL_SAY(words, &rl_word_percent, rl_format_number(words, 100 * share, 0));
}

/* With as many decimals as two digits of what is left of 100% need. */
const char *rl_format_level(rl_words *words, double level) {
    rl_buffer text = {0};
    int decimals = 1;
    double left = 1 - level;
    while (left < 0.01 && decimals < 6) {
        left *= 10;
        decimals++;
    }
    rl_buffer_number(&text, 100 * level, decimals);
    while (text.length > 0 && text.text[text.length - 1] == '0')
        text.text[--text.length] = '\0';
    if (text.length > 0 && text.text[text.length - 1] == '.')
        text.text[--text.length] = '\0';
    return RL_SAY(words, &rl_word_percent, rl_words_take(words, &text));
}

/* ---- Values with units ---- */

static const struct {
    double scale;
    int decimals;
    const rl_word1 *value, *difference;
} units[] = {
    [RL_UNIT_SHARE] = {100, 1, &rl_word_percent, &rl_word_points},
    [RL_UNIT_NATS] = {1, 3, &rl_word_bare, &rl_word_bare},
    [RL_UNIT_EPOCHS] = {1, 1, &rl_word_many_epochs, &rl_word_many_epochs},
    [RL_UNIT_SECONDS] = {1, 1, &rl_word_seconds, &rl_word_seconds},
    [RL_UNIT_RATE] = {1, 1, &rl_word_images_a_second, &rl_word_images_a_second},
};

const char *rl_format_value(rl_words *words, rl_unit unit, double value) {
    return RL_SAY(words, units[unit].value,
                  rl_format_number(words, units[unit].scale * value, units[unit].decimals));
}

const char *rl_format_amount(rl_words *words, rl_unit unit, double difference) {
    return RL_SAY(words, units[unit].difference,
                  rl_format_number(words, units[unit].scale * difference, units[unit].decimals));
}

const char *rl_format_range(rl_words *words, rl_unit unit, double low, double high) {
    const double scale = units[unit].scale, step = pow(10, -units[unit].decimals);
    const bool narrow = scale * (high - low) < 2 * step;
    const bool at_zero = scale * fmin(fabs(low), fabs(high)) < step / 2;
    const int decimals = units[unit].decimals + (narrow || at_zero);
    return RL_SAY(words, units[unit].difference,
                  rl_format_interval(words, low, high, scale, decimals, false));
}

const char *rl_format_p(rl_words *words, double p) {
    if (!isfinite(p))
        return dash;
    if (p < 0.001)
        return "< 0.001";
    const int digits = p < 0.05 && p >= 0.0495 ? 3 : 2;
    return rl_format_number(words, p, p >= 1 ? 0 : digits - 1 - (int)floor(log10(p)));
}

const char *rl_format_p_named(rl_words *words, double p) {
    const char *text = rl_format_p(words, p);
    return RL_SAY(words, *text == '<' ? &rl_word_p_below : &rl_word_p_is, text);
}

const char *rl_format_time(rl_words *words, double seconds) {
    if (seconds < 120)
        return RL_SAY(words, &rl_word_seconds, rl_format_number(words, seconds, seconds < 10));
    if (seconds < 7200)
        return RL_SAY(words, &rl_word_minutes,
                      rl_format_number(words, seconds / 60, seconds < 600));
    return RL_SAY(words, &rl_word_hours, rl_format_number(words, seconds / 3600, 1));
}

const char *rl_format_sample(rl_words *words, const rl_sample *sample, rl_unit unit, int decimals) {
    const double scale = units[unit].scale;
    if (sample->count == 0 || !isfinite(sample->mean))
        return dash;
    const char *mean = rl_format_number(words, scale * sample->mean, decimals);
    if (unit == RL_UNIT_SHARE)
        mean = RL_SAY(words, &rl_word_percent, mean);
    return isfinite(sample->deviation)
               ? RL_SAY(words, &rl_word_plus_minus, mean,
                        rl_format_number(words, scale * sample->deviation, decimals))
               : mean;
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

/* ---- Names and lists ---- */

const char *rl_format_quantity(rl_words *words, rl_quantity_kind quantity) {
    static const rl_word0 *const names[] = {
#define QUANTITY(name, ...) [RL_QUANTITY_##name] = &rl_word_quantity_##name,
#include "study/design/quantities.def"
#undef QUANTITY
    };
    return rl_term(words, names[quantity]);
}

static const char *either(const rl_words *words, const char *english, const char *chinese) {
    return words->language == RL_LANGUAGE_CHINESE ? chinese : english;
}

const char *rl_format_group(const rl_words *words, const rl_study_group *group) {
    return either(words, group->title, group->title_zh);
}

const char *rl_format_arm(const rl_words *words, const rl_study_arm *arm) {
    return either(words, arm->label, arm->label_zh);
}

const char *rl_format_level_name(const rl_words *words, const rl_study_level *level) {
    return either(words, level->label, level->label_zh);
}

const char *rl_format_common(rl_words *words, const rl_study_group *group, const char *option) {
    const char *value = rl_words_copy(words, rl_config_get(group->arms[0].config, option));
    for (size_t i = 1; i < group->arm_count; i++)
        if (strcmp(rl_config_get(group->arms[i].config, option), value) != 0)
            return NULL;
    return value;
}

/* Does the text have a comma or the like outside of brackets? */
static bool is_a_list(const rl_words *words, const char *text) {
    const char *const marks[] = {", ", "，", "；", rl_term(words, &rl_word_comma),
                                 rl_term(words, &rl_word_and)};
    static const char *const open[] = {"(", "（", "“"}, *const close[] = {")", "）", "”"};
    int depth = 0;
    for (; *text; text++) {
        for (size_t i = 0; i < sizeof open / sizeof *open; i++)
            depth += (strncmp(text, open[i], strlen(open[i])) == 0) -
                     (strncmp(text, close[i], strlen(close[i])) == 0);
        for (size_t m = 0; m < sizeof marks / sizeof *marks; m++)
            if (depth <= 0 && strncmp(text, marks[m], strlen(marks[m])) == 0)
                return true;
    }
    return false;
}

/* Commas between the items would be misread where an item has one: "resnet18, width 46". */
static bool any_is_a_list(const rl_words *words, const char *const *items, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (is_a_list(words, items[i]))
            return true;
    return false;
}

static const char *join(rl_words *words, const char *const *items, size_t count,
                        const char *between) {
    rl_buffer list = {0};
    for (size_t i = 0; i < count; i++) {
        rl_buffer_add(&list, i > 0 ? between : "");
        rl_buffer_add(&list, items[i]);
    }
    return rl_words_take(words, &list);
}

const char *rl_format_series(rl_words *words, const char *const *items, size_t count) {
    return join(words, items, count, rl_term(words, &rl_word_semicolon));
}

const char *rl_format_list(rl_words *words, const char *const *items, size_t count) {
    if (any_is_a_list(words, items, count))
        return rl_format_series(words, items, count);
    const char *comma = rl_term(words, &rl_word_comma);
    if (count < 2)
        return join(words, items, count, comma);
    return RL_SAY(words, &rl_word_and_last, join(words, items, count - 1, comma), items[count - 1]);
}
