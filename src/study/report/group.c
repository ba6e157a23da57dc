/* A group's section: what varies, what that is, curves, tables, and the analysis that the findings
 * hold. */
#include "run/config.h"
#include "study/report/parts.h"

#include <math.h>
#include <string.h>

/* ---- What varies, and what does not ---- */

/* Settings of the whole group that are not those of the study: "activation = leaky_relu". */
static void add_own_settings(rl_report *report, const rl_study_group *group) {
    rl_words *words = report->words;
    const rl_config *shared = rl_report_study(report)->settings;
    rl_buffer list = {0};
    const rl_option *option;
    for (size_t i = 0; (option = rl_option_at(i)) && group->arm_count > 0; i++) {
        const char *value = rl_format_common(words, group, option->name);
        if (!value || strcmp(option->name, "seed") == 0 || strcmp(option->name, "out") == 0 ||
            strcmp(option->name, "tuning") == 0 ||
            strcmp(value, rl_config_get(shared, option->name)) == 0)
            continue;
        rl_buffer_add(&list, list.length ? ", " : "");
        rl_buffer_add(&list, option->name);
        rl_buffer_add(&list, " = ");
        rl_buffer_add(&list, value);
    }
    const char *text = rl_words_take(words, &list);
    if (*text)
        rl_document_paragraph(report->document, RL_SAY(words, &rl_word_own_settings, text));
}

/* "resnet18: 20, resnet18-ghost: 39": what each arm has. */
static const char *list_arms(rl_report *report, const rl_study_group *group,
                             const char *(*value)(rl_words *words, const rl_config *config)) {
    rl_words *words = report->words;
    const char **items = rl_words_alloc(words, group->arm_count, sizeof *items);
    for (size_t i = 0; items && i < group->arm_count; i++)
        items[i] = RL_SAY(words, &rl_word_name_and_value, rl_format_arm(words, &group->arms[i]),
                          value(words, group->arms[i].config));
    return items ? rl_format_list(words, items, group->arm_count) : "";
}

static const char *epochs_text(rl_words *words, const rl_config *config) {
    return rl_format_count(words, config->epochs);
}

/* Epochs of each arm where a budget makes them differ. */
static void add_epochs(rl_report *report, const rl_study_group *group) {
    if (group->arm_count > 0 && !rl_format_common(report->words, group, "epochs"))
        rl_document_paragraph(report->document, RL_SAY(report->words, &rl_word_epochs_of_arms,
                                                       list_arms(report, group, epochs_text)));
}

/* "cross-entropy with label smoothing 0.1" */
static const char *objective_text(rl_words *words, const rl_config *config) {
    const char *text =
        config->label_smoothing > 0
            ? RL_SAY(words, &rl_word_objective_smooth, rl_config_get(config, "label-smoothing"))
            : rl_term(words, &rl_word_objective_plain);
    return config->augment && config->mixup > 0
               ? RL_SAY(words, &rl_word_objective_mixed, text, rl_config_get(config, "mixup"))
               : text;
}

static bool same_objectives(const rl_study_group *group) {
    char first[128], other[128];
    for (size_t i = 0; i < group->arm_count; i++) {
        rl_objective(group->arms[0].config, first, sizeof first);
        rl_objective(group->arms[i].config, other, sizeof other);
        if (strcmp(first, other) != 0)
            return false;
    }
    return true;
}

/* What each arm lowers and on which images, where that is not the same. */
static void add_objectives(rl_report *report, const rl_study_group *group) {
    if (!same_objectives(group))
        rl_document_paragraph(report->document, RL_SAY(report->words, &rl_word_objectives,
                                                       list_arms(report, group, objective_text)));
    if (!rl_study_same_images(group))
        rl_document_paragraph(report->document, rl_term(report->words, &rl_word_images_differ));
}

