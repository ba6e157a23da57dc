/* Sentences in two languages, filled in with numbers: what the rules of the analysis are written
 * with. A story collects sentences into paragraphs; texts that it returns live as long as it does,
 * so that rules can put them together without releasing any. A failed allocation is remembered and
 * reported once, at the end; texts are "" from then on. */
#ifndef RL_STUDY_WORDS_STORY_H
#define RL_STUDY_WORDS_STORY_H

#include "base/buffer.h"
#include "study/words/findings.h"

typedef struct {
    const rl_analysis *analysis;
    rl_language language;
    rl_buffer paragraph; /* sentences so far */
    struct rl_kept *kept;
    bool failed;
} rl_story;

/* Releases all that the story made but finished paragraphs. */
void rl_story_clear(rl_story *story);

/* Zeroed memory that lives as long as the story; NULL when there is none. */
void *rl_story_keep(rl_story *story, size_t count, size_t size);

/* The template of the story's language with {1}, {2}, ... replaced by texts[0], texts[1], ... */
const char *rl_story_fill(rl_story *story, const char *english, const char *chinese,
                          const char *const *texts);
#define FILL(story, english, chinese, ...)                                                         \
    rl_story_fill(story, english, chinese, (const char *const[]){__VA_ARGS__})

/* Adds a sentence to the paragraph. */
void rl_story_say(rl_story *story, const char *english, const char *chinese,
                  const char *const *texts);
#define SAY(story, english, chinese, ...)                                                          \
    rl_story_say(story, english, chinese, (const char *const[]){__VA_ARGS__})

/* Moves the paragraph, if any sentence was said, to the end of `prose`. */
void rl_story_end_paragraph(rl_story *story, rl_prose *prose);

/* The paragraph's text, which begins anew; "" when nothing was said. NULL on failure. */
char *rl_story_take(rl_story *story);

/* Numbers. Points are percentage points of a difference of shares. */
const char *rl_story_number(rl_story *story, double value, int decimals); /* "−1.96" */
const char *rl_story_percent(rl_story *story, double share);              /* "85.3%" */
const char *rl_story_points(rl_story *story, double difference);          /* "0.4 points" */
const char *rl_story_p(rl_story *story, double p); /* "p = 0.023", "p < 0.001" */
const char *rl_story_time(rl_story *story, double seconds);
const char *rl_story_count(rl_story *story, uint64_t count); /* "11,173,962" */
/* "1 seed", "8 seeds"; in Chinese the noun comes with its measure word. */
const char *rl_story_nouns(rl_story *story, size_t count, const char *one, const char *many,
                           const char *chinese);
const char *rl_story_seeds(rl_story *story, size_t count);
const char *rl_story_epochs(rl_story *story, size_t count);

/* "95% interval −0.5 to 0.3 points" */
const char *rl_story_interval(rl_story *story, const rl_sample *difference);

/* "a, b and c"; and with semicolons, for parts that hold commas and "and"s. */
const char *rl_story_list(rl_story *story, const char *const *items, size_t count);
const char *rl_story_series(rl_story *story, const char *const *items, size_t count);

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
