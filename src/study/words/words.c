/* The table of words, and the texts made of them. */
#include "study/words/words.h"

#include "base/error.h"
#include "base/memory.h"

#include <string.h>

#define WORD(key, texts, english, chinese)                                                         \
    const rl_word##texts rl_word_##key = {                                                         \
        .in = {[RL_LANGUAGE_ENGLISH] = english, [RL_LANGUAGE_CHINESE] = chinese}};
#include "study/words/words.def"
#undef WORD

const char *rl_language_code(rl_language language) {
    static const char *const codes[] = {[RL_LANGUAGE_ENGLISH] = "en", [RL_LANGUAGE_CHINESE] = "zh"};
    return codes[language];
}

/* ---- Memory ---- */

/* A list of allocations, each behind a header that keeps their alignment. */
struct rl_words_memory {
    struct rl_words_memory *next;
};
enum { HEADER = RL_ALIGNMENT };

void rl_words_clear(rl_words *words) {
    while (words->memory) {
        struct rl_words_memory *next = words->memory->next;
        rl_free(words->memory);
        words->memory = next;
    }
    words->failed = false;
}

rl_status rl_words_status(const rl_words *words, const char *what, rl_error *error) {
    return words->failed ? rl_fail_memory(error, what) : RL_OK;
}

void *rl_words_alloc(rl_words *words, size_t count, size_t size) {
    size_t bytes;
    struct rl_words_memory *memory = NULL;
    if (!words->failed && rl_multiply(count, size, &bytes) && bytes <= SIZE_MAX - HEADER)
        memory = rl_alloc(bytes + HEADER, 1);
    if (!memory) {
        words->failed = true;
        return NULL;
    }
    memory->next = words->memory;
    words->memory = memory;
    return (char *)memory + HEADER;
}

static const char *copy_bytes(rl_words *words, const char *text, size_t length) {
    char *copy = rl_words_alloc(words, length + 1, 1);
    if (!copy)
        return "";
    memcpy(copy, text, length);
    return copy;
}

const char *rl_words_copy(rl_words *words, const char *text) {
    return copy_bytes(words, text, strlen(text));
}

const char *rl_words_take(rl_words *words, rl_buffer *buffer) {
    words->failed |= buffer->failed;
    const char *text = buffer->text ? copy_bytes(words, buffer->text, buffer->length) : "";
    rl_buffer_clear(buffer);
    return text;
}

/* ---- Texts in the places of a word ---- */

/* Wide quotes and brackets bring their own space, and no space stands between two Chinese
 * characters: the one that a Chinese word has beside a place is then left out. */
static bool starts_with(const char *text, const char *start) {
    return strncmp(text, start, strlen(start)) == 0;
}

/* The start of the last character of the `length` bytes of a text. */
static const char *last_character(const char *text, size_t length) {
    while (length > 1 && ((unsigned char)text[length - 1] & 0xC0) == 0x80)
        length--;
    return length > 0 ? text + length - 1 : "";
}

/* U+3000 to U+9FFF */
static bool is_chinese(const char *character) {
    const unsigned char first = (unsigned char)*character;
    return first >= 0xE3 && first <= 0xE9;
}

static bool is_tight_before(const char *template, size_t plain, const char *text) {
    if (plain == 0 || template[plain - 1] != ' ')
        return false;
    return starts_with(text, "“") || starts_with(text, "（") ||
           (is_chinese(text) && is_chinese(last_character(template, plain - 1)));
}

static bool is_tight_after(const char *text, const char *rest) {
    const char *last = last_character(text, strlen(text));
    if (*rest != ' ')
        return false;
    return starts_with(last, "”") || starts_with(last, "）") ||
           (is_chinese(last) && is_chinese(rest + 1));
}

/* Which text the place at `at` takes, from 1; 0 for what is no place. */
static size_t place_of(const char *at, size_t count) {
    const bool place = at[0] == '{' && at[1] >= '1' && at[1] <= '9' && at[2] == '}';
    const size_t index = place ? (size_t)(at[1] - '0') : 0;
    return index <= count ? index : 0;
}

const char *rl_words_fill(rl_words *words, const char *const in[RL_LANGUAGES],
                          const char *const *texts, size_t count) {
    const bool chinese = words->language == RL_LANGUAGE_CHINESE;
    rl_buffer out = {0};
    for (const char *at = in [words->language]; *at;) {
        const size_t plain = strcspn(at, "{"), index = place_of(at + plain, count);
        if (index == 0) {
            rl_buffer_add_bytes(&out, at, plain + (at[plain] == '{'));
            at += plain + (at[plain] == '{');
            continue;
        }
        const char *text = texts[index - 1];
        rl_buffer_add_bytes(&out, at, plain - (chinese && is_tight_before(at, plain, text)));
        rl_buffer_add(&out, text);
        at += plain + strlen("{1}");
        at += chinese && is_tight_after(text, at);
    }
    return rl_words_take(words, &out);
}

const char *rl_term(const rl_words *words, const rl_word0 *word) {
    return word->in[words->language];
}
