/* The chapters of the written analysis, and the conditions that several of them share. */
#ifndef RL_STUDY_WORDS_RULES_H
#define RL_STUDY_WORDS_RULES_H

#include "study/words/story.h"

/* Paragraphs on a group; each leaves those out for which the numbers give no ground. */
void rl_findings_accuracy(rl_story *story, const rl_group_analysis *group, rl_prose *prose);
void rl_findings_training_loss(rl_story *story, const rl_group_analysis *group, rl_prose *prose);
void rl_findings_progress(rl_story *story, const rl_group_analysis *group, rl_prose *prose);
void rl_findings_ghost(rl_story *story, const rl_group_analysis *group, rl_prose *prose);
void rl_findings_fit(rl_story *story, const rl_group_analysis *group, rl_prose *prose);

/* On the study. The overview counts the conclusions, so that they come before. */
void rl_findings_conclude(rl_story *story, rl_findings *findings);
void rl_findings_overview(rl_story *story, rl_findings *findings);
void rl_findings_limits(rl_story *story, rl_prose *prose);

/* The test of the final accuracies could tell no pair of the group apart, whatever the results: too
 * few seeds. *least: the least p it could give. False where nothing was tested. */
bool rl_group_cannot_tell(const rl_group_analysis *group, double *least);

/* Were all runs that are done made on one machine, with as many threads? */
bool rl_story_one_machine(const rl_story *story);

/* Verdict on two arms as seen from the first. */
rl_verdict rl_verdict_on(const rl_group_analysis *group, const rl_comparison *comparisons,
                         size_t first, size_t second);

/* A Ghost network beside the network that it is made from. */
typedef struct {
    size_t ghost, plain;
    size_t
        control; /* the plain network of the Ghost network's size; SIZE_MAX where there is none */
} rl_ghost_pair;

/* The pair number `index` of a group; false past the last. */
bool rl_group_ghost_pair(const rl_group_analysis *group, size_t index, rl_ghost_pair *pair);

/* What counts as keeping an accuracy: to within one percentage point. */
#define RL_SMALL_DIFFERENCE 0.01

#endif
