/* JSON as text: measured first, then written into a buffer that cannot be too small. */
#include "format/json_text.h"

#include "base/memory.h"

char *rl_json_text(const json_t *value) {
    const size_t length = value ? json_dumpb(value, NULL, 0, JSON_COMPACT) : 0;
    char *text = length ? rl_alloc(length + 1, 1) : NULL;
    if (text && json_dumpb(value, text, length, JSON_COMPACT) != length) {
        rl_free(text);
        return NULL;
    }
    return text;
}
