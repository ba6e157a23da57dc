/* Statistics over seeds: one sample by itself, and a test that enumerates all sign changes instead
 * of assuming a distribution. */
#include "study/numbers/statistics.h"

#include "base/memory.h"
#include "base/random.h"
#include "study/numbers/verdict.h"

#include <math.h>

enum {
    EXACT_PAIRS = 20, /* up to as many, all sign changes are looked at */
    HALF_PAIRS = EXACT_PAIRS / 2
};

rl_sample rl_sample_of(const double *values, size_t count) {
    const rl_interval interval = rl_interval_of(values, count, 0.05, 0);
    return (rl_sample){interval.count, interval.mean, interval.deviation, interval.low,
                       interval.high};
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
