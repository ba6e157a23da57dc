/* What groups are about, where something is known of what they vary: formulas, update rules, the
 * parts of a network. A row of the table describes a kind of group; any other is shown without. */
#include "chart/diagrams.h"
#include "nn/graph.h"
#include "run/config.h"
#include "study/page/formulas.h"
#include "study/report/parts.h"

#include <string.h>

/* Does the option tell the arms apart? In a grid it tells only rows or columns apart. */
static bool varies(const rl_study_group *group, const char *option) {
    for (size_t i = 0; i < group->factor_count; i++)
        if (strcmp(group->factors[i].option, option) == 0)
            return group->named || group->factor_count == 1;
    return false;
}

typedef rl_formula formula_of(rl_words *words, const rl_config *config, const char *term);

static void add_formulas(rl_report *report, const rl_study_group *group, formula_of *formula) {
    rl_words *words = report->words;
    rl_formula *items = rl_words_alloc(words, group->arm_count, sizeof *items);
    for (size_t i = 0; items && i < group->arm_count; i++)
        items[i] = formula(words, group->arms[i].config, rl_format_arm(words, &group->arms[i]));
    if (!words->failed)
        rl_document_formulas(report->document, items, group->arm_count);
}

static void add_term(rl_report *report, const rl_word0 *word) {
    rl_document_paragraph(report->document, rl_term(report->words, word));
}

static void add_subheading(rl_report *report, const rl_word0 *word) {
    rl_document_subheading(report->document, rl_term(report->words, word));
}

/* ---- Activations, optimizers ---- */

static bool is_of_activations(const rl_study_group *group) {
    return varies(group, "activation");
}

static void describe_activations(rl_report *report, size_t index) {
    add_subheading(report, &rl_word_functions_heading);
    add_formulas(report, rl_report_group_at(report, index), rl_activation_formula);
    rl_report_activation_figures(report, index);
}

static bool is_of_optimizers(const rl_study_group *group) {
    return varies(group, "optimizer");
}

static void describe_optimizers(rl_report *report, size_t index) {
    add_subheading(report, &rl_word_rules_heading);
    add_term(report, &rl_word_rules_note);
    add_formulas(report, rl_report_group_at(report, index), rl_optimizer_formula);
}

/* ---- Models whose description names a module ---- */

/* The first arm whose model is described with that; NULL when there is none. */
static const rl_study_arm *arm_with(const rl_study_group *group, const char *module) {
    for (size_t i = 0; i < group->arm_count; i++) {
        const rl_model_builder *model = rl_model_builder_find(group->arms[i].config->model);
        if (model && strstr(model->help, module))
            return &group->arms[i];
    }
    return NULL;
}

static bool is_of_ghost_modules(const rl_study_group *group) {
    return varies(group, "model") && arm_with(group, "Ghost Module");
}

static void draw_ghost(rl_buffer *out, const void *context, rl_svg_form form) {
    rl_ghost_diagram(out, context, form);
}

static void add_ghost_diagram(rl_report *report, size_t index, const char *kernel) {
    rl_words *words = report->words;
    rl_ghost_words *ghost = rl_words_alloc(words, 1, sizeof *ghost);
    if (!ghost)
        return;
    *ghost = (rl_ghost_words){.title = rl_term(words, &rl_word_ghost_title),
                              .input = rl_term(words, &rl_word_ghost_input),
                              .primary = rl_term(words, &rl_word_ghost_primary),
                              .primary_detail = rl_term(words, &rl_word_ghost_primary_detail),
                              .cheap = RL_SAY(words, &rl_word_ghost_cheap, kernel),
                              .cheap_detail = rl_term(words, &rl_word_ghost_cheap_detail),
                              .concatenate = rl_term(words, &rl_word_ghost_concatenate),
                              .output = rl_term(words, &rl_word_ghost_output)};
    rl_document_figure(report->document,
                       &(rl_figure){.id = rl_report_figure_id(report, index, "module"),
                                    .caption = rl_term(words, &rl_word_ghost_caption),
                                    .draw = draw_ghost,
                                    .context = ghost});
}

static void describe_ghost_modules(rl_report *report, size_t index) {
    rl_words *words = report->words;
    const rl_config *config = arm_with(rl_report_group_at(report, index), "Ghost Module")->config;
    const char *kernel = rl_format_count(words, config->ghost_dw_size);
    add_subheading(report, &rl_word_module_heading);
    rl_document_paragraph(
        report->document,
        RL_SAY(words, &rl_word_module_note, rl_format_count(words, config->ghost_ratio), kernel));
    add_term(report, config->ghost_outer_bn ? &rl_word_outer_bn : &rl_word_no_outer_bn);
    add_ghost_diagram(report, index, kernel);
}

/* ---- The table ---- */

const rl_group_description *rl_report_description(const rl_study_group *group) {
    static const rl_group_description descriptions[] = {
        {&rl_word_activations, is_of_activations, describe_activations},
        {&rl_word_optimizers, is_of_optimizers, describe_optimizers},
        {&rl_word_ghost_module, is_of_ghost_modules, describe_ghost_modules},
    };
    for (size_t i = 0; i < sizeof descriptions / sizeof *descriptions; i++)
        if (descriptions[i].fits(group))
            return &descriptions[i];
    return NULL;
}
