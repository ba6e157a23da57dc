/* Reads study files. What a file may say stands in tables of keys; whatever is not in them, or does
 * not fit, is an error with its line, and nothing of the study is kept. Groups are read by
 * group.c. */
#include "study/design/file.h"

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "study/design/arms.h"
#include "study/design/claims.h"
#include "study/design/reader.h"

static rl_status take_groups(const study_reader *r, const rl_yaml_node *mapping) {
    r->study->groups = rl_alloc(RL_STUDY_MAX_GROUPS, sizeof *r->study->groups);
    if (!r->study->groups)
        return rl_fail_memory(r->error, "a study");
    rl_status status = RL_OK;
    for (const rl_yaml_node *key = mapping->first; key && status == RL_OK; key = key->next)
        status = rl_study_group_take(r, key);
    if (status == RL_OK && r->study->group_count == 0)
        status = STUDY_FAIL(r, mapping, "no groups, expected at least 1");
    return status;
}

enum {
    STUDY_NAME,
    STUDY_SETTINGS,
    STUDY_SEEDS,
    STUDY_GROUPS,
    STUDY_CLAIMS,
    STUDY_ORDER,
    STUDY_RUNS,
    STUDY_TUNING,
    STUDY_KEYS
};
static const study_key study_keys[STUDY_KEYS] = {
    [STUDY_NAME] = {"name", STUDY_TEXT, true},
    [STUDY_SETTINGS] = {"settings", STUDY_MAPPING, false},
    [STUDY_SEEDS] = {"seeds", STUDY_LIST | STUDY_MAPPING, true},
    [STUDY_GROUPS] = {"groups", STUDY_MAPPING, true},
    [STUDY_CLAIMS] = {"claims", STUDY_LIST, false},
    [STUDY_ORDER] = {"order", STUDY_TEXT, false},
    [STUDY_RUNS] = {"runs", STUDY_LIST, false},
    [STUDY_TUNING] = {"tuning", STUDY_MAPPING, false},
};

static rl_status take_claims(const study_reader *r, const rl_yaml_node *const *values) {
    size_t order = 0;
    if (!values[STUDY_CLAIMS] && values[STUDY_ORDER])
        return STUDY_FAIL(r, values[STUDY_ORDER], "'order' is that of claims, and there are none");
    if (!values[STUDY_CLAIMS] && r->study->looks)
        return STUDY_FAIL(r, values[STUDY_SEEDS], "looks judge claims, and there are none");
    rl_status status = values[STUDY_CLAIMS] ? rl_study_claims_take(r, values[STUDY_CLAIMS]) : RL_OK;
    if (status == RL_OK && values[STUDY_ORDER])
        status = rl_study_word(r, values[STUDY_ORDER], "order", rl_claim_order_names, &order);
    r->study->claims_in_order = order == 1;
    return status;
}

static rl_status take_study(const study_reader *r, const rl_yaml_node *root) {
    rl_study *study = r->study;
    const rl_yaml_node *values[STUDY_KEYS] = {0};
    rl_status status = rl_study_keys(r, root, study_keys, STUDY_KEYS, "a study", values);
    if (status != RL_OK)
        return status;
    if (!values[STUDY_NAME]->text[0])
        return STUDY_FAIL(r, values[STUDY_NAME], "the study's name is empty");
    study->name = rl_strdup(values[STUDY_NAME]->text);
    study->path = rl_strdup(r->name);
    study->settings = rl_config_create();
    if (!study->name || !study->path || !study->settings)
        return rl_fail_memory(r->error, "a study");
    if (values[STUDY_SETTINGS])
        status = rl_study_settings(r, values[STUDY_SETTINGS], NULL, study->settings);
    if (status == RL_OK)
        status = rl_study_overrides(r, study->settings);
    if (status == RL_OK)
        status = rl_study_seeds_take(r, values[STUDY_SEEDS]);
    if (status == RL_OK)
        status = take_groups(r, values[STUDY_GROUPS]);
    if (status == RL_OK)
        status = take_claims(r, values);
    if (status == RL_OK && values[STUDY_TUNING])
        status = rl_study_tuning_take(r, values[STUDY_TUNING]);
    if (status == RL_OK && values[STUDY_RUNS])
        status = rl_study_kept_take(r, values[STUDY_RUNS]);
    rl_error detail;
    if (status == RL_OK && rl_study_make_runs(study, &detail) != RL_OK)
        status = rl_study_fail_detail(r, root, &detail);
    return status;
}

rl_status rl_study_parse(rl_study **study, const char *name, const void *bytes, size_t size,
                         const char *const *overrides, rl_error *error) {
    *study = NULL;
    rl_yaml_node *root;
    rl_status status = rl_yaml_parse(&root, name, bytes, size, error);
    if (status != RL_OK)
        return status;
    const study_reader r = {.name = name,
                            .overrides = overrides,
                            .study = rl_alloc(1, sizeof *r.study),
                            .error = error};
    status = r.study ? take_study(&r, root) : rl_fail_memory(error, "a study");
    rl_yaml_free(root);
    if (status == RL_OK)
        *study = r.study;
    else
        rl_study_free(r.study);
    return status;
}

rl_status rl_study_open_with(rl_study **study, const char *path, const char *const *overrides,
                             rl_error *error) {
    *study = NULL;
    uint8_t *bytes;
    size_t size;
    rl_status status = rl_file_read(path, RL_YAML_MAX_BYTES, &bytes, &size, error);
    if (status != RL_OK)
        return status;
    status = rl_study_parse(study, path, bytes, size, overrides, error);
    rl_free(bytes);
    return status;
}

rl_status rl_study_open(rl_study **study, const char *path, rl_error *error) {
    return rl_study_open_with(study, path, NULL, error);
}
