/* Study files: YAML to a study in memory. */
#ifndef RL_STUDY_DESIGN_FILE_H
#define RL_STUDY_DESIGN_FILE_H

#include "study/design/study.h"

/* What the keys `figure` and `budget` of a group take, in the order of their enumerations; ended by
 * NULL. */
extern const char *const rl_figure_names[];
extern const char *const rl_budget_names[];

/* Is this an option that a study sets itself, run by run: the seed and the run directory? */
bool rl_study_owns_option(const char *option);

/* rl_study_open_with from bytes; `name` stands for the file in messages. overrides may be NULL. */
rl_status rl_study_parse(rl_study **study, const char *name, const void *bytes, size_t size,
                         const char *const *overrides, rl_error *error);

#endif
