/* The parts of a report, one file each: every part appends its blocks to the document. */
#ifndef RL_STUDY_REPORT_PARTS_H
#define RL_STUDY_REPORT_PARTS_H

#include "study/page/document.h"
#include "study/words/findings.h"

/* What a group is about, which decides its heading, its place and what it shows beside the numbers
 * that every group has. */
typedef enum {
    RL_GROUP_ACTIVATION,
    RL_GROUP_OPTIMIZER,
    RL_GROUP_GHOST,
    RL_GROUP_OTHER,
    RL_GROUP_KINDS
} rl_group_kind;

typedef struct {
    rl_document *document;
    const rl_analysis *analysis;
    const rl_findings *findings;
    const char **slugs; /* [group]: its name for ids and file names, unique */
} rl_report;

/* The whole report. The document must be released before analysis and findings. */
void rl_report_build(rl_document *document, const rl_analysis *analysis,
                     const rl_findings *findings);

rl_group_kind rl_group_kind_of(const rl_study_group *group);

/* 1. Data and task. */
void rl_report_data(rl_report *report);

/* Group number `index`: 2 to 4, or any other. */
void rl_report_group(rl_report *report, size_t index);

/* 5. Conclusions, and limits. */
void rl_report_conclusions(rl_report *report);

/* 6. How to repeat it. */
void rl_report_repetition(rl_report *report);

/* ---- Shared by the parts ---- */

/* The settings that all runs share. */
void rl_report_settings(rl_report *report);

/* Function and derivative of the group's activations, as two figures. */
void rl_report_activation_figures(rl_report *report, size_t group);

/* The figures over epochs that the group asks for. */
void rl_report_curves(rl_report *report, size_t group);

/* Parameters, multiply-adds and measured time of the arms. */
void rl_report_cost_table(rl_report *report, size_t group);

/* Adds a chart, whose series belong to the document; rl_report_draw_chart is its `draw`. */
void rl_report_add_chart(rl_report *report, const rl_chart *chart, const char *caption);
void rl_report_draw_chart(rl_buffer *out, const void *context, rl_svg_form form);

/* "activations-train-loss" */
const char *rl_report_figure_id(rl_report *report, size_t group, const char *what);

/* What the arms reach; how fast they reach the group's target, where it has one; and the pairs of
 * arms compared, at the end and early. */
void rl_report_arms_table(rl_report *report, size_t group);
void rl_report_speed_table(rl_report *report, size_t group);
void rl_report_pairs_table(rl_report *report, size_t group);
void rl_report_early_table(rl_report *report, size_t group);

/* Runs of the group that are not done, and why; nothing when all are. */
void rl_report_undone_table(rl_report *report, size_t group);

/* The arm that the others are measured against: the first that is neither Ghost nor a control. */
size_t rl_report_reference_arm(const rl_study_group *group);

/* A file of the study's directory, at most `limit` bytes and a NUL behind them, as part of the
 * document; NULL where it cannot be read. */
const char *rl_report_file(rl_report *report, const char *name, size_t limit, size_t *size);

/* Every paragraph of a finding. */
void rl_report_prose(rl_report *report, const rl_prose *prose);

#endif
