/* Numbers as text. Minus is the typographic one, since these are read by people, not by programs.
 */
#include "study/report/format.h"

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

const char *rl_format_number(rl_document *document, double value, int decimals) {
    rl_buffer text = {0};
    if (!isfinite(value))
        return dash;
    add_number(&text, value, decimals, false);
    return rl_document_take(document, &text);
}

const char *rl_format_difference(rl_document *document, double value, int decimals) {
    rl_buffer text = {0};
    if (!isfinite(value))
        return dash;
    add_number(&text, value, decimals, true);
    return rl_document_take(document, &text);
}

const char *rl_format_count(rl_document *document, uint64_t value) {
    char digits[32];
    rl_buffer text = {0};
    const int length = snprintf(digits, sizeof digits, "%llu", (unsigned long long)value);
    for (int i = 0; i < length; i++) {
        if (i > 0 && (length - i) % 3 == 0)
            rl_buffer_add(&text, ",");
        rl_buffer_add_bytes(&text, digits + i, 1);
    }
    return rl_document_take(document, &text);
}

const char *rl_format_plain(rl_document *document, uint64_t value) {
    rl_buffer text = {0};
    rl_buffer_print(&text, "%llu", (unsigned long long)value);
    return rl_document_take(document, &text);
}

const char *rl_format_p(rl_document *document, double p) {
    if (!isfinite(p))
        return dash;
    return p < 0.001 ? "< 0.001" : rl_format_number(document, p, 3);
}

static const char *format_sample(rl_document *document, const rl_sample *sample, double scale,
                                 int decimals, const char *unit) {
    rl_buffer text = {0};
    if (sample->count == 0 || !isfinite(sample->mean))
        return dash;
    add_number(&text, scale * sample->mean, decimals, false);
    rl_buffer_add(&text, unit);
    if (isfinite(sample->deviation)) {
        rl_buffer_add(&text, " ± ");
        add_number(&text, scale * sample->deviation, decimals, false);
    }
    return rl_document_take(document, &text);
}

const char *rl_format_sample_percent(rl_document *document, const rl_sample *sample) {
    return format_sample(document, sample, 100, 2, "%");
}

const char *rl_format_sample(rl_document *document, const rl_sample *sample, int decimals) {
    return format_sample(document, sample, 1, decimals, "");
}

const char *rl_format_interval(rl_document *document, double low, double high, double scale,
                               int decimals, bool is_difference) {
    rl_buffer from = {0}, to = {0};
    if (!isfinite(low) || !isfinite(high))
        return dash;
    add_number(&from, scale * low, decimals, is_difference);
    add_number(&to, scale * high, decimals, is_difference);
    const char *first = rl_document_take(document, &from);
    return rl_say(document, RL_WORD_INTERVAL, first, rl_document_take(document, &to), NULL);
}
