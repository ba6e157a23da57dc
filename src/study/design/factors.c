/* From what a group of a study file varies to its arms: the levels of one option, a grid over the
 * levels of several, or named arms of several options each. All three are assignments to options
 * over the group's settings. */
#include "base/buffer.h"
#include "base/error.h"
#include "base/memory.h"
#include "run/options.h"
#include "run/recipe.h"
#include "study/design/arms.h"
#include "study/design/reader.h"

#include <string.h>

/* What an arm sets, beside its group's settings. */
typedef struct {
    const char *option;
    const rl_yaml_node *value;
} assignment;

bool rl_study_group_varies(const rl_study_group *group, const char *option) {
    for (size_t i = 0; i < group->factor_count; i++)
        if (strcmp(group->factors[i].option, option) == 0)
            return true;
    return false;
}

static rl_status check_no_override(const study_reader *r, const rl_study_group *group) {
    for (const char *const *pair = r->overrides; pair && pair[0]; pair += 2) {
        const rl_option_row *row = rl_option_find(pair[0]);
        if (row && rl_study_group_varies(group, row->option.name))
            return rl_fail(r->error, RL_ERROR_ARGUMENT,
                           "--%s: this is what group '%s' of %s varies, so it cannot be overridden",
                           row->option.name, group->name, r->name);
    }
    return RL_OK;
}

/* Adds the option that a key names to the factors, unless it is one. */
static rl_status add_factor(const study_reader *r, rl_study_group *group, const rl_yaml_node *key,
                            const char **option) {
    rl_error detail;
    const rl_option_row *row = rl_option_find(key->text);
    if (!row) {
        rl_option_unknown(key->text, &detail);
        return STUDY_FAIL(r, key, "%s", detail.message);
    }
    *option = row->option.name;
    const char *reason = rl_study_refusal(*option);
    if (reason)
        return STUDY_FAIL(r, key, "'%s' cannot vary: %s", *option, reason);
    if (rl_study_group_varies(group, *option))
        return RL_OK;
    rl_study_factor *factor = &group->factors[group->factor_count++];
    factor->option = rl_strdup(*option);
    return factor->option ? RL_OK : rl_fail_memory(r->error, "a study");
}

/* The factors' options in one text, and that no override has them. */
static rl_status end_factors(const study_reader *r, rl_study_group *group) {
    rl_buffer text = {0};
    for (size_t i = 0; i < group->factor_count; i++)
        rl_buffer_print(&text, "%s%s", i ? ", " : "", group->factors[i].option);
    if (text.failed) {
        rl_buffer_clear(&text);
        return rl_fail_memory(r->error, "a study");
    }
    group->factor = text.text;
    return check_no_override(r, group);
}

/* ---- An arm ---- */

static rl_status assign(const study_reader *r, const assignment *made, bool recipe,
                        rl_config *config) {
    rl_error detail;
    if ((strcmp(made->option, RL_RECIPE_OPTION) == 0) != recipe ||
        rl_config_set(config, made->option, made->value->text, &detail) == RL_OK)
        return RL_OK;
    return rl_study_fail_detail(r, made->value, &detail);
}

/* From the study's settings, which `config` has, to those of an arm. A recipe is what the group's
 * settings build upon; any other assignment has the last word. */
static rl_status configure(const study_reader *r, const rl_study_group *group,
                           const rl_yaml_node *settings, const assignment *made, size_t count,
                           rl_config *config) {
    rl_status status = RL_OK;
    for (size_t i = 0; i < count && status == RL_OK; i++)
        status = assign(r, &made[i], true, config);
    if (status == RL_OK && settings)
        status = rl_study_settings(r, settings, group, config);
    if (status == RL_OK)
        status = rl_study_overrides(r, config);
    for (size_t i = 0; i < count && status == RL_OK; i++)
        status = assign(r, &made[i], false, config);
    return status;
}

