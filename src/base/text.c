/* Names and numbers as people type them. Conversions take whole strings only and always use the
 * locale "C", whatever the host program has set. */
#include "base/text.h"

#include <errno.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LONGEST_NAME 64 /* beyond this nothing is taken for a misspelt name */

static char lower(char c) {
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* Letters that count as equal when a name is guessed: case, and '_' for '-'. */
static bool same_letter(char a, char b) {
    a = a == '_' ? '-' : lower(a);
    b = b == '_' ? '-' : lower(b);
    return a == b;
}

static size_t smaller(size_t a, size_t b) {
    return a < b ? a : b;
}

/* Levenshtein distance, with a swap of neighbours counted as one. Both at most LONGEST_NAME. */
static size_t edit_distance(const char *a, size_t a_length, const char *b, size_t b_length) {
    size_t rows[3][LONGEST_NAME + 1];
    size_t *before = rows[0], *above = rows[1], *row = rows[2];
    for (size_t j = 0; j <= b_length; j++) {
        above[j] = j;
    }
    for (size_t i = 1; i <= a_length; i++) {
        row[0] = i;
        for (size_t j = 1; j <= b_length; j++) {
            size_t replace = above[j - 1] + !same_letter(a[i - 1], b[j - 1]);
            row[j] = smaller(replace, smaller(above[j], row[j - 1]) + 1);
            if (i > 1 && j > 1 && same_letter(a[i - 1], b[j - 2]) &&
                same_letter(a[i - 2], b[j - 1])) {
                row[j] = smaller(row[j], before[j - 2] + 1);
            }
        }
        size_t *free_row = before;
        before = above;
        above = row;
        row = free_row;
    }
    return above[b_length];
}

const char *rl_text_nearest(const char *text, const char *const *names, size_t count) {
    size_t length = strlen(text);
    if (length == 0 || length > LONGEST_NAME) {
        return NULL;
    }
    const char *nearest = NULL;
    size_t nearest_distance = 2 + length / 4; /* one slip in a short word, more in a long one */
    for (size_t i = 0; i < count; i++) {
        size_t name_length = strlen(names[i]);
        if (name_length > LONGEST_NAME) {
            continue;
        }
        size_t distance = edit_distance(text, length, names[i], name_length);
        /* A name of which every letter would have to change is no likeness. */
        if (distance < nearest_distance && distance < length) {
            nearest_distance = distance;
            nearest = names[i];
        }
    }
    return nearest;
}

void rl_text_list(char *buffer, size_t size, const char *const *names, size_t count) {
    size_t used = 0;
    if (size > 0) {
        buffer[0] = '\0';
    }
    for (size_t i = 0; i < count && used < size; i++) {
        const char *separator = i == 0 ? "" : i + 1 == count ? " or " : ", ";
        int length = snprintf(buffer + used, size - used, "%s%s", separator, names[i]);
        used += length < 0 ? 0 : (size_t)length;
    }
}

size_t rl_text_utf8_length(const char *text) {
    const unsigned char *c = (const unsigned char *)text;
    if (c[0] < 0x80) {
        return 1;
    }
    if (c[0] < 0xC2 || c[0] > 0xF4) {
        return 0;
    }
    size_t length = c[0] < 0xE0 ? 2 : c[0] < 0xF0 ? 3 : 4;
    for (size_t i = 1; i < length; i++) {
        if ((c[i] & 0xC0) != 0x80) {
            return 0;
        }
    }
    bool overlong = (c[0] == 0xE0 && c[1] < 0xA0) || (c[0] == 0xF0 && c[1] < 0x90);
    bool surrogate = c[0] == 0xED && c[1] > 0x9F;
    bool too_large = c[0] == 0xF4 && c[1] > 0x8F;
    return overlong || surrogate || too_large ? 0 : length;
}

bool rl_text_is_utf8(const char *text) {
    while (*text) {
        size_t length = rl_text_utf8_length(text);
        if (length == 0) {
            return false;
        }
        text += length;
    }
    return true;
}

bool rl_text_to_u64(const char *text, uint64_t *value) {
    uint64_t result = 0;
    if (!*text) {
        return false;
    }
    for (const char *c = text; *c; c++) {
        if (*c < '0' || *c > '9' || __builtin_mul_overflow(result, (uint64_t)10, &result) ||
            __builtin_add_overflow(result, (uint64_t)(*c - '0'), &result)) {
            return false;
        }
    }
    *value = result;
    return true;
}

/* The locale "C". glibc hands out a static object for it, so this neither allocates nor fails
 * there; elsewhere the caller falls back on the current locale. */
static locale_t c_locale(void) {
    return newlocale(LC_ALL_MASK, "C", (locale_t)0);
}

bool rl_text_to_double(const char *text, double *value) {
    /* strtod would also take leading blanks, hexadecimal, "inf" and "nan". */
    if (!*text || text[strspn(text, "0123456789+-.eE")]) {
        return false;
    }
    locale_t locale = c_locale();
    char *end;
    double result = locale ? strtod_l(text, &end, locale) : strtod(text, &end);
    if (locale) {
        freelocale(locale);
    }
    if (end == text || *end || !isfinite(result)) {
        return false;
    }
    *value = result;
    return true;
}

bool rl_text_to_bool(const char *text, bool *value) {
    static const char *const words[][2] = {
        {"false", "true"}, {"no", "yes"}, {"off", "on"}, {"0", "1"}};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        for (int truth = 0; truth < 2; truth++) {
            const char *word = words[i][truth], *c = text;
            while (*word && lower(*c) == *word) {
                word++;
                c++;
            }
            if (!*word && !*c) {
                *value = truth;
                return true;
            }
        }
    }
    return false;
}

char *rl_text_from_double(char *buffer, size_t size, double value) {
    char text[32]; /* "-1.2345678901234567e-308" and then some */
    locale_t locale = c_locale();
    locale_t old = locale ? uselocale(locale) : (locale_t)0;
    /* Shortest of all would be 3e+01; people write 30. */
    const bool whole = fabs(value) < 1e15 && trunc(value) == value;
    for (int digits = whole ? 0 : 1; digits <= 17; digits++) {
        snprintf(text, sizeof text, whole ? "%.*f" : "%.*g", digits, value);
        if (strtod(text, NULL) == value) {
            break; /* never for a NaN, which ends as "nan" all the same */
        }
    }
    if (locale) {
        uselocale(old);
        freelocale(locale);
    }
    snprintf(buffer, size, "%s", text);
    return buffer;
}
