/* How reports name what a study file names: labels of levels and arms, in English and Chinese. An
 * arm of a grid is labelled by its levels. */
#include "base/buffer.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/text.h"
#include "study/design/arms.h"
#include "study/design/reader.h"

#include <string.h>

static bool replace(char **text, const char *by) {
    rl_free(*text);
    *text = rl_strdup(by);
    return *text;
}

bool rl_study_name_level(rl_study_level *level, const char *name) {
    level->name = rl_strdup(name);
    level->label = rl_strdup(name);
    level->label_zh = rl_strdup(name);
    return level->name && level->label && level->label_zh;
}

bool rl_study_name_arm(rl_study_arm *arm, const char *name) {
    arm->name = rl_strdup(name);
    arm->label = rl_strdup(name);
    arm->label_zh = rl_strdup(name);
    return arm->name && arm->label && arm->label_zh;
}

/* Calls what is named so by a label: in both languages, or in Chinese only. */
static bool label_text(const char *name, char **label, char **label_zh, const rl_yaml_node *key,
                       bool chinese, bool *found) {
    if (strcmp(name, key->text) != 0)
        return true;
    *found = true;
    return replace(label_zh, key->value->text) && (chinese || replace(label, key->value->text));
}

static rl_status label(const study_reader *r, rl_study_group *group, const rl_yaml_node *all,
                       const rl_yaml_node *key, bool chinese) {
    const char *names[RL_STUDY_MAX_ARMS] = {NULL};
    size_t count = 0;
    bool found = false, good = true;
    if (key->value->kind != RL_YAML_TEXT || !key->value->text[0])
        return STUDY_FAIL(r, key, "the label of '%.100s' is %s, expected words", key->text,
                          key->value->text ? "empty" : rl_study_kind_name(key->value->kind));
    for (const rl_yaml_node *other = all->first; other != key; other = other->next)
        if (strcmp(other->text, key->text) == 0)
            return STUDY_FAIL(r, key, "a second label for '%.100s'", key->text);
    if (group->named)
        for (size_t a = 0; a < group->arm_count; a++) {
            rl_study_arm *arm = &group->arms[a];
            names[count++] = arm->name;
            good = good && label_text(arm->name, &arm->label, &arm->label_zh, key, chinese, &found);
        }
    else
        for (size_t f = 0; f < group->factor_count; f++)
            for (size_t i = 0; i < group->factors[f].level_count; i++) {
                rl_study_level *level = &group->factors[f].levels[i];
                if (count < RL_STUDY_MAX_ARMS)
                    names[count++] = level->name;
                good = good && label_text(level->name, &level->label, &level->label_zh, key,
                                          chinese, &found);
            }
    if (!good)
        return rl_fail_memory(r->error, "a study");
    char valid[256];
    rl_text_list(valid, sizeof valid, names, count);
    return found
               ? RL_OK
               : STUDY_FAIL(r, key, "a label for '%.100s', expected one for %s", key->text, valid);
}

/* An arm of a grid, by its levels. */
static bool join_levels(char **text, const rl_study_group *group, size_t arm, bool chinese) {
    rl_buffer joined = {0};
    size_t cells = 1, rest = arm;
    for (size_t f = 0; f < group->factor_count; f++)
        cells *= group->factors[f].level_count;
    for (size_t f = 0; f < group->factor_count; f++) {
        cells /= group->factors[f].level_count;
        const rl_study_level *level = &group->factors[f].levels[rest / cells];
        rest %= cells;
        rl_buffer_print(&joined, "%s%s", f ? ", " : "", chinese ? level->label_zh : level->label);
    }
    if (joined.failed) {
        rl_buffer_clear(&joined);
        return false;
    }
    rl_free(*text);
    *text = joined.text;
    return true;
}

rl_status rl_study_labels_take(const study_reader *r, rl_study_group *group,
                               const rl_yaml_node *labels, const rl_yaml_node *labels_zh) {
    rl_status status = RL_OK;
    const rl_yaml_node *const given[] = {labels, labels_zh};
    for (size_t i = 0; i < 2; i++)
        for (const rl_yaml_node *key = given[i] ? given[i]->first : NULL; key && status == RL_OK;
             key = key->next)
            status = label(r, group, given[i], key, i == 1);
    for (size_t a = 0; a < group->arm_count && status == RL_OK && !group->named; a++)
        if (!join_levels(&group->arms[a].label, group, a, false) ||
            !join_levels(&group->arms[a].label_zh, group, a, true))
            status = rl_fail_memory(r->error, "a study");
    return status;
}

static rl_status set_title(const study_reader *r, const rl_yaml_node *node, char **title) {
    if (node && !node->text[0])
        return STUDY_FAIL(r, node, "the title is empty");
    return !node || replace(title, node->text) ? RL_OK : rl_fail_memory(r->error, "a study");
}

rl_status rl_study_title_take(const study_reader *r, rl_study_group *group,
                              const rl_yaml_node *title, const rl_yaml_node *title_zh) {
    if (!replace(&group->title, group->name) || !replace(&group->title_zh, group->name))
        return rl_fail_memory(r->error, "a study");
    rl_status status = set_title(r, title, &group->title);
    if (status == RL_OK)
        status = set_title(r, title, &group->title_zh);
    return status == RL_OK ? set_title(r, title_zh, &group->title_zh) : status;
}
