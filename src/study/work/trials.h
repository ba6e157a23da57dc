/* What the runs of a tuning say: the score of each point of each arm, and the best. */
#ifndef RL_STUDY_WORK_TRIALS_H
#define RL_STUDY_WORK_TRIALS_H

#include "study/design/tuning.h"

typedef struct {
    double score; /* mean over seeds of the validation accuracy after the last epoch; a run that
                     diverged counts as guessing */
    size_t diverged, runs, epochs;
    double macs; /* multiply-adds of the training */
} rl_trial;

/* Of the held out images; the same for all runs. */
typedef struct {
    size_t images;
    char digest[65];
} rl_held_out;

/* Reads the runs of a stage's arm in `folder`, all of which have ended. */
rl_status rl_trial_read(rl_trial *trial, rl_held_out *held_out, const rl_study *stage,
                        const char *folder, const rl_study_arm *arm, rl_error *error);

/* The best of an arm's points: the highest score; of those within half an image of it the one with
 * the smaller values. *edge: -1 where that is the lowest of a grid, 1 where it is the highest, else
 * 0. */
size_t rl_trial_best(const rl_trial *trials, const rl_study_points *points, size_t images,
                     int *edge);

#endif
