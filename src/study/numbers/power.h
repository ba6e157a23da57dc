/* How many seeds a comparison needs, and whether one that has begun can still come to a verdict. */
#ifndef RL_STUDY_NUMBERS_POWER_H
#define RL_STUDY_NUMBERS_POWER_H

#include <stddef.h>

enum { RL_POWER_MOST_SEEDS = 1000 }; /* an answer above this is no advice */

/* The probability that the interval at 1 - alpha of n differences leaves out a line from which the
 * true mean is `distance` deviations away (either way): noncentral t, integrated over the density
 * of the deviation. NaN below two seeds. */
double rl_power(size_t seeds, double distance, double alpha);

/* The probability that the interval lies inside of +-within (in deviations) when the true mean is
 * 0.
 */
double rl_power_same(size_t seeds, double within, double alpha);

/* The least number of seeds, 3 at least, at which a power that rises with them is 80%; 0 when
 * RL_POWER_MOST_SEEDS do not have it. */
size_t rl_power_least_seeds(double (*power)(size_t seeds, const void *context),
                            const void *context);

/* The same of the powers above. */
size_t rl_power_seeds(double distance, double alpha);
size_t rl_power_same_seeds(double within, double alpha);

/* By what the deviation of a pilot of n seeds is multiplied, so that planning with it is on the
 * safe side 4 times of 5: sqrt((n - 1) / the 20% quantile of chi-square). NaN below two. */
double rl_pilot_factor(size_t seeds);

/* The probability that the interval of all `last` seeds will lie above a line, given that the mean
 * of the first `seeds` is `distance` above it (below: negative), with `deviation`, if the truth is
 * one standard error higher than that. */
double rl_conditional_power(size_t seeds, size_t last, double distance, double deviation,
                            double alpha);

/* The same for an interval inside of +-within, given the mean of the first seeds, if the truth is
 * one standard error nearer to 0. */
double rl_conditional_power_same(size_t seeds, size_t last, double mean, double within,
                                 double deviation, double alpha);

#endif
