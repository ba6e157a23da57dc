/* The paired interval and what goes with it. Paired, although arms have little in common but their
 * seeds: it is valid whatever their correlation, and whatever their deviations. */
#include "study/numbers/verdict.h"

#include "study/numbers/distributions.h"

#include <math.h>

/* The deviation of the difference of two values that are rounded to a grid of step 1. */
static const double two_roundings = 0.40824829046386302; /* sqrt(2 / 12) */

/* Mean and deviation of what is not NaN. */
static rl_interval measure(const double *values, size_t count) {
    rl_interval measured = {0, NAN, NAN, NAN, NAN, NAN, NAN};
    double sum = 0, squares = 0;
    for (size_t i = 0; i < count; i++)
        if (!isnan(values[i])) {
            sum += values[i];
            measured.count++;
        }
    if (measured.count == 0)
        return measured;
    measured.mean = sum / (double)measured.count;
    if (measured.count < 2)
        return measured;
    for (size_t i = 0; i < count; i++)
        if (!isnan(values[i]))
            squares += (values[i] - measured.mean) * (values[i] - measured.mean);
    measured.deviation = sqrt(squares / (double)(measured.count - 1));
    return measured;
}

/* Puts the ends of the interval where a standard error of `error` has them. */
static void reach(rl_interval *interval, double alpha, double error) {
    const double half = rl_student_quantile(1 - alpha / 2, (double)interval->count - 1) * error;
    interval->error = error;
    interval->level = 1 - alpha;
    interval->low = interval->mean - half;
    interval->high = interval->mean + half;
}

rl_interval rl_interval_of(const double *differences, size_t count, double alpha, double grain) {
    rl_interval interval = measure(differences, count);
    interval.level = 1 - alpha;
    if (interval.count >= 2)
        reach(&interval, alpha,
              fmax(interval.deviation, two_roundings * grain) / sqrt((double)interval.count));
    return interval;
}

rl_interval rl_interval_turned(rl_interval interval) {
    const double low = interval.low;
    interval.mean = -interval.mean;
    interval.low = -interval.high;
    interval.high = -low;
    return interval;
}

/* Accuracies are shares of whole images, and a margin is a decimal fraction: what touches on paper
 * differs by rounding. Within 1e-12 of the larger it touches; that is far below one image. */
rl_place rl_interval_place(const rl_interval *interval, double line) {
    const double slack = 1e-12 * fmax(fabs(line), fmax(fabs(interval->low), fabs(interval->high)));
    if (interval->low > line + slack)
        return RL_LIES_ABOVE;
    return interval->high < line - slack ? RL_LIES_BELOW : RL_LIES_ACROSS;
}

/* Seeds and images are crossed: every seed is tested on every image. Their variances are those of
 * the means of rows (seeds), of columns (images) and of what is left, which is in both and is taken
 * off once. Estimates of variances may come out too small, so that the one over seeds alone is the
 * least. Degrees of freedom are those of the seeds, which are the fewer. */
rl_interval rl_image_interval(const uint8_t *const *first, const uint8_t *const *second,
                              size_t seeds, size_t images, double alpha) {
    rl_interval interval = {seeds, NAN, NAN, NAN, 1 - alpha, NAN, NAN};
    const double n = (double)seeds, m = (double)images;
    double sum = 0, total = 0, rows = 0, columns = 0; /* sums of squares, but for the first */
    for (size_t s = 0; s < seeds; s++) {
        double row = 0;
        for (size_t i = 0; i < images; i++) {
            const int difference = (first[s][i] != 0) - (second[s][i] != 0);
            row += difference;
            total += difference * difference;
        }
        sum += row;
        rows += row / m * (row / m);
    }
    if (seeds == 0 || images == 0)
        return interval;
    interval.mean = sum / (n * m);
    if (seeds < 2 || images < 2)
        return interval;
    for (size_t i = 0; i < images; i++) {
        double column = 0;
        for (size_t s = 0; s < seeds; s++)
            column += (first[s][i] != 0) - (second[s][i] != 0);
        columns += column / n * (column / n);
    }
    const double mean2 = interval.mean * interval.mean;
    const double rest = total - m * rows - n * columns + n * m * mean2;
    const double row_variance = fmax((rows - n * mean2) / (n - 1), 0);
    const double column_variance = fmax((columns - m * mean2) / (m - 1), 0);
    const double rest_variance = fmax(rest / ((n - 1) * (m - 1)), 0);
    const double floored = fmax(row_variance, pow(two_roundings / m, 2)) / n;
    interval.deviation = sqrt(row_variance);
    reach(&interval, alpha,
          sqrt(fmax(floored, floored + column_variance / m - rest_variance / (n * m))));
    return interval;
}

double rl_improvement(const double *first, const double *second, size_t count) {
    double wins = 0;
    size_t pairs = 0;
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < count; j++) {
            if (isnan(first[i]) || isnan(second[j]))
                continue;
            wins += first[i] > second[j] ? 1 : first[i] == second[j] ? 0.5 : 0;
            pairs++;
        }
    return pairs ? wins / (double)pairs : NAN;
}

double rl_correlation(const double *first, const double *second, size_t count) {
    double means[2] = {0, 0}, squares[2] = {0, 0}, products = 0;
    size_t n = 0;
    for (size_t i = 0; i < count; i++)
        if (!isnan(first[i]) && !isnan(second[i])) {
            means[0] += first[i];
            means[1] += second[i];
            n++;
        }
    if (n < 3)
        return NAN;
    means[0] /= (double)n;
    means[1] /= (double)n;
    for (size_t i = 0; i < count; i++)
        if (!isnan(first[i]) && !isnan(second[i])) {
            const double a = first[i] - means[0], b = second[i] - means[1];
            squares[0] += a * a;
            squares[1] += b * b;
            products += a * b;
        }
    const double spread = sqrt(squares[0] * squares[1]);
    return spread > 0 ? fmin(fmax(products / spread, -1), 1) : NAN;
}

/* The share p at which `hits` or fewer of `trials` have a chance of 5%: 1 - I_p(hits + 1, trials -
 * hits) of the binomial distribution. */
double rl_share_limit(size_t hits, size_t trials) {
    if (hits >= trials)
        return 1;
    double low = 0, high = 1, middle = 0.5;
    while (middle > low && middle < high) {
        if (rl_beta_probability(middle, (double)hits + 1, (double)(trials - hits)) < 1 - RL_ALPHA)
            low = middle;
        else
            high = middle;
        middle = (low + high) / 2;
    }
    return high;
}
