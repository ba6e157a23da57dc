/* Reads the table of words. */
#include "study/words/words.h"

static const char *const texts[RL_WORD_COUNT][2] = {
#define WORD(key, english, chinese)                                                                \
    [RL_WORD_##key] = {[RL_LANGUAGE_ENGLISH] = english, [RL_LANGUAGE_CHINESE] = chinese},
#include "study/words/words.def"
#undef WORD
};

const char *rl_word_text(rl_word word, rl_language language) {
    return texts[word][language];
}

const char *rl_language_code(rl_language language) {
    static const char *const codes[] = {[RL_LANGUAGE_ENGLISH] = "en", [RL_LANGUAGE_CHINESE] = "zh"};
    return codes[language];
}
