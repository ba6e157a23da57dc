/* The words of the report in its languages: one table, words.def. The written analysis has its own
 * (findings.h). */
#ifndef RL_STUDY_WORDS_WORDS_H
#define RL_STUDY_WORDS_WORDS_H

#include "reslab.h"

typedef enum {
#define WORD(key, english, chinese) RL_WORD_##key,
#include "study/words/words.def"
#undef WORD
    RL_WORD_COUNT
} rl_word;

/* Owned by the table. "{1}", "{2}", ... stand for what rl_say puts in. */
const char *rl_word_text(rl_word word, rl_language language);

/* "en", "zh": for attributes lang. */
const char *rl_language_code(rl_language language);

#endif
