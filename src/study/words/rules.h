/* The chapters of the written analysis. */
#ifndef RL_STUDY_WORDS_RULES_H
#define RL_STUDY_WORDS_RULES_H

#include "study/words/story.h"

/* Paragraphs on a group; each leaves those out for which the numbers give no ground. */
void rl_findings_accuracy(rl_story *story, const rl_group_numbers *group, rl_prose *prose);
void rl_findings_training_loss(rl_story *story, const rl_group_numbers *group, rl_prose *prose);
void rl_findings_progress(rl_story *story, const rl_group_numbers *group, rl_prose *prose);
void rl_findings_target(rl_story *story, const rl_group_numbers *group, rl_prose *prose);
void rl_findings_grid(rl_story *story, const rl_group_numbers *group, rl_prose *prose);
void rl_findings_cost(rl_story *story, const rl_group_numbers *group, rl_prose *prose);
void rl_findings_fit(rl_story *story, const rl_group_numbers *group, rl_prose *prose);

/* On the study. The overview tells what became of the claims, so that they come before. */
void rl_findings_judge(rl_story *story, rl_findings *findings);
void rl_findings_overview(rl_story *story, rl_findings *findings);
void rl_findings_limits(rl_story *story, rl_prose *prose);

#endif
