/* A group of a study file: its factor, levels and settings. */
#include "base/error.h"
#include "base/memory.h"
#include "base/text.h"
#include "run/options.h"
#include "run/recipe.h"
#include "study/design/arms.h"
#include "study/design/file.h"
#include "study/design/reader.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

const char *const rl_figure_names[] = {"train_loss", "test_accuracy", "training_record", NULL};
const char *const rl_budget_names[] = {"epochs", "arithmetic", "time", NULL};

static rl_status check_no_override(const study_reader *r, const rl_study_group *group) {
    for (const char *const *pair = r->overrides; pair && pair[0]; pair += 2) {
        const rl_option_row *row = rl_option_find(pair[0]);
        if (row && strcmp(row->option.name, group->factor) == 0)
            return rl_fail(r->error, RL_ERROR_ARGUMENT,
                           "--%s: this is what group '%s' of %s varies, so it cannot be overridden",
                           group->factor, group->name, r->name);
    }
    return RL_OK;
}

static rl_status set_level(const study_reader *r, const rl_study_group *group,
                           const rl_yaml_node *level, rl_config *config) {
    rl_error detail;
    return rl_config_set(config, group->factor, level->text, &detail) == RL_OK
               ? RL_OK
               : rl_study_fail_detail(r, level, &detail);
}

/* From the study's settings, which `config` has, to those of an arm. A recipe is what the group's
 * settings build upon; any other level has the last word. */
static rl_status configure(const study_reader *r, const rl_study_group *group,
                           const rl_yaml_node *settings, const rl_yaml_node *level,
                           rl_config *config) {
    const bool level_first = strcmp(group->factor, RL_RECIPE_OPTION) == 0;
    rl_status status = level_first ? set_level(r, group, level, config) : RL_OK;
    if (status == RL_OK && settings)
        status = rl_study_settings(r, settings, group->factor, config);
    if (status == RL_OK)
        status = rl_study_overrides(r, config);
    return status == RL_OK && !level_first ? set_level(r, group, level, config) : status;
}

static rl_status take_level(const study_reader *r, rl_study_group *group,
                            const rl_yaml_node *settings, const rl_yaml_node *level) {
    if (level->kind != RL_YAML_TEXT || !level->text[0])
        return STUDY_FAIL(r, level, "a level of '%s' is %s, expected a value", group->factor,
                          level->text ? "empty" : rl_study_kind_name(level->kind));
    if (group->arm_count == RL_STUDY_MAX_LEVELS)
        return STUDY_FAIL(r, level, "more than %d levels of '%s'", RL_STUDY_MAX_LEVELS,
                          group->factor);
    rl_study_arm *arm = &group->arms[group->arm_count++];
    arm->config = rl_config_copy(r->study->settings);
    if (!arm->config || !rl_study_name_arm(arm, level->text))
        return rl_fail_memory(r->error, "a study");
    const rl_status status = configure(r, group, settings, level, arm->config);
    if (status != RL_OK)
        return status;
    for (size_t i = 0; i + 1 < group->arm_count; i++)
        if (rl_study_same_settings(group->arms[i].config, arm->config, true))
            return STUDY_FAIL(r, level, "level '%.100s' of '%s' is listed twice", level->text,
                              group->factor);
    return RL_OK;
}

/* The factor is known before the settings, which may not name it. */
static rl_status take_factor(const study_reader *r, rl_study_group *group,
                             const rl_yaml_node *vary) {
    const rl_yaml_node *key = vary->first;
    if (!key || key->next)
        return STUDY_FAIL(r, vary,
                          "'vary' names %s, expected exactly one: {option: [level, level]}",
                          key ? "several options" : "no option");
    rl_error detail;
    const rl_option_row *row = rl_option_find(key->text);
    if (!row) {
        rl_option_unknown(key->text, &detail);
        return STUDY_FAIL(r, key, "%s", detail.message);
    }
    const char *reason = rl_study_refusal(row->option.name);
    if (reason)
        return STUDY_FAIL(r, key, "'%s' cannot vary: %s", row->option.name, reason);
    group->factor = rl_strdup(row->option.name);
    if (!group->factor)
        return rl_fail_memory(r->error, "a study");
    const rl_status status = rl_study_expect(r, key->value, STUDY_LIST, group->factor);
    return status == RL_OK ? check_no_override(r, group) : status;
}

