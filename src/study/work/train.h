/* A study from end to end. */
#ifndef RL_STUDY_WORK_TRAIN_H
#define RL_STUDY_WORK_TRAIN_H

#include "study/work/looks.h"

/* rl_study_train, with what judges the looks of a study that has some. */
rl_status rl_study_do(rl_study *study, const char *out, size_t number,
                      rl_study_decide_function *decide, rl_study_progress_function *progress,
                      void *context, rl_error *error);

#endif