static void add_introduction(rl_report *report, const rl_study_group *group) {
    static const rl_word0 *const budgets[] = {[RL_BUDGET_EPOCHS] = &rl_word_budget_epochs,
                                              [RL_BUDGET_ARITHMETIC] = &rl_word_budget_arithmetic,
                                              [RL_BUDGET_TIME] = &rl_word_budget_time};
    rl_words *words = report->words;
    const char **labels = rl_words_alloc(words, group->arm_count, sizeof *labels);
    for (size_t i = 0; labels && i < group->arm_count; i++)
        labels[i] = rl_format_arm(words, &group->arms[i]);
    const char *list = labels ? rl_format_list(words, labels, group->arm_count) : "";
    const char *seeds = rl_format_count(words, rl_report_study(report)->seed_count);
    const char *text = RL_SAY(words, group->named ? &rl_word_group_names : &rl_word_group_varies,
                              rl_format_group(words, group), group->factor, list, seeds);
    text = RL_SAY(words, &rl_word_two_sentences, text, rl_term(words, budgets[group->budget]));
    if (!isnan(group->target))
        text = RL_SAY(words, &rl_word_two_sentences, text,
                      RL_SAY(words, &rl_word_target_note, rl_format_percent(words, group->target)));
    rl_document_paragraph(report->document, text);
    add_own_settings(report, group);
    add_epochs(report, group);
    add_objectives(report, group);
}

static void add_controls_note(rl_report *report, const rl_study_group *group) {
    for (size_t i = 0; i < group->arm_count; i++)
        if (group->arms[i].control)
            rl_document_paragraph(report->document,
                                  RL_SAY(report->words, &rl_word_control_note,
                                         rl_format_arm(report->words, &group->arms[i])));
}

/* Do arms differ in size? Then their cost is part of the comparison. */
static bool differ_in_cost(const rl_study_group *group) {
    for (size_t i = 1; i < group->arm_count; i++)
        if (group->arms[i].parameters != group->arms[0].parameters ||
            group->arms[i].macs != group->arms[0].macs)
            return true;
    return false;
}

/* ---- The section ---- */

/* The title that the study's file gives; else "Optimizers", with the group's name behind it when
 * there is another group of the kind; "Group x" for one of no known kind. */
static const char *group_heading(rl_report *report, const rl_study_group *group) {
    rl_words *words = report->words;
    const rl_study *study = rl_report_study(report);
    const rl_group_description *description = rl_report_description(group);
    size_t alike = 0;
    if (strcmp(rl_format_group(words, group), group->name) != 0)
        return rl_format_group(words, group);
    if (!description)
        return RL_SAY(words, &rl_word_other_group, group->name);
    for (size_t i = 0; i < study->group_count; i++)
        alike += rl_report_description(&study->groups[i]) == description;
    const char *heading = rl_term(words, description->heading);
    return alike > 1 ? RL_SAY(words, &rl_word_name_and_value, heading, group->name) : heading;
}

void rl_report_group(rl_report *report, size_t index) {
    rl_document *d = report->document;
    const rl_study_group *group = rl_report_group_at(report, index);
    const rl_group_description *description = rl_report_description(group);
    rl_document_section(d, report->slugs[index], group_heading(report, group));
    add_introduction(report, group);
    rl_report_undone_table(report, index);
    if (description)
        description->describe(report, index);
    add_controls_note(report, group);
    if (differ_in_cost(group)) {
        rl_document_subheading(d, rl_term(report->words, &rl_word_cost_heading));
        rl_report_cost_table(report, index);
    }
    rl_document_subheading(d, rl_term(report->words, &rl_word_results_heading));
    rl_report_curves(report, index);
    rl_report_arms_table(report, index);
    rl_report_grid_table(report, index);
    rl_report_speed_table(report, index);
    rl_report_pairs_tables(report, index);
    rl_report_early_table(report, index);
    if (report->findings->groups[index].count > 0)
        rl_document_subheading(d, rl_term(report->words, &rl_word_analysis_heading));
    rl_report_prose(report, &report->findings->groups[index]);
}
