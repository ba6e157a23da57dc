/* Statistics over seeds: pure functions of arrays. Each states its source; tests hold them against
 * scipy's values. */
#ifndef RL_STUDY_NUMBERS_STATISTICS_H
#define RL_STUDY_NUMBERS_STATISTICS_H

#include "study/numbers/distributions.h"

#include <stddef.h>

typedef struct {
    size_t count;
    double mean, deviation; /* deviation: of the sample (n - 1); NaN below two values */
    double low, high;       /* 95% interval of the mean, Student's t; NaN below two values */
} rl_sample;

/* Of `count` values; NaNs among them are left out. */
rl_sample rl_sample_of(const double *values, size_t count);

/* Exact two-sided p-value of the paired permutation test (all 2^n sign changes of the differences,
 * statistic |sum|): the share of sign changes at least as extreme as the one observed. n <= 20, 1
 * for none; above 20 seeds a fixed sample of 2^20 sign changes, the observed one included. */
double rl_permutation_p(const double *differences, size_t count);

#endif