static rl_status take_levels(const study_reader *r, rl_study_group *group,
                             const rl_yaml_node *settings, const rl_yaml_node *levels) {
    group->arms =
        rl_alloc((size_t)2 * RL_STUDY_MAX_LEVELS, sizeof *group->arms); /* each, and a control */
    rl_status status = group->arms ? RL_OK : rl_fail_memory(r->error, "a study");
    for (const rl_yaml_node *level = levels->first; level && status == RL_OK; level = level->next)
        status = take_level(r, group, settings, level);
    if (status == RL_OK && group->arm_count < 2)
        status = STUDY_FAIL(r, levels, "'%s' has %zu level%s, expected at least 2", group->factor,
                            group->arm_count, group->arm_count == 1 ? "" : "s");
    return status;
}

static rl_status take_arms(const study_reader *r, rl_study_group *group,
                           const rl_yaml_node *settings, const rl_yaml_node *vary) {
    const rl_status status = take_factor(r, group, vary);
    return status == RL_OK ? take_levels(r, group, settings, vary->first->value) : status;
}

enum {
    GROUP_VARY,
    GROUP_SETTINGS,
    GROUP_FIGURE,
    GROUP_BUDGET,
    GROUP_WIDTH_CONTROL,
    GROUP_TARGET,
    GROUP_KEYS
};
static const study_key group_keys[GROUP_KEYS] = {
    [GROUP_VARY] = {"vary", STUDY_MAPPING, true},
    [GROUP_SETTINGS] = {"settings", STUDY_MAPPING, false},
    [GROUP_FIGURE] = {"figure", STUDY_TEXT, false},
    [GROUP_BUDGET] = {"budget", STUDY_TEXT, false},
    [GROUP_WIDTH_CONTROL] = {"width_control", STUDY_TEXT, false},
    [GROUP_TARGET] = {"target", STUDY_TEXT, false},
};

/* In percent in the file, as accuracies are shown. */
static rl_status take_target(const study_reader *r, const rl_yaml_node *node,
                             rl_study_group *group) {
    double percent = NAN;
    if (node && (!rl_text_to_double(node->text, &percent) || percent <= 0 || percent > 100))
        return STUDY_FAIL(r, node, "target is '%.100s', expected a test accuracy in percent",
                          node->text);
    group->target = percent / 100;
    return RL_OK;
}

rl_status rl_study_group_take(const study_reader *r, const rl_yaml_node *key) {
    const rl_yaml_node *values[GROUP_KEYS] = {0};
    if (!key->text[0])
        return STUDY_FAIL(r, key, "a group without a name");
    for (size_t i = 0; i < r->study->group_count; i++)
        if (strcmp(r->study->groups[i].name, key->text) == 0)
            return STUDY_FAIL(r, key, "group '%.100s' is given a second time", key->text);
    if (r->study->group_count == RL_STUDY_MAX_GROUPS)
        return STUDY_FAIL(r, key, "more than %d groups", RL_STUDY_MAX_GROUPS);
    rl_study_group *group = &r->study->groups[r->study->group_count++];
    group->name = rl_strdup(key->text);
    if (!group->name)
        return rl_fail_memory(r->error, "a study");

    char what[128];
    snprintf(what, sizeof what, "group '%.100s'", key->text);
    size_t figure = RL_FIGURE_TEST_ACCURACY, budget = RL_BUDGET_EPOCHS;
    bool control = false;
    rl_status status = rl_study_keys(r, key->value, group_keys, GROUP_KEYS, what, values);
    if (status == RL_OK && values[GROUP_FIGURE])
        status = rl_study_word(r, values[GROUP_FIGURE], "figure", rl_figure_names, &figure);
    if (status == RL_OK && values[GROUP_BUDGET])
        status = rl_study_word(r, values[GROUP_BUDGET], "budget", rl_budget_names, &budget);
    const rl_yaml_node *switch_node = values[GROUP_WIDTH_CONTROL];
    if (status == RL_OK && switch_node && !rl_text_to_bool(switch_node->text, &control))
        status = STUDY_FAIL(r, switch_node, "width_control is '%.100s', expected true or false",
                            switch_node->text);
    if (status == RL_OK)
        status = take_target(r, values[GROUP_TARGET], group);
    if (status == RL_OK)
        status = take_arms(r, group, values[GROUP_SETTINGS], values[GROUP_VARY]);
    if (status != RL_OK)
        return status;
    group->figure = (rl_figure_kind)figure;
    group->budget = (rl_budget_kind)budget;
    rl_error detail;
    if (rl_study_complete_group(group, control, &detail) == RL_OK)
        return RL_OK;
    if (detail.code == RL_ERROR_MEMORY)
        return rl_fail_memory(r->error, "a study");
    return STUDY_FAIL(r, key, "%s: %s", what, detail.message);
}
