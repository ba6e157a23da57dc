/* JSON as text in memory. jansson's json_dumps is not used: when it runs out of memory inside an
 * object's key it goes on without the key, and what it then returns is no JSON. */
#ifndef RL_FORMAT_JSON_TEXT_H
#define RL_FORMAT_JSON_TEXT_H

#include <jansson.h>

/* Compact text of an object or array, to release with rl_free; NULL without memory, or for NULL. */
char *rl_json_text(const json_t *value);

#endif
