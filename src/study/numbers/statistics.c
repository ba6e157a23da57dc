/* Statistics over seeds. There are few of them, so everything is exact where it can be: Student's
 * quantile from the incomplete beta function, and a test that enumerates all sign changes instead
 * of assuming a distribution. The binomial interval of a single accuracy is rl_wilson_interval
 * (run/statistics.h). */
#include "study/numbers/statistics.h"

#include "base/memory.h"
#include "base/random.h"

#include <float.h>
#include <math.h>

enum {
    EXACT_PAIRS = 20, /* up to as many, all sign changes are looked at */
    HALF_PAIRS = EXACT_PAIRS / 2,
    MOST_SEEDS = 1000 /* an answer above this is no advice */
};
static const double level = 0.05, power = 0.8;

/* The continued fraction of the incomplete beta function (DLMF 8.17.22), by the modified Lentz
 * method (Thompson and Barnett 1986). Converges fast for x < (a + 1) / (a + b + 2). */
static double beta_fraction(double x, double a, double b) {
    double c = 1, d = 1 - (a + b) * x / (a + 1);
    d = 1 / (fabs(d) < DBL_MIN ? DBL_MIN : d);
    double value = d;
    for (int m = 1; m < 10000; m++) {
        const double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
        const double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
        double factor = 1;
        for (int half = 0; half < 2; half++) {
            const double term = half ? odd : even;
            d = 1 + term * d;
            c = 1 + term / c;
            d = 1 / (fabs(d) < DBL_MIN ? DBL_MIN : d);
            c = fabs(c) < DBL_MIN ? DBL_MIN : c;
            factor = c * d;
            value *= factor;
        }
        if (fabs(factor - 1) < DBL_EPSILON)
            break;
    }
    return value;
}

/* The regularised incomplete beta function I_x(a, b); `rest` is 1 - x, which the caller knows
 * without cancellation. */
static double incomplete_beta(double x, double rest, double a, double b) {
    if (x <= 0 || rest <= 0)
        return x <= 0 ? 0 : 1;
    const double front = exp(a * log(x) + b * log(rest) + lgamma(a + b) - lgamma(a) - lgamma(b));
    if (x < (a + 1) / (a + b + 2))
        return front * beta_fraction(x, a, b) / a;
    return 1 - front * beta_fraction(rest, b, a) / b;
}

/* P(T > t) for t >= 0 (DLMF 8.17, Abramowitz and Stegun 26.7.1); the normal distribution's for
 * infinite freedom. */
static double student_tail(double t, double freedom) {
    if (isinf(freedom))
        return erfc(t / sqrt(2)) / 2;
    const double square = t * t, sum = freedom + square;
    return incomplete_beta(freedom / sum, square / sum, freedom / 2, 0.5) / 2;
}

double rl_student_quantile(double probability, double freedom) {
    if (!(probability > 0 && probability < 1 && freedom > 0))
        return NAN;
    const double tail = fmin(probability, 1 - probability);
    double low = 0, high = 1;
    while (student_tail(high, freedom) > tail && high < DBL_MAX / 2)
        high *= 2;
    double middle = (low + high) / 2;
    while (middle > low && middle < high) { /* until no number lies between them */
        if (student_tail(middle, freedom) > tail)
            low = middle;
        else
            high = middle;
        middle = (low + high) / 2;
    }
    return probability < 0.5 ? -high : probability > 0.5 ? high : 0;
}

rl_sample rl_sample_of(const double *values, size_t count) {
    rl_sample sample = {0, NAN, NAN, NAN, NAN};
    double sum = 0, squares = 0;
    for (size_t i = 0; i < count; i++)
        if (!isnan(values[i])) {
            sum += values[i];
            sample.count++;
        }
    if (sample.count == 0)
        return sample;
    const double n = (double)sample.count;
    sample.mean = sum / n;
    if (sample.count < 2)
        return sample;
    for (size_t i = 0; i < count; i++)
        if (!isnan(values[i]))
            squares += (values[i] - sample.mean) * (values[i] - sample.mean);
    sample.deviation = sqrt(squares / (n - 1));
    const double half = rl_student_quantile(0.975, n - 1) * sample.deviation / sqrt(n);
    sample.low = sample.mean - half;
    sample.high = sample.mean + half;
    return sample;
}

