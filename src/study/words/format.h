/* Numbers and lists as findings and report show them, each a text that lives as long as its words.
 * Minus is the typographic one, since these are read by people. What is not known (not a number) is
 * a dash. */
#ifndef RL_STUDY_WORDS_FORMAT_H
#define RL_STUDY_WORDS_FORMAT_H

#include "study/design/study.h"
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

/* A share as a person reads it, as percent without decimals: "63%". */
const char *rl_format_limit(rl_words *words, double share);

/* A confidence level: "95%", "98.3%", "99.88%". */
const char *rl_format_level(rl_words *words, double level);

/* A value of a unit, and a difference of two: "85.3%" and "0.4 points". */
const char *rl_format_value(rl_words *words, rl_unit unit, double value);
const char *rl_format_amount(rl_words *words, rl_unit unit, double difference);

/* "−0.4 to 1.2 points": with a second decimal where one would hide the width, or on which side of
 * zero an end lies. */
const char *rl_format_range(rl_words *words, rl_unit unit, double low, double high);

/* "0.023", with two significant digits, and a third where two would round up to the usual 0.05;
 * "< 0.001". */
const char *rl_format_p(rl_words *words, double p);

/* "12 s", "3.4 min", "2.5 h" */
const char *rl_format_time(rl_words *words, double seconds);

/* "p = 0.023", "p < 0.001" */
const char *rl_format_p_named(rl_words *words, double p);

/* "93.1% ± 0.2", "0.123 ± 0.004": mean and deviation; the mean alone when there is one. */
const char *rl_format_sample(rl_words *words, const rl_sample *sample, rl_unit unit, int decimals);

/* "92.80 to 93.40": an interval, scaled. */
const char *rl_format_interval(rl_words *words, double low, double high, double scale, int decimals,
                               bool is_difference);

/* A count with its noun: "1 seed", "8 seeds". */
const char *rl_format_counted(rl_words *words, size_t count, const rl_word1 *one,
                              const rl_word1 *many);
const char *rl_format_seeds(rl_words *words, size_t count);
const char *rl_format_epochs(rl_words *words, size_t count);
const char *rl_format_runs(rl_words *words, size_t count);

/* A quantity by name: "test accuracy". */
const char *rl_format_quantity(rl_words *words, rl_quantity_kind quantity);

/* What the language calls a group, an arm and a level. */
const char *rl_format_group(const rl_words *words, const rl_study_group *group);
const char *rl_format_arm(const rl_words *words, const rl_study_arm *arm);
const char *rl_format_level_name(const rl_words *words, const rl_study_level *level);

/* The value of an option that all arms of a group have; NULL where they differ. */
const char *rl_format_common(rl_words *words, const rl_study_group *group, const char *option);

/* "a; b; c", for parts that may be sentences. */
const char *rl_format_series(rl_words *words, const char *const *items, size_t count);

/* "a, b and c"; "a; b, c; d" where an item has a comma or an "and" itself. "" for none. */
const char *rl_format_list(rl_words *words, const char *const *items, size_t count);

#endif
