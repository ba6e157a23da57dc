/* The table of quantities, and its names. */
#include "study/design/quantity.h"

#include "base/error.h"
#include "base/text.h"

#include <string.h>

static const rl_quantity quantities[RL_QUANTITY_COUNT] = {
#define QUANTITY(name, key, better, unit, compared, by_epoch, grain, needs, take)                  \
    [RL_QUANTITY_##name] = {key,      better,           RL_UNIT_##unit,  compared,                 \
                            by_epoch, RL_GRAIN_##grain, RL_NEEDS_##needs},
#include "study/design/quantities.def"
#undef QUANTITY
};

const rl_quantity *rl_quantity_at(size_t kind) {
    return kind < RL_QUANTITY_COUNT ? &quantities[kind] : NULL;
}

rl_status rl_quantity_find(rl_quantity_kind *kind, const char *key, rl_error *error) {
    const char *valid[RL_QUANTITY_COUNT];
    size_t count = 0;
    for (size_t q = 0; q < RL_QUANTITY_COUNT; q++) {
        if (!quantities[q].compared)
            continue;
        valid[count++] = quantities[q].key;
        if (strcmp(quantities[q].key, key) == 0) {
            *kind = (rl_quantity_kind)q;
            return RL_OK;
        }
    }
    char list[256];
    rl_text_list(list, sizeof list, valid, count);
    return rl_fail(error, RL_ERROR_ARGUMENT, "unknown quantity '%.100s', expected %s", key, list);
}
