/* How two arms are told apart: pure functions of arrays. One rule: the differences by seed, an
 * interval of their mean by Student's t, and the verdict is where that interval lies; interval and
 * verdict cannot contradict each other. docs/method.md says why this rule and not another, and what
 * its rates of error are. */
#ifndef RL_STUDY_NUMBERS_VERDICT_H
#define RL_STUDY_NUMBERS_VERDICT_H

#include <stddef.h>
#include <stdint.h>

#define RL_ALPHA 0.05 /* false words, at most, of all that are spoken together */

enum {
    RL_VERDICT_SEEDS =
        3,             /* below, no verdict: two differences say next to nothing of their spread */
    RL_FLIPS_SEEDS = 6 /* below, the verdict rests on differences being about normal, and sign
                          flips, which do not, could not reach 5% */
};

typedef struct {
    size_t count;     /* differences */
    double mean;      /* NaN where there is none */
    double deviation; /* n - 1; as measured, before its floor; NaN below two */
    double error;     /* standard error of the mean, that of a floored deviation; NaN below two */
    double level;     /* of confidence: 1 - alpha */
    double low, high; /* NaN below two */
} rl_interval;

/* The interval of the mean of `count` differences at 1 - alpha; NaNs among them are left out.
 * Values lie on a grid of step `grain` (0: on none), and a difference of two is rounded twice: its
 * deviation is taken for no less than that of two roundings, sqrt(2 / 12) grain. */
rl_interval rl_interval_of(const double *differences, size_t count, double alpha, double grain);

/* The interval turned round: of second minus first. */
rl_interval rl_interval_turned(rl_interval interval);

/* Where an interval lies. A line that it touches exactly is in it. */
typedef enum { RL_LIES_ACROSS, RL_LIES_ABOVE, RL_LIES_BELOW } rl_place;
rl_place rl_interval_place(const rl_interval *interval, double line);

/* The interval of a difference of accuracies for new seeds and new test images alike.
 * first[s][i], second[s][i]: was image i of `images` classified correctly by seed s of `seeds`? */
rl_interval rl_image_interval(const uint8_t *const *first, const uint8_t *const *second,
                              size_t seeds, size_t images, double alpha);

/* How often a run of the first arm is above one of the second: over all pairs of runs, ties half.
 * NaNs are left out; NaN where nothing is left. */
double rl_improvement(const double *first, const double *second, size_t count);

/* Pearson's correlation over the places where neither is NaN; NaN below three or without spread. */
double rl_correlation(const double *first, const double *second, size_t count);

/* The 95% upper limit (one-sided, Clopper and Pearson) of a share of which `hits` of `trials` were
 * seen. 1 without trials. */
double rl_share_limit(size_t hits, size_t trials);

#endif
