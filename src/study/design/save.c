/* Writes a study as the file it could have come from. Group settings are told by the first arm: the
 * arms of a group have the same settings but for the factor and what a recipe sets, and the first
 * is neither a control nor changed by a budget. */
#include "study/design/save.h"

#include "base/file.h"
#include "base/text.h"
#include "run/options.h"
#include "run/recipe.h"
#include "study/design/arms.h"
#include "study/design/claims.h"
#include "study/design/file.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void write_shared(rl_yaml_writer *writer, const rl_config *settings) {
    size_t count;
    const rl_option_row *rows = rl_option_rows(&count);
    rl_yaml_mapping_begin(writer);
    for (size_t i = 0; i < count; i++)
        if (!rl_study_owns_option(rows[i].option.name))
            rl_config_write_option(settings, &rows[i].option, writer);
    rl_yaml_mapping_end(writer);
}

static void write_seeds(rl_yaml_writer *writer, const rl_study *study) {
    rl_yaml_list_begin(writer);
    for (size_t i = 0; i < study->seed_count; i++) {
        char text[32];
        snprintf(text, sizeof text, "%" PRIu64, study->seeds[i]);
        rl_yaml_word(writer, text);
    }
    rl_yaml_list_end(writer);
}

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
    if (good && (strcmp(group->factor, RL_RECIPE_OPTION) == 0 ||
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
    const size_t telling = strcmp(group->factor, RL_RECIPE_OPTION) == 0 ? group->arm_count : 1;
    bool given[RL_MAX_OPTIONS] = {false}, good = true;
    for (size_t i = 0; i < telling && good; i++)
        good = mark_settings(study, group, &group->arms[i], given);
    rl_yaml_mapping_begin(writer);
    for (size_t i = 0; i < count; i++) {
        const rl_option *option = &rows[i].option;
        if (given[i] && !rl_study_owns_option(option->name) &&
            strcmp(option->name, group->factor) != 0)
            rl_config_write_option(group->arms[0].config, option, writer);
    }
    rl_yaml_mapping_end(writer);
    return good;
}

/* Fifteen digits: what a person wrote, after the way from percent to a share and back. */
static void write_number(rl_yaml_writer *writer, const char *key, double value) {
    char text[40];
    snprintf(text, sizeof text, "%.15g", value);
    value = strtod(text, NULL);
    rl_yaml_word(writer, key);
    rl_yaml_word(writer, rl_text_from_double(text, sizeof text, value));
}

/* Writes the levels; returns whether there are controls behind them. */
static bool write_levels(rl_yaml_writer *writer, const rl_study_group *group) {
    bool controls = false;
    rl_yaml_mapping_begin(writer);
    rl_yaml_word(writer, group->factor);
    rl_yaml_list_begin(writer);
    for (size_t i = 0; i < group->arm_count; i++) {
        controls = controls || group->arms[i].control;
        if (!group->arms[i].control)
            rl_yaml_text(writer, group->arms[i].name);
    }
    rl_yaml_list_end(writer);
    rl_yaml_mapping_end(writer);
    return controls;
}

static bool write_group(rl_yaml_writer *writer, const rl_study *study,
                        const rl_study_group *group) {
    rl_yaml_text(writer, group->name);
    rl_yaml_mapping_begin(writer);
    rl_yaml_word(writer, "vary");
    const bool controls = write_levels(writer, group);
    rl_yaml_word(writer, "settings");
    const bool good = write_group_settings(writer, study, group);
    rl_yaml_word(writer, "figure");
    rl_yaml_word(writer, rl_figure_names[group->figure]);
    rl_yaml_word(writer, "budget");
    rl_yaml_word(writer, rl_budget_names[group->budget]);
    rl_yaml_word(writer, "width_control");
    rl_yaml_word(writer, controls ? "true" : "false");
    if (!isnan(group->target))
        write_number(writer, "target", 100 * group->target);
    rl_yaml_mapping_end(writer);
    return good;
}

static void write_optional(rl_yaml_writer *writer, const char *key, const char *text) {
    if (!text)
        return;
    rl_yaml_word(writer, key);
    rl_yaml_text(writer, text);
}

static void write_claim(rl_yaml_writer *writer, const rl_study *study,
                        const rl_study_claim *claim) {
    const rl_study_group *group = &study->groups[claim->group];
    rl_yaml_mapping_begin(writer);
    write_optional(writer, "name", claim->name);
    write_optional(writer, "text", claim->text);
    write_optional(writer, "text_zh", claim->text_zh);
    write_optional(writer, "group", group->name);
    rl_yaml_word(writer, rl_study_claim_key(claim->kind, RL_CLAIM_KEY_SUBJECT));
    rl_yaml_list_begin(writer);
    for (size_t i = 0; i < claim->arm_count; i++)
        rl_yaml_text(writer, group->arms[claim->arms[i]].name);
    rl_yaml_list_end(writer);
    write_optional(writer, rl_study_claim_key(claim->kind, RL_CLAIM_KEY_OTHER),
                   group->arms[claim->other].name);
    write_number(writer, rl_study_claim_key(claim->kind, RL_CLAIM_KEY_MARGIN),
                 claim->margin * rl_study_margin_scale(claim->quantity));
    write_optional(writer, "quantity", rl_quantity_at(claim->quantity)->key);
    if (claim->at > 0)
        write_number(writer, "at", (double)claim->at);
    if (claim->after > 0)
        write_number(writer, "after", (double)claim->after);
    rl_yaml_mapping_end(writer);
}

static void write_claims(rl_yaml_writer *writer, const rl_study *study) {
    if (study->claim_count == 0)
        return;
    rl_yaml_word(writer, "order");
    rl_yaml_word(writer, rl_claim_order_names[study->claims_in_order]);
    rl_yaml_word(writer, "claims");
    rl_yaml_items_begin(writer);
    for (size_t i = 0; i < study->claim_count; i++)
        write_claim(writer, study, &study->claims[i]);
    rl_yaml_list_end(writer);
}

static bool write_study(FILE *stream, void *context) {
    const rl_study *study = context;
    if (fputs("# The study of this directory, with every option spelled out.\n", stream) == EOF)
        return false;
    rl_yaml_writer *writer = rl_yaml_writer_open(stream);
    if (!writer)
        return false;
    rl_yaml_mapping_begin(writer);
    rl_yaml_word(writer, "name");
    rl_yaml_text(writer, study->name);
    rl_yaml_word(writer, "settings");
    write_shared(writer, study->settings);
    rl_yaml_word(writer, "seeds");
    write_seeds(writer, study);
    rl_yaml_word(writer, "groups");
    rl_yaml_mapping_begin(writer);
    bool good = true;
    for (size_t i = 0; i < study->group_count; i++)
        good = write_group(writer, study, &study->groups[i]) && good;
    rl_yaml_mapping_end(writer);
    write_claims(writer, study);
    rl_yaml_mapping_end(writer);
    if (!rl_yaml_writer_close(writer))
        return false;
    if (!good)
        errno = ENOMEM;
    return good;
}

rl_status rl_study_save(const rl_study *study, const char *path, rl_error *error) {
    return rl_file_replace(path, write_study, (void *)study, error);
}

static bool same_arm(const rl_study_arm *a, const rl_study_arm *b) {
    return strcmp(a->name, b->name) == 0 && strcmp(a->label, b->label) == 0 &&
           strcmp(a->label_zh, b->label_zh) == 0 && a->control == b->control &&
           rl_study_same_settings(a->config, b->config, false);
}

static bool same_group(const rl_study_group *a, const rl_study_group *b) {
    bool same = strcmp(a->name, b->name) == 0 && strcmp(a->factor, b->factor) == 0 &&
                a->figure == b->figure && a->budget == b->budget &&
                (a->target == b->target || (isnan(a->target) && isnan(b->target))) &&
                a->arm_count == b->arm_count;
    for (size_t i = 0; same && i < a->arm_count; i++)
        same = same_arm(&a->arms[i], &b->arms[i]);
    return same;
}

static bool same_text(const char *a, const char *b) {
    return a && b ? strcmp(a, b) == 0 : a == b;
}

static bool same_claim(const rl_study_claim *a, const rl_study_claim *b) {
    return rl_study_same_claim(a, b) && same_text(a->name, b->name) &&
           same_text(a->text, b->text) && same_text(a->text_zh, b->text_zh) && a->after == b->after;
}

bool rl_study_same(const rl_study *a, const rl_study *b) {
    bool same = strcmp(a->name, b->name) == 0 && a->seed_count == b->seed_count &&
                memcmp(a->seeds, b->seeds, a->seed_count * sizeof *a->seeds) == 0 &&
                a->group_count == b->group_count && a->run_count == b->run_count;
    for (size_t i = 0; same && i < a->group_count; i++)
        same = same_group(&a->groups[i], &b->groups[i]);
    same = same && a->claim_count == b->claim_count && a->claims_in_order == b->claims_in_order;
    for (size_t i = 0; same && i < a->claim_count; i++)
        same = same_claim(&a->claims[i], &b->claims[i]);
    for (size_t i = 0; same && i < a->run_count; i++)
        same = strcmp(a->runs[i].info.name, b->runs[i].info.name) == 0;
    return same;
}
