/* Lists in a sentence, as the report's language writes them. */
#include "study/report/parts.h"

#include <string.h>

/* Commas between the items would be misread where an item has one: "resnet18, width 46". */
static bool any_has_comma(const char *const *items, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (strchr(items[i], ','))
            return true;
    return false;
}

const char *rl_report_list(rl_document *document, const char *const *items, size_t count) {
    const bool commas = any_has_comma(items, count);
    const char *between = rl_say(document, commas ? RL_WORD_SEMICOLON : RL_WORD_COMMA, NULL);
    const char *last = commas ? between : rl_say(document, RL_WORD_AND, NULL);
    rl_buffer list = {0};
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            rl_buffer_add(&list, i + 1 < count ? between : last);
        rl_buffer_add(&list, items[i]);
    }
    return rl_document_take(document, &list);
}
