/* Student's t and the binomial's limits from the incomplete beta function, chi-square from the
 * incomplete gamma function; quantiles by bisection until no number lies between the ends: slow and
 * sure. */
#include "study/numbers/distributions.h"

#include <float.h>
#include <math.h>

enum { MOST_TERMS = 10000 };

static double away_from_zero(double value) {
    return fabs(value) < DBL_MIN ? DBL_MIN : value;
}

/* The continued fraction of the incomplete beta function (DLMF 8.17.22), by the modified Lentz
 * method (Thompson and Barnett 1986). Converges fast for x < (a + 1) / (a + b + 2). */
static double beta_fraction(double x, double a, double b) {
    double c = 1, d = 1 / away_from_zero(1 - (a + b) * x / (a + 1));
    double value = d;
    for (int m = 1; m < MOST_TERMS; m++) {
        const double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
        const double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
        double factor = 1;
        for (int half = 0; half < 2; half++) {
            const double term = half ? odd : even;
            d = 1 / away_from_zero(1 + term * d);
            c = away_from_zero(1 + term / c);
            factor = c * d;
            value *= factor;
        }
        if (fabs(factor - 1) < DBL_EPSILON)
            break;
    }
    return value;
}

/* I_x(a, b); `rest` is 1 - x, which the caller knows without cancellation. */
static double incomplete_beta(double x, double rest, double a, double b) {
    if (x <= 0 || rest <= 0)
        return x <= 0 ? 0 : 1;
    const double front = exp(a * log(x) + b * log(rest) + lgamma(a + b) - lgamma(a) - lgamma(b));
    if (x < (a + 1) / (a + b + 2))
        return front * beta_fraction(x, a, b) / a;
    return 1 - front * beta_fraction(rest, b, a) / b;
}

double rl_beta_probability(double x, double a, double b) {
    return incomplete_beta(x, 1 - x, a, b);
}

/* P(T > t) for t >= 0 (DLMF 8.17, Abramowitz and Stegun 26.7.1). */
static double student_tail(double t, double freedom) {
    if (isinf(freedom))
        return erfc(t / sqrt(2)) / 2;
    const double square = t * t, sum = freedom + square;
    return incomplete_beta(freedom / sum, square / sum, freedom / 2, 0.5) / 2;
}

double rl_student_p(double t, double freedom) {
    return 2 * student_tail(fabs(t), freedom);
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

double rl_normal_probability(double z) {
    return erfc(-z / sqrt(2)) / 2;
}

/* The regularised incomplete gamma function P(a, x) by its series (DLMF 8.11.4): all terms are
 * positive, so that none cancel. */
static double incomplete_gamma(double a, double x) {
    if (!(x > 0))
        return 0;
    double term = 1 / a, sum = term;
    for (int n = 1; n < MOST_TERMS && term > sum * DBL_EPSILON; n++) {
        term *= x / (a + n);
        sum += term;
    }
    return fmin(exp(a * log(x) - x - lgamma(a)) * sum, 1);
}

double rl_chi_square_probability(double x, double freedom) {
    return incomplete_gamma(freedom / 2, x / 2);
}

double rl_chi_square_quantile(double probability, double freedom) {
    if (!(probability > 0 && probability < 1 && freedom > 0))
        return NAN;
    double low = 0, high = freedom;
    while (rl_chi_square_probability(high, freedom) < probability)
        high *= 2;
    double middle = (low + high) / 2;
    while (middle > low && middle < high) {
        if (rl_chi_square_probability(middle, freedom) < probability)
            low = middle;
        else
            high = middle;
        middle = (low + high) / 2;
    }
    return high;
}
