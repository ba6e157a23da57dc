/* A group's section: what varies, what it is (formulas, update rules, the module), curves, tables,
 * and the analysis that the findings hold. */
#include "chart/diagrams.h"
#include "run/config.h"
#include "study/page/formulas.h"
#include "study/report/parts.h"
#include "study/words/format.h"

#include <string.h>

static bool has_ghost(const rl_study_group *group) {
    for (size_t i = 0; i < group->arm_count; i++)
        if (rl_bench_plain_model(group->arms[i].config->model))
            return strcmp(group->factor, "model") == 0;
    return false;
}

rl_group_kind rl_group_kind_of(const rl_study_group *group) {
    if (strcmp(group->factor, "activation") == 0)
        return RL_GROUP_ACTIVATION;
    if (strcmp(group->factor, "optimizer") == 0)
        return RL_GROUP_OPTIMIZER;
    return has_ghost(group) ? RL_GROUP_GHOST : RL_GROUP_OTHER;
}

/* ---- What varies, and what does not ---- */

/* The value of an option that all arms of the group have in common; NULL when they differ. */
static const char *common_value(const rl_study_group *group, const char *option) {
    const char *value = rl_config_get(group->arms[0].config, option);
    for (size_t i = 1; i < group->arm_count; i++)
        if (strcmp(rl_config_get(group->arms[i].config, option), value) != 0)
            return NULL;
    return value;
}

/* Settings of the whole group that are not those of the study: "activation = leaky_relu". */
static void add_own_settings(rl_report *report, const rl_study_group *group) {
    rl_document *d = report->document;
    const rl_config *shared = report->analysis->results->study->settings;
    rl_buffer list = {0};
    const rl_option *option;
    for (size_t i = 0; (option = rl_option_at(i)) && group->arm_count > 0; i++) {
        const char *value = common_value(group, option->name);
        if (!value || strcmp(option->name, "seed") == 0 || strcmp(option->name, "out") == 0 ||
            strcmp(value, rl_config_get(shared, option->name)) == 0)
            continue;
        rl_buffer_add(&list, list.length ? ", " : "");
        rl_buffer_add(&list, option->name);
        rl_buffer_add(&list, " = ");
        rl_buffer_add(&list, value);
    }
    const char *text = rl_words_take(d->words, &list);
    if (*text)
        rl_document_paragraph(d, RL_SAY(d->words, &rl_word_own_settings, text));
}

/* Epochs of each arm where a budget makes them differ: "resnet18: 20, resnet18-ghost: 39". */
static void add_epochs(rl_report *report, const rl_study_group *group) {
    rl_document *d = report->document;
    if (group->arm_count == 0 || common_value(group, "epochs"))
        return;
    const char **items = rl_words_alloc(d->words, group->arm_count, sizeof *items);
    for (size_t i = 0; items && i < group->arm_count; i++)
        items[i] = RL_SAY(d->words, &rl_word_name_and_value, group->arms[i].label,
                          rl_format_count(d->words, group->arms[i].config->epochs));
    if (items)
        rl_document_paragraph(d, RL_SAY(d->words, &rl_word_epochs_of_arms,
                                        rl_format_list(d->words, items, group->arm_count)));
}

/* "cross-entropy with label smoothing 0.1" */
static const char *objective_text(rl_document *d, const rl_config *config) {
    const char *text =
        config->label_smoothing > 0
            ? RL_SAY(d->words, &rl_word_objective_smooth, rl_config_get(config, "label-smoothing"))
            : rl_term(d->words, &rl_word_objective_plain);
    return config->augment && config->mixup > 0
               ? RL_SAY(d->words, &rl_word_objective_mixed, text, rl_config_get(config, "mixup"))
               : text;
}

