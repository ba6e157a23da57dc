/* The parts of a report, one file each: every part appends its blocks to the document. */
#ifndef RL_STUDY_REPORT_PARTS_H
#define RL_STUDY_REPORT_PARTS_H

#include "study/page/document.h"
#include "study/words/findings.h"
#include "study/words/format.h"

#include <jansson.h>

typedef struct {
    rl_document *document;
    rl_words *words;
    const rl_numbers *numbers;
    const rl_claims *claims;
    const rl_findings *findings;
    json_t *tuning;     /* what was tuned, while its section is made */
    const char **slugs; /* [group]: its name for ids and file names, unique */
} rl_report;

/* The whole report. The document must be released before numbers and claims. */
void rl_report_build(rl_document *document, const rl_numbers *numbers, const rl_claims *claims,
                     const rl_findings *findings);

/* Data and task. */
void rl_report_data(rl_report *report);

/* What was tuned beforehand, in a study with a tuning. */
void rl_report_tuning(rl_report *report);

/* Group number `index`. */
void rl_report_group(rl_report *report, size_t index);

/* Claims, and limits. */
void rl_report_conclusions(rl_report *report);

/* How to repeat it. */
void rl_report_repetition(rl_report *report);

/* ---- Shared by the parts ---- */

static inline const rl_study *rl_report_study(const rl_report *report) {
    return report->numbers->results->study;
}

static inline const rl_study_group *rl_report_group_at(const rl_report *report, size_t index) {
    return report->numbers->groups[index].group;
}

/* The settings that all runs share. */
void rl_report_settings(rl_report *report);

/* What a group is about, where something is known of what it varies. */
typedef struct {
    const rl_word0 *heading;
    bool (*fits)(const rl_study_group *group);
    void (*describe)(rl_report *report, size_t index);
} rl_group_description;

/* The description of a group; NULL where there is none. */
const rl_group_description *rl_report_description(const rl_study_group *group);

/* Function and derivative of the group's activations, as two figures. */
void rl_report_activation_figures(rl_report *report, size_t group);

/* The figures over epochs that the group asks for. */
void rl_report_curves(rl_report *report, size_t group);

/* Adds a chart, whose series belong to the words; rl_report_draw_chart is its `draw`. */
void rl_report_add_chart(rl_report *report, const rl_chart *chart, const char *caption);
void rl_report_draw_chart(rl_buffer *out, const void *context, rl_svg_form form);

/* "activations-train-loss" */
const char *rl_report_figure_id(rl_report *report, size_t group, const char *what);

/* What the arms reach; the same as a grid of two options, where they are one; how soon they reach
 * the target that the group declares; their parameters, multiply-adds and measured time; the pairs
 * of arms compared at the end, and early. */
void rl_report_arms_table(rl_report *report, size_t group);
void rl_report_grid_table(rl_report *report, size_t group);
void rl_report_speed_table(rl_report *report, size_t group);
void rl_report_cost_table(rl_report *report, size_t group);
void rl_report_pairs_tables(rl_report *report, size_t group);
void rl_report_early_table(rl_report *report, size_t group);

/* Runs of the group that are not done, and why; nothing when all are. */
void rl_report_undone_table(rl_report *report, size_t group);

/* A file of the study's directory, at most `limit` bytes and a NUL behind them, as part of the
 * document; NULL where it cannot be read. */
const char *rl_report_file(rl_report *report, const char *name, size_t limit, size_t *size);

/* Every paragraph of a finding. */
void rl_report_prose(rl_report *report, const rl_prose *prose);

#endif
