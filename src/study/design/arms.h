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

enum { RL_STUDY_MAX_NAME = 80 }; /* characters of a run's name: paths stay short */

/* Makes the runs of a study whose groups are complete, in place of those it has: first those that
 * are kept, then each distinct configuration once for each seed, seed by seed, and within a seed in
 * the order of groups and arms. */
rl_status rl_study_make_runs(rl_study *study, rl_error *error);
void rl_study_clear_runs(rl_study *study);
void rl_study_clear_kept(rl_study *study);

/* Which of the study's seeds is it? */
bool rl_study_seed_index(const rl_study *study, uint64_t seed, size_t *index);

/* Are two configurations the same but for what a study sets itself? Options that only say how the
 * work is done are looked at where `effort_counts`. */
bool rl_study_same_settings(const rl_config *a, const rl_config *b, bool effort_counts);

#endif
