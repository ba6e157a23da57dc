/* From what a study file says to what is trained: the arms' sizes, controls and budgets, and the
 * numbered runs. */
#ifndef RL_STUDY_DESIGN_ARMS_H
#define RL_STUDY_DESIGN_ARMS_H

#include "study/design/study.h"

/* Completes a group whose arms have label and config: measures their models, adds a control for
 * each Ghost model if `width_control`, sets the epochs of an equal-arithmetic budget, and checks
 * every arm. `arms` has room for twice as many. Messages begin with the arm. */
rl_status rl_study_complete_group(rl_study_group *group, bool width_control, rl_error *error);

/* Gives an arm, or a level, a name, which labels it too. False without memory. */
bool rl_study_name_arm(rl_study_arm *arm, const char *name);
bool rl_study_name_level(rl_study_level *level, const char *name);

/* Is the option one that the group varies? */
bool rl_study_group_varies(const rl_study_group *group, const char *option);

/* Sets the sizes of an arm's model for as many classes: rl_study_complete_group takes ten, since
 * the data are not known then. */
rl_status rl_study_measure_arm(rl_study_arm *arm, size_t class_count, rl_error *error);

/* Makes the runs of a study whose groups are complete: each distinct configuration once for each
 * seed, seed by seed, and within a seed in the order of groups and arms. */
rl_status rl_study_make_runs(rl_study *study, rl_error *error);

/* Are two configurations the same but for what a study sets itself? Options that only say how the
 * work is done are looked at where `effort_counts`. */
bool rl_study_same_settings(const rl_config *a, const rl_config *b, bool effort_counts);

#endif
