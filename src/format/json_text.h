/* JSON as text in memory, to and fro. Neither json_dumps nor the json_loads family is used: when it
 * runs out of memory inside a string, jansson goes on without it, and what comes of it is no JSON,
 * or is another one. */
#ifndef RL_FORMAT_JSON_TEXT_H
#define RL_FORMAT_JSON_TEXT_H

#include <jansson.h>
#include <stdbool.h>

/* Compact text of an object or array, to release with rl_free; NULL without memory, or for NULL. */
char *rl_json_text(const json_t *value);

/* The object or array that the text is, in which no key may stand twice, for json_decref. NULL with
 * *no_memory, or with what is wrong with the text in *trouble. */
json_t *rl_json_parse(const char *text, size_t length, json_error_t *trouble, bool *no_memory);

/* The same of a whole string, which may be NULL. */
json_t *rl_json_parse_text(const char *text, bool *no_memory);

#endif
