/* A group of a study file: its keys, and what its arms have in common. */
#include "base/error.h"
#include "base/memory.h"
#include "base/text.h"
#include "study/design/arms.h"
#include "study/design/file.h"
#include "study/design/reader.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

const char *const rl_figure_names[] = {"train_loss", "test_accuracy", "training_record", NULL};
const char *const rl_budget_names[] = {"epochs", "arithmetic", "time", NULL};

enum {
    GROUP_VARY,
    GROUP_SETTINGS,
    GROUP_FIGURE,
    GROUP_BUDGET,
    GROUP_WIDTH_CONTROL,
    GROUP_TARGET,
    GROUP_ARMS,
    GROUP_TITLE,
    GROUP_TITLE_ZH,
    GROUP_LABELS,
    GROUP_LABELS_ZH,
    GROUP_KEYS
};
static const study_key group_keys[GROUP_KEYS] = {
    [GROUP_VARY] = {"vary", STUDY_MAPPING, false},
    [GROUP_SETTINGS] = {"settings", STUDY_MAPPING, false},
    [GROUP_FIGURE] = {"figure", STUDY_TEXT, false},
    [GROUP_BUDGET] = {"budget", STUDY_TEXT, false},
    [GROUP_WIDTH_CONTROL] = {"width_control", STUDY_TEXT, false},
    [GROUP_TARGET] = {"target", STUDY_TEXT, false},
    [GROUP_ARMS] = {"arms", STUDY_MAPPING, false},
    [GROUP_TITLE] = {"title", STUDY_TEXT, false},
    [GROUP_TITLE_ZH] = {"title_zh", STUDY_TEXT, false},
    [GROUP_LABELS] = {"labels", STUDY_MAPPING, false},
    [GROUP_LABELS_ZH] = {"labels_zh", STUDY_MAPPING, false},
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

/* What the arms are, and how all of it is called. */
static rl_status take_arms(const study_reader *r, const rl_yaml_node *node, const char *what,
                           const rl_yaml_node *const *values, rl_study_group *group) {
    if (!values[GROUP_VARY] == !values[GROUP_ARMS])
        return values[GROUP_VARY]
                   ? STUDY_FAIL(r, node, "%s has both 'vary' and 'arms', expected one", what)
                   : STUDY_FAIL(r, node, "%s lacks the key 'vary', or 'arms'", what);
    rl_status status = rl_study_factors_take(r, group, values[GROUP_SETTINGS], values[GROUP_VARY],
                                             values[GROUP_ARMS]);
    if (status == RL_OK)
        status = rl_study_labels_take(r, group, values[GROUP_LABELS], values[GROUP_LABELS_ZH]);
    return status == RL_OK
               ? rl_study_title_take(r, group, values[GROUP_TITLE], values[GROUP_TITLE_ZH])
               : status;
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
        status = take_arms(r, key->value, what, values, group);
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
