/* Writes a study as the file it could have come from. Group settings are told by the first arm: the
 * arms of a group have the same settings but for the factor, and the first is neither a control nor
 * changed by a budget. */
#include "study/study_save.h"

#include "base/file.h"
#include "run/options.h"
#include "study/arms.h"
#include "study/study_file.h"

#include <inttypes.h>
#include <stdio.h>
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

/* What the group sets beside its factor. */
static void write_group_settings(rl_yaml_writer *writer, const rl_study *study,
                                 const rl_study_group *group) {
    size_t count;
    const rl_option_row *rows = rl_option_rows(&count);
    const rl_config *config = group->arms[0].config;
    rl_yaml_mapping_begin(writer);
    for (size_t i = 0; i < count; i++) {
        const rl_option *option = &rows[i].option;
        if (!rl_study_owns_option(option->name) && strcmp(option->name, group->factor) != 0 &&
            strcmp(rl_config_get(config, option->name),
                   rl_config_get(study->settings, option->name)) != 0)
            rl_config_write_option(config, option, writer);
    }
    rl_yaml_mapping_end(writer);
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
            rl_yaml_text(writer, group->arms[i].label);
    }
    rl_yaml_list_end(writer);
    rl_yaml_mapping_end(writer);
    return controls;
}

static void write_group(rl_yaml_writer *writer, const rl_study *study,
                        const rl_study_group *group) {
    rl_yaml_text(writer, group->name);
    rl_yaml_mapping_begin(writer);
    rl_yaml_word(writer, "vary");
    const bool controls = write_levels(writer, group);
    rl_yaml_word(writer, "settings");
    write_group_settings(writer, study, group);
    rl_yaml_word(writer, "figure");
    rl_yaml_word(writer, rl_figure_names[group->figure]);
    rl_yaml_word(writer, "budget");
    rl_yaml_word(writer, rl_budget_names[group->budget]);
    rl_yaml_word(writer, "width_control");
    rl_yaml_word(writer, controls ? "true" : "false");
    rl_yaml_mapping_end(writer);
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
    for (size_t i = 0; i < study->group_count; i++)
        write_group(writer, study, &study->groups[i]);
    rl_yaml_mapping_end(writer);
    rl_yaml_mapping_end(writer);
    return rl_yaml_writer_close(writer);
}

rl_status rl_study_save(const rl_study *study, const char *path, rl_error *error) {
    return rl_file_replace(path, write_study, (void *)study, error);
}

static bool same_arm(const rl_study_arm *a, const rl_study_arm *b) {
    static const char *const immaterial[] = {"threads", "checkpoint-minutes", NULL};
    return strcmp(a->label, b->label) == 0 && a->control == b->control &&
           rl_study_same_settings(a->config, b->config, immaterial);
}

static bool same_group(const rl_study_group *a, const rl_study_group *b) {
    bool same = strcmp(a->name, b->name) == 0 && strcmp(a->factor, b->factor) == 0 &&
                a->figure == b->figure && a->budget == b->budget && a->arm_count == b->arm_count;
    for (size_t i = 0; same && i < a->arm_count; i++)
        same = same_arm(&a->arms[i], &b->arms[i]);
    return same;
}

bool rl_study_same(const rl_study *a, const rl_study *b) {
    bool same = strcmp(a->name, b->name) == 0 && a->seed_count == b->seed_count &&
                memcmp(a->seeds, b->seeds, a->seed_count * sizeof *a->seeds) == 0 &&
                a->group_count == b->group_count && a->run_count == b->run_count;
    for (size_t i = 0; same && i < a->group_count; i++)
        same = same_group(&a->groups[i], &b->groups[i]);
    for (size_t i = 0; same && i < a->run_count; i++)
        same = strcmp(a->runs[i].info.name, b->runs[i].info.name) == 0;
    return same;
}
