/* Tuning: before a study's own runs, the settings that each arm is to have are chosen on images
 * held out of the training images. tuning.json in the study's folder is written once, when all are
 * chosen, and holds from then on: the study's own runs carry its seal. */
#ifndef RL_STUDY_WORK_TUNE_H
#define RL_STUDY_WORK_TUNE_H

#include "study/work/runner.h"

#define RL_TUNING_FILE "tuning.json"
#define RL_TUNING_FOLDER "tuning" /* in the study's: its runs */

/* Does the runs of the tuning of `study`, as its file declares it, with `t`, and writes
 * tuning.json; or checks the one that is there: RL_ERROR_MISMATCH where it was changed, is another
 * study's, or says something else than its runs. *done is false where runs are others' work. */
rl_status rl_study_tune(rl_runner *t, const rl_study *study, const char *out, bool *done,
                        rl_error *error);

/* May the study go on where `out` holds a tuning.json? RL_ERROR_MISMATCH where it was made for
 * another. */
rl_status rl_study_check_tuning(const rl_study *study, const char *out, rl_error *error);

/* Gives the arms and runs of `study`, as its file declares it, what tuning.json in `out` chose for
 * them. Nothing where the study has no tuning, or none is done: *done. */
rl_status rl_study_apply_tuning(rl_study *study, const char *out, bool *done, rl_error *error);

#endif
