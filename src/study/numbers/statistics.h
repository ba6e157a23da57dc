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

/* The least p that rl_permutation_p can give for n pairs: 2 / 2^n (2 / 2^21 above 20), 1 for none.
 */
double rl_permutation_least_p(size_t count);

/* The least number of pairs at which the test can tell anything apart at 5% when `comparisons` are
 * corrected for by Holm's method; 0 when none can. */
size_t rl_permutation_least_seeds(size_t comparisons);

/* Holm's step-down correction: adjusted[i] >= p[i], at most 1. `adjusted` is another array. */
void rl_holm(const double *p, double *adjusted, size_t count);

/* Seeds at which differences like these (mean, deviation) would probably (power 80%) be told apart
 * at 5%, with `comparisons` corrected for: at least as many as the permutation test needs at all,
 * by the normal approximation. 0 when more than 1000, or unknown (deviation NaN, difference 0). */
size_t rl_seeds_needed(double mean, double deviation, size_t comparisons);

#endif