static rl_status add_arm(const study_reader *r, rl_study_group *group, const rl_yaml_node *settings,
                         const assignment *made, size_t count, const char *name,
                         const rl_yaml_node *node) {
    rl_study_arm *arm = &group->arms[group->arm_count++];
    arm->config = rl_config_copy(r->study->settings);
    if (!arm->config || !rl_study_name_arm(arm, name))
        return rl_fail_memory(r->error, "a study");
    const rl_status status = configure(r, group, settings, made, count, arm->config);
    if (status != RL_OK)
        return status;
    for (size_t i = 0; i + 1 < group->arm_count; i++)
        if (rl_study_same_settings(group->arms[i].config, arm->config, true))
            return group->named
                       ? STUDY_FAIL(r, node, "arm '%.100s' has the settings of arm '%.100s'", name,
                                    group->arms[i].name)
                       : STUDY_FAIL(r, node, "level '%.100s' of '%s' is listed twice", name,
                                    group->factor);
    return RL_OK;
}

static rl_status make_room(const study_reader *r, rl_study_group *group) {
    group->arms = rl_alloc(RL_STUDY_MAX_ARMS, sizeof *group->arms);
    group->factors = rl_alloc(RL_MAX_OPTIONS, sizeof *group->factors);
    return group->arms && group->factors ? RL_OK : rl_fail_memory(r->error, "a study");
}

/* ---- Levels, and grids of them ---- */

static rl_status take_levels(const study_reader *r, rl_study_factor *factor,
                             const rl_yaml_node *list) {
    rl_status status = rl_study_expect(r, list, STUDY_LIST, factor->option);
    factor->levels = rl_alloc(RL_STUDY_MAX_LEVELS, sizeof *factor->levels);
    if (status == RL_OK && !factor->levels)
        return rl_fail_memory(r->error, "a study");
    for (const rl_yaml_node *level = list->first; level && status == RL_OK; level = level->next) {
        if (level->kind != RL_YAML_TEXT || !level->text[0])
            return STUDY_FAIL(r, level, "a level of '%s' is %s, expected a value", factor->option,
                              level->text ? "empty" : rl_study_kind_name(level->kind));
        if (factor->level_count == RL_STUDY_MAX_LEVELS)
            return STUDY_FAIL(r, level, "more than %d levels of '%s'", RL_STUDY_MAX_LEVELS,
                              factor->option);
        rl_study_level *taken = &factor->levels[factor->level_count++];
        if (!rl_study_name_level(taken, level->text))
            status = rl_fail_memory(r->error, "a study");
    }
    if (status == RL_OK && factor->level_count < 2)
        status = STUDY_FAIL(r, list, "'%s' has %zu level%s, expected at least 2", factor->option,
                            factor->level_count, factor->level_count == 1 ? "" : "s");
    return status;
}

/* Arm `index` of the grid: the last factor's levels run fastest. */
static rl_status add_cell(const study_reader *r, rl_study_group *group,
                          const rl_yaml_node *settings, const rl_yaml_node *vary, size_t index) {
    assignment made[RL_MAX_OPTIONS];
    size_t rest = index, cells = 1, f = 0;
    for (size_t i = 0; i < group->factor_count; i++)
        cells *= group->factors[i].level_count;
    rl_buffer name = {0};
    for (const rl_yaml_node *key = vary->first; key; key = key->next, f++) {
        const rl_study_factor *factor = &group->factors[f];
        cells /= factor->level_count;
        const rl_yaml_node *level = key->value->first;
        for (size_t skip = rest / cells; skip > 0; skip--)
            level = level->next;
        rest %= cells;
        made[f] = (assignment){factor->option, level};
        rl_buffer_print(&name, "%s%s", f ? ", " : "", level->text);
    }
    const rl_status status = name.failed ? rl_fail_memory(r->error, "a study")
                                         : add_arm(r, group, settings, made, group->factor_count,
                                                   name.text, made[f - 1].value);
    rl_buffer_clear(&name);
    return status;
}

