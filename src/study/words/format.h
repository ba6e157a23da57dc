/* Numbers and lists as findings and report show them, each a text that lives as long as its words.
 * Minus is the typographic one, since these are read by people. What is not known (not a number) is
 * a dash. */
#ifndef RL_STUDY_WORDS_FORMAT_H
#define RL_STUDY_WORDS_FORMAT_H

#include "study/numbers/statistics.h"
#include "study/words/words.h"

/* "93.12" */
const char *rl_format_number(rl_words *words, double value, int decimals);

/* "+1.23", "−0.40" */
const char *rl_format_difference(rl_words *words, double value, int decimals);

/* "11,173,962" */
const char *rl_format_count(rl_words *words, uint64_t value);

/* "11173962": what is a name more than a quantity, such as a seed. */
const char *rl_format_plain(rl_words *words, uint64_t value);

/* "85.3%" */
const char *rl_format_percent(rl_words *words, double share);

/* "0.4 points": percentage points of a difference of shares. */
const char *rl_format_points(rl_words *words, double difference);

/* "0.023", with two significant digits, and a third where two would round up to the usual 0.05;
 * "< 0.001". */
const char *rl_format_p(rl_words *words, double p);

/* "12 s", "3.4 min", "2.5 h" */
const char *rl_format_time(rl_words *words, double seconds);

/* "93.12% ± 0.21" and "0.123 ± 0.004": mean and deviation; the mean alone when there is one. */
const char *rl_format_sample_percent(rl_words *words, const rl_sample *sample);
const char *rl_format_sample(rl_words *words, const rl_sample *sample, int decimals);

/* "92.80 to 93.40": an interval, scaled. */
const char *rl_format_interval(rl_words *words, double low, double high, double scale, int decimals,
                               bool is_difference);

/* A count with its noun: "1 seed", "8 seeds". */
const char *rl_format_counted(rl_words *words, size_t count, const rl_word1 *one,
                              const rl_word1 *many);
const char *rl_format_seeds(rl_words *words, size_t count);
const char *rl_format_epochs(rl_words *words, size_t count);
const char *rl_format_runs(rl_words *words, size_t count);

/* "a, b and c"; "a; b, c; d" where an item has a comma or an "and" itself. "" for none. */
const char *rl_format_list(rl_words *words, const char *const *items, size_t count);

#endif
