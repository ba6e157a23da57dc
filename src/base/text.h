/* Small text helpers shared by everything that reads names and numbers from people. */
#ifndef RL_BASE_TEXT_H
#define RL_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The entry of `names` nearest to `text` by edit distance, or NULL when none is near enough to be
 * a likely misspelling. */
const char *rl_text_nearest(const char *text, const char *const *names, size_t count);

/* Writes "a, b or c" into `buffer`, cut at `size`. */
void rl_text_list(char *buffer, size_t size, const char *const *names, size_t count);

/* Bytes of the UTF-8 character at `text`, or 0 where there is none: overlong forms, surrogates and
 * values above U+10FFFF are none. */
size_t rl_text_utf8_length(const char *text);

/* Is all of `text` UTF-8? JSON and YAML hold nothing else. */
bool rl_text_is_utf8(const char *text);

/* Whole-string conversions: false (and *value unchanged) on an empty string, trailing text,
 * overflow, or a non-finite number. Independent of the locale. */
bool rl_text_to_u64(const char *text, uint64_t *value);
bool rl_text_to_double(const char *text, double *value);
bool rl_text_to_bool(const char *text, bool *value); /* true/false, yes/no, on/off, 1/0 */

/* The shortest decimal text that reads back as exactly `value` (whole numbers below 1e15 without an
 * exponent), always with '.', as the locale "C" would write it. Returns buffer. */
char *rl_text_from_double(char *buffer, size_t size, double value);

#endif
