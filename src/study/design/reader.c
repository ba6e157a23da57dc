/* Mappings with known keys and settings, as study files have them, and the messages where a file
 * says something else. */
#include "study/design/reader.h"

#include "base/error.h"
#include "base/text.h"
#include "run/options.h"
#include "study/design/arms.h"
#include "study/design/file.h"

#include <string.h>

rl_status rl_study_fail_detail(const study_reader *r, const rl_yaml_node *node,
                               const rl_error *detail) {
    if (detail->code == RL_ERROR_MEMORY)
        return rl_fail_memory(r->error, "a study");
    return STUDY_FAIL(r, node, "%s", detail->message);
}

/* ---- Options that a study does not take ---- */

static const struct {
    const char *option, *reason;
} owned[] = {{"seed", "the list 'seeds' gives each run its own"},
             {"out", "each run has a directory of its own in that of the study"},
             {"tuning", "the key 'tuning' of a study says how settings are chosen"}};
enum { OWNED_COUNT = sizeof owned / sizeof *owned };

const char *rl_study_refusal(const char *option) {
    for (size_t i = 0; i < OWNED_COUNT; i++)
        if (strcmp(option, owned[i].option) == 0)
            return owned[i].reason;
    return NULL;
}

bool rl_study_owns_option(const char *option) {
    return rl_study_refusal(option);
}

/* ---- Mappings with known keys ---- */

const char *rl_study_kind_name(rl_yaml_kind kind) {
    static const char *const names[] = {[RL_YAML_TEXT] = "a single value",
                                        [RL_YAML_LIST] = "a list",
                                        [RL_YAML_MAPPING] = "a mapping"};
    return names[kind];
}

rl_status rl_study_expect(const study_reader *r, const rl_yaml_node *node, unsigned kinds,
                          const char *what) {
    const char *names[RL_YAML_MAPPING + 1];
    size_t count = 0;
    for (rl_yaml_kind kind = RL_YAML_TEXT; kind <= RL_YAML_MAPPING; kind++)
        if (kinds & 1u << kind)
            names[count++] = rl_study_kind_name(kind);
    char valid[64];
    rl_text_list(valid, sizeof valid, names, count);
    return kinds & 1u << node->kind ? RL_OK
                                    : STUDY_FAIL(r, node, "%s is %s, expected %s", what,
                                                 rl_study_kind_name(node->kind), valid);
}

rl_status rl_study_word(const study_reader *r, const rl_yaml_node *node, const char *what,
                        const char *const *names, size_t *index) {
    size_t count = 0;
    for (; names[count]; count++)
        if (strcmp(names[count], node->text) == 0) {
            *index = count;
            return RL_OK;
        }
    char valid[256];
    rl_text_list(valid, sizeof valid, names, count);
    return STUDY_FAIL(r, node, "unknown %s '%.100s', expected %s", what, node->text, valid);
}

static rl_status fail_key(const study_reader *r, const rl_yaml_node *key, const study_key *rows,
                          size_t count, const char *what) {
    const char *names[STUDY_MAX_KEYS];
    for (size_t i = 0; i < count; i++)
        names[i] = rows[i].name;
    char valid[256];
    rl_text_list(valid, sizeof valid, names, count);
    const char *nearest = rl_text_nearest(key->text, names, count);
    return STUDY_FAIL(r, key, "unknown key '%.100s' in %s, expected %s%s%s%s", key->text, what,
                      valid, nearest ? " (did you mean '" : "", nearest ? nearest : "",
                      nearest ? "'?)" : "");
}

rl_status rl_study_keys(const study_reader *r, const rl_yaml_node *mapping, const study_key *rows,
                        size_t count, const char *what, const rl_yaml_node **values) {
    rl_status status = rl_study_expect(r, mapping, STUDY_MAPPING, what);
    if (status != RL_OK)
        return status;
    for (const rl_yaml_node *key = mapping->first; key; key = key->next) {
        size_t i = 0;
        while (i < count && strcmp(rows[i].name, key->text) != 0)
            i++;
        if (i == count)
            return fail_key(r, key, rows, count, what);
        if (values[i])
            return STUDY_FAIL(r, key, "key '%s' is given a second time in %s", rows[i].name, what);
        values[i] = key->value;
        status = rl_study_expect(r, key->value, rows[i].kinds, rows[i].name);
        if (status != RL_OK)
            return status;
    }
    for (size_t i = 0; i < count; i++)
        if (rows[i].required && !values[i])
            return STUDY_FAIL(r, mapping, "%s lacks the key '%s'", what, rows[i].name);
    return RL_OK;
}

/* ---- Settings ---- */

rl_status rl_study_settings(const study_reader *r, const rl_yaml_node *mapping,
                            const rl_study_group *group, rl_config *config) {
    for (const rl_yaml_node *key = mapping->first; key; key = key->next) {
        const rl_option_row *row = rl_option_find(key->text);
        const char *reason = row ? rl_study_refusal(row->option.name) : NULL;
        if (reason)
            return STUDY_FAIL(r, key, "'%s' cannot be a setting: %s", row->option.name, reason);
        if (row && group && !group->named && rl_study_group_varies(group, row->option.name))
            return STUDY_FAIL(r, key,
                              "'%s' is what the group varies, so it cannot be a setting of it",
                              row->option.name);
    }
    return rl_config_take(config, r->name, mapping, r->error);
}

rl_status rl_study_overrides(const study_reader *r, rl_config *config) {
    for (const char *const *pair = r->overrides; pair && pair[0]; pair += 2) {
        const rl_option_row *row = rl_option_find(pair[0]);
        const char *reason = row ? rl_study_refusal(row->option.name) : NULL;
        if (reason)
            return rl_fail(r->error, RL_ERROR_ARGUMENT, "--%s: not for a study: %s",
                           row->option.name, reason);
    }
    return r->overrides ? rl_config_set_all(config, r->overrides, r->error) : RL_OK;
}
