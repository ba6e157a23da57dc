/* What the numbers of a group need to know to measure one of its runs. Inside of numbers/ only. */
#ifndef RL_STUDY_NUMBERS_RUNS_H
#define RL_STUDY_NUMBERS_RUNS_H

#include "study/numbers/numbers.h"

/* The record of an arm's run where it counts: done with an epoch at least, or diverged. */
const rl_run_record *rl_numbers_run(const rl_results *results, const rl_study_arm *arm,
                                    size_t seed);

/* The test accuracy that a run ended with: of one that diverged, of `classes`, that of guessing. */
double rl_numbers_end_accuracy(const rl_run_record *run, double classes);

/* The verdict of an interval of first minus second, by what is better: 1 more, -1 less. */
rl_pair_verdict rl_numbers_verdict(const rl_interval *interval, int better);

/* Fills in what the arms of a group have in common: early_epoch, epochs and images. */
void rl_numbers_survey(rl_group_numbers *group, const rl_results *results);

/* The first epoch of a run from which its test accuracy stays at the target of its group or above;
 * 0 where there is none. */
size_t rl_numbers_arrival(const rl_group_numbers *group, const rl_run_record *run);

/* Makes the tables of pairs of a group, whose arms have their values. */
rl_status rl_numbers_compare(rl_numbers *numbers, rl_group_numbers *group, rl_error *error);

/* The grain of a quantity in runs of two arms; 0 where it has none, or it is not known. */
double rl_numbers_grain(const rl_numbers *numbers, const rl_study_arm *first,
                        const rl_study_arm *second, rl_quantity_kind quantity);

/* The interval for new test images of two arms over the first `seeds` seeds; count 0 where one of
 * the runs that the difference is over has not recorded which images it got right, or each seed has
 * its own images. */
rl_status rl_numbers_images(rl_interval *interval, const rl_numbers *numbers,
                            const rl_group_numbers *group, size_t first, size_t second,
                            size_t seeds, double alpha, rl_error *error);

#endif
