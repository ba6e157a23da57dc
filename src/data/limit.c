/* One notice a limit, naming the first classes that are missing. */
#include "data/limit.h"

#include "base/error.h"
#include "base/memory.h"
#include "base/notice.h"

#include <stdio.h>

enum { LISTED = 8 };

static void say(const rl_dataset *dataset, rl_split split, size_t limit, const char *option,
                const bool *present, size_t missing) {
    char names[600];
    size_t length = 0;
    for (size_t k = 0, listed = 0; k < dataset->class_count && listed < LISTED; k++)
        if (!present[k] && length < sizeof names)
            length += (size_t)snprintf(names + length, sizeof names - length, "%s%.60s",
                                       listed++ ? ", " : "", dataset->class_names[k]);
    if (missing > LISTED && length < sizeof names)
        snprintf(names + length, sizeof names - length, " and %zu more", missing - LISTED);
    rl_notice(
        "--%s %zu: the first %zu of %zu %s images, in file order, have none of %zu of the %zu "
        "classes: %s",
        option, limit, limit, dataset->split[split].count,
        split == RL_SPLIT_TEST ? "test" : "training", missing, dataset->class_count, names);
}

rl_status rl_limit_check(const rl_dataset *dataset, rl_split split, size_t limit,
                         const char *option, rl_error *error) {
    const rl_image_set *set = &dataset->split[split];
    if (limit == 0 || limit >= set->count)
        return RL_OK;
    bool *present = rl_alloc(dataset->class_count, sizeof *present);
    if (!present)
        return rl_fail_memory(error, "counting the classes");
    size_t missing = dataset->class_count;
    for (size_t i = 0; i < limit; i++) {
        missing -= !present[set->labels[i]];
        present[set->labels[i]] = true;
    }
    if (missing > 0)
        say(dataset, split, limit, option, present, missing);
    rl_free(present);
    return RL_OK;
}