/* sums[mask]: the sum of `count` values with the sign + where the mask has a bit. */
static void signed_sums(const double *values, size_t count, double *sums) {
    sums[0] = 0;
    for (size_t i = 0; i < count; i++)
        sums[0] -= values[i];
    for (size_t i = 0; i < count; i++)
        for (size_t mask = 0; mask < (size_t)1 << i; mask++)
            sums[mask | (size_t)1 << i] = sums[mask] + 2 * values[i];
}

/* How many of all sign changes give a sum of at least `bound` in magnitude: sums over either half
 * of the values are made once, and then combined. */
static size_t count_all(const double *values, size_t count, double bound) {
    double first[1 << HALF_PAIRS], second[1 << HALF_PAIRS];
    const size_t half = count / 2;
    size_t extreme = 0;
    signed_sums(values, half, first);
    signed_sums(values + half, count - half, second);
    for (size_t i = 0; i < (size_t)1 << half; i++)
        for (size_t j = 0; j < (size_t)1 << (count - half); j++)
            extreme += fabs(first[i] + second[j]) >= bound;
    return extreme;
}

/* The same for the observed signs and 2^20 - 1 random ones, always the same. */
static size_t count_sampled(const double *values, size_t count, double bound) {
    size_t extreme = 1;
    for (uint32_t sample = 1; sample < 1U << EXACT_PAIRS; sample++) {
        rl_random random = rl_random_stream(0, RL_RANDOM_PERMUTATION, 0, sample);
        uint32_t bits = 0;
        double sum = 0;
        for (size_t i = 0; i < count; i++, bits >>= 1) {
            if (i % 32 == 0)
                bits = rl_random_u32(&random);
            sum += bits & 1 ? values[i] : -values[i];
        }
        extreme += fabs(sum) >= bound;
    }
    return extreme;
}

/* Sums that are equal on paper differ by rounding. They count as equal within 1e-12 of the sum of
 * magnitudes: thousands of roundings of twenty numbers, yet far below the least step of an accuracy
 * (one image of some ten thousand). */
double rl_permutation_p(const double *differences, size_t count) {
    double sum = 0, magnitude = 0;
    for (size_t i = 0; i < count; i++) {
        sum += differences[i];
        magnitude += fabs(differences[i]);
    }
    const double bound = fabs(sum) - 1e-12 * magnitude;
    if (count <= EXACT_PAIRS)
        return ldexp((double)count_all(differences, count, bound), -(int)count);
    return ldexp((double)count_sampled(differences, count, bound), -EXACT_PAIRS);
}

double rl_permutation_least_p(size_t count) {
    if (count == 0)
        return 1;
    return ldexp(1, count <= EXACT_PAIRS ? 1 - (int)count : -EXACT_PAIRS);
}

size_t rl_permutation_least_seeds(size_t comparisons) {
    for (size_t n = 1; n <= MOST_SEEDS; n++)
        if ((double)comparisons * rl_permutation_least_p(n) < level)
            return n;
    return 0;
}

/* Holm 1979: in ascending order the p-values times count, count - 1, ..., at most 1, none below the
 * one before. Without sorting: an adjusted value is the largest product up to its own place, and
 * the factor of a p-value is the number of those that are not less. */
void rl_holm(const double *p, double *adjusted, size_t count) {
    for (size_t i = 0; i < count; i++)
        adjusted[i] = 0;
    for (size_t j = 0; j < count; j++) {
        size_t factor = 0;
        for (size_t k = 0; k < count; k++)
            factor += p[k] >= p[j];
        for (size_t i = 0; i < count; i++)
            if (p[i] >= p[j])
                adjusted[i] = fmin(fmax(adjusted[i], (double)factor * p[j]), 1);
    }
}

size_t rl_seeds_needed(double mean, double deviation, size_t comparisons) {
    if (!(mean != 0 && deviation >= 0) || comparisons == 0)
        return 0;
    const double corrected = level / (double)comparisons;
    const double reach =
        rl_student_quantile(1 - corrected / 2, INFINITY) + rl_student_quantile(power, INFINITY);
    const double seeds = ceil(pow(reach * deviation / mean, 2));
    const size_t least = rl_permutation_least_seeds(comparisons);
    if (!(seeds <= MOST_SEEDS) || least == 0)
        return 0;
    return rl_max((size_t)seeds, least);
}
