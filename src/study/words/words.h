/* What findings and report are written with: the words of both languages, one table (words.def),
 * and the memory of the texts that are made of them.
 *
 * Texts live as long as their rl_words, so that who puts them together need not release any. A
 * failed allocation is remembered and reported once, by rl_words_status: texts are "" from then on.
 */
#ifndef RL_STUDY_WORDS_WORDS_H
#define RL_STUDY_WORDS_WORDS_H

#include "base/buffer.h"

enum { RL_LANGUAGES = 2 };

/* A word of as many texts, which stand in the place of its "{1}", "{2}", ... Its type says how many
 * (`takes` has one element more), so that the compiler can count. */
#define RL_WORD_TYPE(texts)                                                                        \
    typedef struct {                                                                               \
        const char *in[RL_LANGUAGES]; /* indexed by rl_language */                                 \
        char takes[(texts) + 1];                                                                   \
    } rl_word##texts
RL_WORD_TYPE(0);
RL_WORD_TYPE(1);
RL_WORD_TYPE(2);
RL_WORD_TYPE(3);
RL_WORD_TYPE(4);
RL_WORD_TYPE(5);
RL_WORD_TYPE(6);
RL_WORD_TYPE(7);
RL_WORD_TYPE(8);
RL_WORD_TYPE(9);

#define WORD(key, texts, english, chinese) extern const rl_word##texts rl_word_##key;
#include "study/words/words.def"
#undef WORD

typedef struct {
    rl_language language;
    bool failed;
    struct rl_words_memory *memory;
} rl_words; /* starts as {.language = ...} */

void rl_words_clear(rl_words *words);
rl_status rl_words_status(const rl_words *words, const char *what, rl_error *error);

/* Zeroed memory that lives as long as the words; NULL after a failure. */
void *rl_words_alloc(rl_words *words, size_t count, size_t size);

/* A copy of a text. */
const char *rl_words_copy(rl_words *words, const char *text);

/* The text of a buffer, which is emptied. */
const char *rl_words_take(rl_words *words, rl_buffer *buffer);

/* A word without texts. Owned by the table. */
const char *rl_term(const rl_words *words, const rl_word0 *word);

/* RL_SAY(words, &rl_word_x, text, ...): the word `x` with its texts. Does not compile with more or
 * fewer of them than the word takes. */
#define RL_SAY(words, ...)                                                                         \
    rl_words_fill(words, (RL_FIRST(__VA_ARGS__, 0))->in,                                           \
                  (const char *const[]){RL_REST(__VA_ARGS__, "")},                                 \
                  sizeof((RL_FIRST(__VA_ARGS__, 0))->takes) - RL_CHECKED(__VA_ARGS__))
const char *rl_words_fill(rl_words *words, const char *const in[RL_LANGUAGES],
                          const char *const *texts, size_t count);

#define RL_FIRST(first, ...) first
#define RL_REST(first, ...) __VA_ARGS__
#define RL_COUNT(...) RL_ELEVENTH(__VA_ARGS__, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0)
#define RL_ELEVENTH(a, b, c, d, e, f, g, h, i, j, eleventh, ...) eleventh
/* 1 */
#define RL_CHECKED(...)                                                                            \
    sizeof(struct {                                                                                \
        _Static_assert(RL_COUNT(__VA_ARGS__) == sizeof((RL_FIRST(__VA_ARGS__, 0))->takes),         \
                       "the word takes another number of texts");                                  \
        char member;                                                                               \
    })

/* "en", "zh": for attributes lang. */
const char *rl_language_code(rl_language language);

#endif
