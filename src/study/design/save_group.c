/* Writes a group as the file could have it. Its settings are told by the first arm: the arms of a
 * group have the same settings but for the factors and what a recipe sets, and the first is neither
 * a control nor changed by a budget. */
#include "study/design/save.h"

#include "run/options.h"
#include "run/recipe.h"
#include "study/design/arms.h"
#include "study/design/file.h"

#include <math.h>
#include <string.h>

static bool same_value(const rl_config *a, const rl_config *b, const char *option) {
    return strcmp(rl_config_get(a, option), rl_config_get(b, option)) == 0;
}

/* Marks the options in which an arm differs from what it would be without its group's settings: the
 * study's settings, with the arm's recipe over them where the group names one. */
static bool mark_settings(const rl_study *study, const rl_study_group *group,
                          const rl_study_arm *arm, bool given[RL_MAX_OPTIONS]) {
    size_t count;
    const rl_option_row *rows = rl_option_rows(&count);
    const char *recipe = arm->config->recipe;
    rl_config *without = rl_config_copy(study->settings);
    bool good = without;
    if (good && (rl_study_group_varies(group, RL_RECIPE_OPTION) ||
                 !same_value(without, arm->config, RL_RECIPE_OPTION))) {
        good = rl_config_set(without, RL_RECIPE_OPTION, recipe, NULL) == RL_OK;
        given[rl_option_find(RL_RECIPE_OPTION) - rows] = true;
    }
    for (size_t i = 0; i < count && good; i++)
        given[i] = given[i] || !same_value(without, arm->config, rows[i].option.name);
    rl_config_free(without);
    return good;
}

/* What the group sets beside its factor. Where that is the recipe, an option that happens to be as
 * the first arm's recipe has it may still be a setting: another arm shows it. */
static bool write_group_settings(rl_yaml_writer *writer, const rl_study *study,
                                 const rl_study_group *group) {
    size_t count;
    const rl_option_row *rows = rl_option_rows(&count);
    const size_t telling = rl_study_group_varies(group, RL_RECIPE_OPTION) ? group->arm_count : 1;
    bool given[RL_MAX_OPTIONS] = {false}, good = true;
    for (size_t i = 0; i < telling && good; i++)
        good = mark_settings(study, group, &group->arms[i], given);
    rl_yaml_mapping_begin(writer);
    for (size_t i = 0; i < count; i++) {
        const rl_option *option = &rows[i].option;
        if (given[i] && !rl_study_owns_option(option->name) &&
            !rl_study_group_varies(group, option->name))
            rl_config_write_option(group->arms[0].config, option, writer);
    }
    rl_yaml_mapping_end(writer);
    return good;
}

static void write_levels(rl_yaml_writer *writer, const rl_study_group *group) {
    rl_yaml_mapping_begin(writer);
    for (size_t f = 0; f < group->factor_count; f++) {
        rl_yaml_word(writer, group->factors[f].option);
        rl_yaml_list_begin(writer);
        for (size_t i = 0; i < group->factors[f].level_count; i++)
            rl_yaml_text(writer, group->factors[f].levels[i].name);
        rl_yaml_list_end(writer);
    }
    rl_yaml_mapping_end(writer);
}

/* Each with all that any of them sets. */
static void write_named_arms(rl_yaml_writer *writer, const rl_study_group *group) {
    rl_yaml_mapping_begin(writer);
    for (size_t i = 0; i < group->arm_count; i++) {
        const rl_study_arm *arm = &group->arms[i];
        if (arm->control)
            continue;
        rl_yaml_text(writer, arm->name);
        rl_yaml_mapping_begin(writer);
        for (size_t f = 0; f < group->factor_count; f++)
            rl_study_write_text(writer, group->factors[f].option,
                                rl_config_get(arm->config, group->factors[f].option));
        rl_yaml_mapping_end(writer);
    }
    rl_yaml_mapping_end(writer);
}

/* Is there an earlier level of that name, of another factor? It has the same label. */
static bool is_repeated(const rl_study_group *group, size_t factor, const char *name) {
    for (size_t f = 0; f < factor; f++)
        for (size_t i = 0; i < group->factors[f].level_count; i++)
            if (strcmp(group->factors[f].levels[i].name, name) == 0)
                return true;
    return false;
}

/* Labels that are not the names. */
static void write_labels(rl_yaml_writer *writer, const rl_study_group *group, bool chinese) {
    rl_yaml_word(writer, chinese ? "labels_zh" : "labels");
    rl_yaml_mapping_begin(writer);
    for (size_t i = 0; group->named && i < group->arm_count; i++) {
        const rl_study_arm *arm = &group->arms[i];
        const char *label = chinese ? arm->label_zh : arm->label;
        if (strcmp(label, chinese ? arm->label : arm->name) != 0)
            rl_study_write_text(writer, arm->name, label);
    }
    for (size_t f = 0; f < group->factor_count; f++)
        for (size_t i = 0; i < group->factors[f].level_count; i++) {
            const rl_study_level *level = &group->factors[f].levels[i];
            const char *label = chinese ? level->label_zh : level->label;
            if (strcmp(label, chinese ? level->label : level->name) != 0 &&
                !is_repeated(group, f, level->name))
                rl_study_write_text(writer, level->name, label);
        }
    rl_yaml_mapping_end(writer);
}

static bool has_controls(const rl_study_group *group) {
    return group->arms[group->arm_count - 1].control;
}

bool rl_study_write_group(rl_yaml_writer *writer, const rl_study *study,
                          const rl_study_group *group) {
    rl_yaml_text(writer, group->name);
    rl_yaml_mapping_begin(writer);
    rl_study_write_text(writer, "title", group->title);
    rl_study_write_text(writer, "title_zh", group->title_zh);
    rl_yaml_word(writer, group->named ? "arms" : "vary");
    (group->named ? write_named_arms : write_levels)(writer, group);
    write_labels(writer, group, false);
    write_labels(writer, group, true);
    rl_yaml_word(writer, "settings");
    const bool good = write_group_settings(writer, study, group);
    rl_yaml_word(writer, "figure");
    rl_yaml_word(writer, rl_figure_names[group->figure]);
    rl_yaml_word(writer, "budget");
    rl_yaml_word(writer, rl_budget_names[group->budget]);
    rl_yaml_word(writer, "width_control");
    rl_yaml_word(writer, has_controls(group) ? "true" : "false");
    if (!isnan(group->target))
        rl_study_write_number(writer, "target", 100 * group->target);
    rl_yaml_mapping_end(writer);
    return good;
}
