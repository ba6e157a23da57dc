/* The median of timings, and the interval of a measured accuracy (Wilson 1927). Comparisons between
 * runs are not made here: the binomial interval knows about the finite test set, not about the
 * spread between seeds. */
#include "run/statistics.h"

#include <math.h>
#include <stdlib.h>

void rl_wilson_interval(uint64_t successes, uint64_t trials, double *low, double *high) {
    const double z = 1.959963984540054; /* two-sided 95% quantile of the normal distribution */
    if (trials == 0) {
        *low = 0;
        *high = 1;
        return;
    }
    double n = (double)trials, p = (double)successes / n;
    double scale = 1 / (1 + z * z / n);
    double center = (p + z * z / (2 * n)) * scale;
    double half = z * sqrt(p * (1 - p) / n + z * z / (4 * n * n)) * scale;
    *low = successes == 0 ? 0 : fmax(center - half, 0);
    *high = successes == trials ? 1 : fmin(center + half, 1);
}

static int compare_doubles(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double rl_median(double *values, size_t count) {
    qsort(values, count, sizeof *values, compare_doubles);
    return (values[(count - 1) / 2] + values[count / 2]) / 2;
}
