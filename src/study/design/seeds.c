/* The seeds of a study file: a list, or a range that begins at one; with looks, the numbers of
 * seeds after which the claims are judged. */
#include "base/error.h"
#include "base/memory.h"
#include "base/text.h"
#include "study/design/reader.h"

#include <inttypes.h>

enum {
    MAX_SEEDS = 1000,
    MIN_LOOK = 3, /* seeds: below, there is no verdict */
    MAX_LOOKS = 10
};

rl_status rl_study_seed_list(const study_reader *r, const rl_yaml_node *list, uint64_t **seeds,
                             size_t *count) {
    *seeds = rl_alloc(MAX_SEEDS, sizeof **seeds);
    if (!*seeds)
        return rl_fail_memory(r->error, "a study");
    for (const rl_yaml_node *item = list->first; item; item = item->next) {
        uint64_t seed;
        if (item->kind != RL_YAML_TEXT || !rl_text_to_u64(item->text, &seed))
            return STUDY_FAIL(r, item, "a seed is '%.100s', expected an integer from 0 to %" PRIu64,
                              item->text ? item->text : rl_study_kind_name(item->kind), UINT64_MAX);
        for (size_t i = 0; i < *count; i++)
            if ((*seeds)[i] == seed)
                return STUDY_FAIL(r, item, "seed %" PRIu64 " is listed twice", seed);
        if (*count == MAX_SEEDS)
            return STUDY_FAIL(r, item, "more than %d seeds", MAX_SEEDS);
        (*seeds)[(*count)++] = seed;
    }
    return *count ? RL_OK : STUDY_FAIL(r, list, "no seeds, expected at least 1");
}

/* An integer of a range. */
static rl_status take_number(const study_reader *r, const rl_yaml_node *node, const char *key,
                             uint64_t minimum, uint64_t maximum, uint64_t *value) {
    if (node->kind == RL_YAML_TEXT && rl_text_to_u64(node->text, value) && *value >= minimum &&
        *value <= maximum)
        return RL_OK;
    return STUDY_FAIL(
        r, node, "'%s' of the seeds is '%.100s', expected an integer from %" PRIu64 " to %" PRIu64,
        key, node->text ? node->text : rl_study_kind_name(node->kind), minimum, maximum);
}

static rl_status take_looks(const study_reader *r, const rl_yaml_node *list) {
    rl_study *study = r->study;
    study->looks = rl_alloc(MAX_LOOKS, sizeof *study->looks);
    if (!study->looks)
        return rl_fail_memory(r->error, "a study");
    for (const rl_yaml_node *item = list->first; item; item = item->next) {
        uint64_t seeds = 0;
        const rl_status status = take_number(r, item, "looks", MIN_LOOK, MAX_SEEDS, &seeds);
        if (status != RL_OK)
            return status;
        if (study->look_count > 0 && seeds <= study->looks[study->look_count - 1])
            return STUDY_FAIL(r, item, "a look after %" PRIu64 " seeds, expected more than %zu",
                              seeds, study->looks[study->look_count - 1]);
        if (study->look_count == MAX_LOOKS)
            return STUDY_FAIL(r, item, "more than %d looks", MAX_LOOKS);
        study->looks[study->look_count++] = (size_t)seeds;
    }
    return study->look_count ? RL_OK : STUDY_FAIL(r, list, "no looks, expected at least 1");
}

enum { RANGE_FIRST, RANGE_COUNT, RANGE_LOOKS, RANGE_KEYS };
static const study_key range_keys[RANGE_KEYS] = {
    [RANGE_FIRST] = {"first", STUDY_TEXT, true},
    [RANGE_COUNT] = {"count", STUDY_TEXT, false},
    [RANGE_LOOKS] = {"looks", STUDY_LIST, false},
};

static rl_status take_range(const study_reader *r, const rl_yaml_node *range) {
    rl_study *study = r->study;
    const rl_yaml_node *values[RANGE_KEYS] = {0};
    uint64_t first, count = 0;
    rl_status status = rl_study_keys(r, range, range_keys, RANGE_KEYS, "the seeds", values);
    if (status == RL_OK && !values[RANGE_COUNT] == !values[RANGE_LOOKS])
        status = STUDY_FAIL(r, range, "the seeds have %s, expected one of 'count' and 'looks'",
                            values[RANGE_COUNT] ? "both 'count' and 'looks'" : "only 'first'");
    if (status == RL_OK)
        status = take_number(r, values[RANGE_FIRST], "first", 0, UINT64_MAX - MAX_SEEDS, &first);
    if (status == RL_OK && values[RANGE_COUNT])
        status = take_number(r, values[RANGE_COUNT], "count", 1, MAX_SEEDS, &count);
    if (status == RL_OK && values[RANGE_LOOKS])
        status = take_looks(r, values[RANGE_LOOKS]);
    if (status != RL_OK)
        return status;
    study->seed_count = study->look_count ? study->looks[study->look_count - 1] : (size_t)count;
    study->seeds = rl_alloc(study->seed_count, sizeof *study->seeds);
    if (!study->seeds)
        return rl_fail_memory(r->error, "a study");
    for (size_t i = 0; i < study->seed_count; i++)
        study->seeds[i] = first + i;
    return RL_OK;
}

rl_status rl_study_seeds_take(const study_reader *r, const rl_yaml_node *node) {
    return node->kind == RL_YAML_LIST
               ? rl_study_seed_list(r, node, &r->study->seeds, &r->study->seed_count)
               : take_range(r, node);
}