/* What each arm lowers and on which images, where that is not the same. */
static void add_objectives(rl_report *report, const rl_study_group *group) {
    rl_document *d = report->document;
    const char **items = rl_words_alloc(d->words, group->arm_count, sizeof *items);
    bool same = true;
    for (size_t i = 0; items && i < group->arm_count; i++) {
        char first[128], other[128];
        rl_objective(group->arms[0].config, first, sizeof first);
        rl_objective(group->arms[i].config, other, sizeof other);
        same = same && strcmp(first, other) == 0;
        items[i] = RL_SAY(d->words, &rl_word_name_and_value, group->arms[i].label,
                          objective_text(d, group->arms[i].config));
    }
    if (items && !same)
        rl_document_paragraph(d, RL_SAY(d->words, &rl_word_objectives,
                                        rl_format_list(d->words, items, group->arm_count)));
    if (!rl_study_same_images(group))
        rl_document_paragraph(d, rl_term(d->words, &rl_word_images_differ));
}

static void add_introduction(rl_report *report, const rl_study_group *group) {
    static const rl_word0 *const budgets[] = {[RL_BUDGET_EPOCHS] = &rl_word_budget_epochs,
                                              [RL_BUDGET_ARITHMETIC] = &rl_word_budget_arithmetic,
                                              [RL_BUDGET_TIME] = &rl_word_budget_time};
    rl_document *d = report->document;
    const char **labels = rl_words_alloc(d->words, group->arm_count, sizeof *labels);
    for (size_t i = 0; labels && i < group->arm_count; i++)
        labels[i] = group->arms[i].label;
    const char *list = labels ? rl_format_list(d->words, labels, group->arm_count) : "";
    const char *seeds = rl_format_count(d->words, report->analysis->results->study->seed_count);
    const char *what =
        RL_SAY(d->words, &rl_word_group_varies, group->name, group->factor, list, seeds);
    rl_document_paragraph(d, RL_SAY(d->words, &rl_word_two_sentences, what,
                                    rl_term(d->words, budgets[group->budget])));
    add_own_settings(report, group);
    add_epochs(report, group);
    add_objectives(report, group);
}

/* ---- What the group is about ---- */

typedef rl_formula formula_of(rl_document *document, const rl_config *config, const char *term);

static void add_formulas(rl_report *report, const rl_study_group *group, formula_of *formula) {
    rl_document *d = report->document;
    rl_formula *items = rl_words_alloc(d->words, group->arm_count, sizeof *items);
    for (size_t i = 0; items && i < group->arm_count; i++)
        items[i] = formula(d, group->arms[i].config, group->arms[i].label);
    if (!d->words->failed)
        rl_document_formulas(d, items, group->arm_count);
}

static void describe_activations(rl_report *report, size_t index) {
    rl_document *d = report->document;
    rl_document_subheading(d, rl_term(d->words, &rl_word_functions_heading));
    add_formulas(report, report->analysis->groups[index].group, rl_activation_formula);
    rl_report_activation_figures(report, index);
}

static void describe_optimizers(rl_report *report, size_t index) {
    rl_document *d = report->document;
    rl_document_subheading(d, rl_term(d->words, &rl_word_rules_heading));
    rl_document_paragraph(d, rl_term(d->words, &rl_word_rules_note));
    add_formulas(report, report->analysis->groups[index].group, rl_optimizer_formula);
}

static void draw_ghost(rl_buffer *out, const void *context, rl_svg_form form) {
    rl_ghost_diagram(out, context, form);
}

static void add_ghost_diagram(rl_report *report, size_t index, const char *kernel) {
    rl_document *d = report->document;
    rl_ghost_words *words = rl_words_alloc(d->words, 1, sizeof *words);
    if (!words)
        return;
    *words = (rl_ghost_words){.title = rl_term(d->words, &rl_word_ghost_title),
                              .input = rl_term(d->words, &rl_word_ghost_input),
                              .primary = rl_term(d->words, &rl_word_ghost_primary),
                              .primary_detail = rl_term(d->words, &rl_word_ghost_primary_detail),
                              .cheap = RL_SAY(d->words, &rl_word_ghost_cheap, kernel),
                              .cheap_detail = rl_term(d->words, &rl_word_ghost_cheap_detail),
                              .concatenate = rl_term(d->words, &rl_word_ghost_concatenate),
                              .output = rl_term(d->words, &rl_word_ghost_output)};
    rl_document_figure(d, &(rl_figure){.id = rl_report_figure_id(report, index, "module"),
                                       .caption = rl_term(d->words, &rl_word_ghost_caption),
                                       .draw = draw_ghost,
                                       .context = words});
}

