/* What the rules of the analysis are written with: sentences collected into paragraphs, and texts
 * that several chapters need. All of them live as long as the words. */
#ifndef RL_STUDY_WORDS_STORY_H
#define RL_STUDY_WORDS_STORY_H

#include "study/words/findings.h"
#include "study/words/format.h"

typedef struct {
    const rl_analysis *analysis;
    rl_words *words;
    rl_buffer paragraph; /* sentences so far */
} rl_story;

/* Adds a sentence to the paragraph. */
void rl_story_add(rl_story *story, const char *sentence);

/* ADD(story, &rl_word_x, text, ...): a sentence of the table. */
#define ADD(story, ...) rl_story_add(story, RL_SAY((story)->words, __VA_ARGS__))

/* Texts and sentences of chapters whose words are not in the table yet. */
#define FILL(story, english, chinese, ...)                                                         \
    rl_story_fill(story, english, chinese, (const char *const[]){__VA_ARGS__},                     \
                  sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))
#define SAY(story, english, chinese, ...)                                                          \
    rl_story_add(story, FILL(story, english, chinese, __VA_ARGS__))
static inline const char *rl_story_fill(rl_story *story, const char *english, const char *chinese,
                                        const char *const *texts, size_t count) {
    return rl_words_fill(story->words, (const char *const[]){english, chinese}, texts, count);
}
static inline void rl_story_say(rl_story *story, const char *english, const char *chinese,
                                const char *const *texts) {
    rl_story_add(story, rl_story_fill(story, english, chinese, texts, texts ? 9 : 0));
}
const char *rl_story_nouns(rl_story *story, size_t count, const char *one, const char *many,
                           const char *chinese);

/* Moves the paragraph, if any sentence was said, to the end of `prose`. */
void rl_story_end_paragraph(rl_story *story, rl_prose *prose);

/* The paragraph's text, which begins anew; "" when nothing was said. */
const char *rl_story_take(rl_story *story);

const char *rl_story_p(rl_story *story, double p); /* "p = 0.023", "p < 0.001" */

/* "95% interval −0.5 to 0.3 points" */
const char *rl_story_interval(rl_story *story, const rl_sample *difference);

/* An arm as sentences name it: its label, in quotes where it holds spaces, with its factor where it
 * is no word ("lr=0.1"). */
const char *rl_story_arm(rl_story *story, const rl_study_group *group, size_t arm);

/* A difference as seen from its first arm (sign 1) or its second (-1). */
rl_sample rl_seen(const rl_comparison *comparison, double sign);

/* "4.0 points, 95% interval 3.6 to 4.4 points, p = 0.023", as far as there are interval and test.
 */
const char *rl_story_difference(rl_story *story, const rl_comparison *comparison, double sign,
                                bool with_test);

/* The arms of a group that have a value of the sample at `offset` of rl_arm_analysis, in order of
 * its mean: rising for sign 1, falling for -1; those behind all others that lack runs which
 * diverged, as their mean is of the rest. NULL on failure, with *count 0. */
const size_t *rl_story_order(rl_story *story, const rl_group_analysis *group, size_t offset,
                             double sign, size_t *count);
const rl_sample *rl_arm_sample(const rl_arm_analysis *arm, size_t offset);

/* A curve of an arm, released with the story; empty on failure. */
rl_curve_band rl_story_curve(rl_story *story, const rl_group_analysis *group, size_t arm,
                             rl_curve curve);

#endif
