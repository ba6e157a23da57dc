/* Statistics of one run's figures. */
#ifndef RL_RUN_STATISTICS_H
#define RL_RUN_STATISTICS_H

#include <stddef.h>
#include <stdint.h>

/* The 95% Wilson score interval of a proportion: unlike the normal approximation it stays inside
 * 0..1 and is honest near its ends. No trials give 0..1. */
void rl_wilson_interval(uint64_t successes, uint64_t trials, double *low, double *high);

/* The median of `count` > 0 values, the mean of the two in the middle of an even number. Leaves
 * them sorted. */
double rl_median(double *values, size_t count);

#endif