static rl_status take_vary(const study_reader *r, rl_study_group *group,
                           const rl_yaml_node *settings, const rl_yaml_node *vary) {
    rl_status status = vary->first ? RL_OK
                                   : STUDY_FAIL(r, vary,
                                                "'vary' names no option, expected one at least: "
                                                "{option: [level, level]}");
    const char *option;
    for (const rl_yaml_node *key = vary->first; key && status == RL_OK; key = key->next) {
        const size_t count = group->factor_count;
        status = add_factor(r, group, key, &option);
        if (status == RL_OK && group->factor_count == count)
            status = STUDY_FAIL(r, key, "'%s' is varied twice", option);
    }
    if (status == RL_OK)
        status = end_factors(r, group);
    size_t f = 0, cells = 1;
    for (const rl_yaml_node *key = vary->first; key && status == RL_OK; key = key->next, f++) {
        status = take_levels(r, &group->factors[f], key->value);
        cells *= group->factors[f].level_count;
        if (status == RL_OK && cells > RL_STUDY_MAX_LEVELS)
            status = STUDY_FAIL(r, vary, "the levels of '%s' make more than %d arms", group->factor,
                                RL_STUDY_MAX_LEVELS);
    }
    for (size_t i = 0; i < cells && status == RL_OK; i++)
        status = add_cell(r, group, settings, vary, i);
    return status;
}

/* ---- Named arms ---- */

static rl_status take_named_arm(const study_reader *r, rl_study_group *group,
                                const rl_yaml_node *settings, const rl_yaml_node *key) {
    assignment made[RL_MAX_OPTIONS];
    size_t count = 0;
    if (!key->text[0])
        return STUDY_FAIL(r, key, "an arm without a name");
    for (size_t i = 0; i < group->arm_count; i++)
        if (strcmp(group->arms[i].name, key->text) == 0)
            return STUDY_FAIL(r, key, "arm '%.100s' is given a second time", key->text);
    if (group->arm_count == RL_STUDY_MAX_LEVELS)
        return STUDY_FAIL(r, key, "more than %d arms", RL_STUDY_MAX_LEVELS);
    for (const rl_yaml_node *option = key->value->first; option; option = option->next) {
        const char *name = rl_option_find(option->text)->option.name;
        for (size_t i = 0; i < count; i++)
            if (strcmp(made[i].option, name) == 0)
                return STUDY_FAIL(r, option, "'%s' is set a second time", name);
        if (option->value->kind != RL_YAML_TEXT || !option->value->text[0])
            return STUDY_FAIL(
                r, option, "'%s' of arm '%.100s' is %s, expected a value", name, key->text,
                option->value->text ? "empty" : rl_study_kind_name(option->value->kind));
        made[count++] = (assignment){name, option->value};
    }
    return add_arm(r, group, settings, made, count, key->text, key);
}

static rl_status take_named(const study_reader *r, rl_study_group *group,
                            const rl_yaml_node *settings, const rl_yaml_node *arms) {
    rl_status status = RL_OK;
    const char *option;
    group->named = true;
    for (const rl_yaml_node *key = arms->first; key && status == RL_OK; key = key->next) {
        status = rl_study_expect(r, key->value, STUDY_MAPPING, "an arm");
        for (const rl_yaml_node *o = key->value->first; o && status == RL_OK; o = o->next)
            status = add_factor(r, group, o, &option);
    }
    if (status == RL_OK && group->factor_count == 0)
        status = STUDY_FAIL(r, arms, "the arms set no option, expected {name: {option: value}}");
    if (status == RL_OK)
        status = end_factors(r, group);
    for (const rl_yaml_node *key = arms->first; key && status == RL_OK; key = key->next)
        status = take_named_arm(r, group, settings, key);
    if (status == RL_OK && group->arm_count < 2)
        status = STUDY_FAIL(r, arms, "there is 1 arm, expected at least 2");
    return status;
}

rl_status rl_study_factors_take(const study_reader *r, rl_study_group *group,
                                const rl_yaml_node *settings, const rl_yaml_node *vary,
                                const rl_yaml_node *arms) {
    const rl_status status = make_room(r, group);
    if (status != RL_OK)
        return status;
    return vary ? take_vary(r, group, settings, vary) : take_named(r, group, settings, arms);
}