static void describe_ghost(rl_report *report, size_t index) {
    rl_document *d = report->document;
    const rl_study_group *group = report->analysis->groups[index].group;
    size_t ghost = 0;
    while (ghost + 1 < group->arm_count && !rl_bench_plain_model(group->arms[ghost].config->model))
        ghost++;
    const rl_config *config = group->arms[ghost].config;
    const char *kernel = rl_format_count(d->words, config->ghost_dw_size);
    rl_document_subheading(d, rl_term(d->words, &rl_word_module_heading));
    rl_document_paragraph(d, RL_SAY(d->words, &rl_word_module_note,
                                    rl_format_count(d->words, config->ghost_ratio), kernel));
    rl_document_paragraph(
        d, rl_term(d->words, config->ghost_outer_bn ? &rl_word_outer_bn : &rl_word_no_outer_bn));
    add_ghost_diagram(report, index, kernel);
}

static void add_controls_note(rl_report *report, const rl_study_group *group) {
    rl_document *d = report->document;
    for (size_t i = 0; i < group->arm_count; i++)
        if (group->arms[i].control)
            rl_document_paragraph(d, RL_SAY(d->words, &rl_word_control_note, group->arms[i].label));
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

typedef struct {
    const rl_word0 *heading;                           /* NULL: the group's name */
    void (*describe)(rl_report *report, size_t index); /* NULL for nothing */
} group_kind;

static const group_kind kinds[RL_GROUP_KINDS] = {
    [RL_GROUP_ACTIVATION] = {&rl_word_activations, describe_activations},
    [RL_GROUP_OPTIMIZER] = {&rl_word_optimizers, describe_optimizers},
    [RL_GROUP_GHOST] = {&rl_word_ghost_module, describe_ghost},
    [RL_GROUP_OTHER] = {NULL, NULL}};

/* "Optimizers", with the group's name behind it when there is another group of the kind. */
static const char *group_heading(rl_report *report, size_t index) {
    rl_words *words = report->document->words;
    const rl_study *study = report->analysis->results->study;
    const rl_study_group *group = &study->groups[index];
    const rl_group_kind kind = rl_group_kind_of(group);
    size_t alike = 0;
    for (size_t i = 0; i < study->group_count; i++)
        alike += rl_group_kind_of(&study->groups[i]) == kind;
    if (!kinds[kind].heading)
        return RL_SAY(words, &rl_word_other_group, group->name);
    const char *heading = rl_term(words, kinds[kind].heading);
    return alike > 1 ? RL_SAY(words, &rl_word_name_and_value, heading, group->name) : heading;
}

void rl_report_group(rl_report *report, size_t index) {
    rl_document *d = report->document;
    const rl_study_group *group = report->analysis->groups[index].group;
    const group_kind *kind = &kinds[rl_group_kind_of(group)];
    rl_document_section(d, report->slugs[index], group_heading(report, index));
    add_introduction(report, group);
    rl_report_undone_table(report, index);
    if (kind->describe)
        kind->describe(report, index);
    add_controls_note(report, group);
    if (differ_in_cost(group)) {
        rl_document_subheading(d, rl_term(d->words, &rl_word_cost_heading));
        rl_report_cost_table(report, index);
    }
    rl_document_subheading(d, rl_term(d->words, &rl_word_results_heading));
    rl_report_curves(report, index);
    rl_report_arms_table(report, index);
    rl_report_speed_table(report, index);
    rl_report_pairs_table(report, index);
    rl_report_early_table(report, index);
    if (report->findings->groups[index].count > 0)
        rl_document_subheading(d, rl_term(d->words, &rl_word_analysis_heading));
    rl_report_prose(report, &report->findings->groups[index]);
}
