/* The records of a study's runs, read from its directory and laid out by arm and seed, and curves
 * over epochs with mean and band. */
#ifndef RL_STUDY_NUMBERS_RESULTS_H
#define RL_STUDY_NUMBERS_RESULTS_H

#include "study/design/study.h"

typedef struct {
    rl_study *study; /* from study.yaml in the directory */
    char *directory;
    rl_run_record **records; /* [run]; NULL while waiting */
} rl_results;

/* Reads study.yaml and every run there is. */
rl_status rl_results_read(rl_results **results, const char *study_directory, rl_error *error);
void rl_results_free(rl_results *results);

/* The record of an arm's run with seed number `seed` (an index into study->seeds); NULL while
 * waiting. */
const rl_run_record *rl_results_record(const rl_results *results, const rl_study_arm *arm,
                                       size_t seed);

/* The same where the run is done, with an epoch at least; else NULL. */
const rl_run_record *rl_results_done(const rl_results *results, const rl_study_arm *arm,
                                     size_t seed);

/* One quantity of an arm over epochs: mean and 95% interval (Student's t) over the seeds whose runs
 * are done. */
typedef struct {
    size_t count;              /* epochs that all of them have; 0 when no seed is done */
    size_t seeds;              /* that the means are over */
    double *epoch;             /* 1, 2, ... */
    double *mean, *low, *high; /* low and high are the mean when there is one seed */
} rl_curve_band;

rl_status rl_results_band(rl_curve_band *band, const rl_results *results, const rl_study_arm *arm,
                          rl_curve curve, rl_error *error);
void rl_curve_band_clear(rl_curve_band *band);

/* Do all arms train on the same images, altered in the same ways? */
bool rl_study_same_images(const rl_study_group *group);

/* The plain cross-entropy of an epoch's training: the loss itself where that is it. NaN when it was
 * not recorded. */
double rl_plain_loss(const rl_run_record *record, const rl_epoch_row *row);

/* The quantity in a row of a run. */
double rl_curve_value(const rl_epoch_row *row, rl_curve curve);

#endif
