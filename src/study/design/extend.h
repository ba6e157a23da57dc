/* Studies that are given more: seeds, arms, groups, claims, after some of their runs are done. */
#ifndef RL_STUDY_DESIGN_EXTEND_H
#define RL_STUDY_DESIGN_EXTEND_H

#include "study/design/study.h"

/* Gives those runs of `study` that `there`, the study in the file `path`, has as well, the names
 * and numbers that they have there. `ended` is how many of them have ended: then what was declared
 * stays, and a claim that is new is marked as made after them. RL_ERROR_MISMATCH names the first
 * thing of `there` that is not in the study. */
rl_status rl_study_extend(rl_study *study, const rl_study *there, const char *path, size_t ended,
                          rl_error *error);

#endif
