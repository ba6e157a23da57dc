/* The power of the paired interval. A noncentral t is a normal number over a chi: the probability
 * given the chi is one of the normal distribution, and is integrated over its density, which
 * stays exact where series for the noncentral t do not (few seeds, large differences). */
#include "study/numbers/power.h"

#include "study/numbers/distributions.h"
#include "study/numbers/verdict.h"

#include <math.h>
#include <stdbool.h>

static const double wanted_power = 0.8, pilot_quantile = 0.2;

/* The probability of an outcome given the ratio of estimated to true deviation. */
typedef struct integrand {
    double (*given)(const struct integrand *what, double ratio);
    double freedom, shift, reach; /* shift: of the mean, in standard errors; reach: quantile of t */
    double log_front;             /* of the density of the ratio */
} integrand;

static double density(const integrand *what, double ratio) {
    const double v = what->freedom;
    if (ratio <= 0)
        return v == 1 ? exp(what->log_front) : 0;
    return exp(what->log_front + (v - 1) * log(ratio) - v * ratio * ratio / 2);
}

static double height(const integrand *what, double ratio) {
    return density(what, ratio) * what->given(what, ratio);
}

/* Simpson's rule on halves until they agree with the whole. */
static double simpson(const integrand *what, double from, double to, const double heights[3],
                      double whole, int depth) {
    const double middle = (from + to) / 2, sixth = (to - from) / 12;
    const double left = height(what, (from + middle) / 2), right = height(what, (middle + to) / 2);
    const double first = sixth * (heights[0] + 4 * left + heights[1]);
    const double second = sixth * (heights[1] + 4 * right + heights[2]);
    const double error = (first + second - whole) / 15;
    if (depth == 0 || fabs(error) < 1e-15)
        return first + second + error;
    return simpson(what, from, middle, (double[]){heights[0], left, heights[1]}, first, depth - 1) +
           simpson(what, middle, to, (double[]){heights[1], right, heights[2]}, second, depth - 1);
}

/* Over all ratios. Beyond 12 deviations of the density, 1 / sqrt(2 freedom) each or less, nothing
 * is left of it. */
static double integrate(integrand *what) {
    enum { PANELS = 64, DEPTH = 24 };
    const double v = what->freedom, spread = 12 / sqrt(2 * v);
    what->log_front = log(2) + v / 2 * log(v / 2) - lgamma(v / 2);
    const double low = fmax(0, 1 - spread), width = (1 + spread - low) / PANELS;
    double sum = 0;
    for (int i = 0; i < PANELS; i++) {
        const double from = low + i * width, to = from + width;
        const double heights[3] = {height(what, from), height(what, (from + to) / 2),
                                   height(what, to)};
        sum += simpson(what, from, to, heights,
                       width / 6 * (heights[0] + 4 * heights[1] + heights[2]), DEPTH);
    }
    return fmin(fmax(sum, 0), 1);
}

static double outside(const integrand *what, double ratio) {
    return rl_normal_probability(what->shift - what->reach * ratio) +
           rl_normal_probability(-what->shift - what->reach * ratio);
}

static double inside(const integrand *what, double ratio) {
    const double room = what->shift - what->reach * ratio;
    return room > 0 ? 2 * rl_normal_probability(room) - 1 : 0;
}

static double power_of(double (*given)(const integrand *, double), size_t seeds, double distance,
                       double alpha) {
    if (seeds < 2 || isnan(distance) || !(alpha > 0 && alpha < 1))
        return NAN;
    const double freedom = (double)seeds - 1;
    integrand what = {.given = given,
                      .freedom = freedom,
                      .shift = distance * sqrt((double)seeds),
                      .reach = rl_student_quantile(1 - alpha / 2, freedom)};
    return integrate(&what);
}

double rl_power(size_t seeds, double distance, double alpha) {
    return power_of(outside, seeds, distance, alpha);
}

double rl_power_same(size_t seeds, double within, double alpha) {
    return power_of(inside, seeds, within, alpha);
}

/* Doubled until it is enough, then bisected. */
size_t rl_power_least_seeds(double (*power)(size_t, const void *), const void *context) {
    size_t low = RL_VERDICT_SEEDS - 1, high = RL_VERDICT_SEEDS;
    while (!(power(high, context) >= wanted_power)) {
        if (high == RL_POWER_MOST_SEEDS)
            return 0;
        low = high;
        high = 2 * high < RL_POWER_MOST_SEEDS ? 2 * high : RL_POWER_MOST_SEEDS;
    }
    while (high - low > 1) {
        const size_t middle = (low + high) / 2;
        if (power(middle, context) >= wanted_power)
            high = middle;
        else
            low = middle;
    }
    return high;
}

/* What one of the powers above is asked for. */
typedef struct {
    double distance, alpha;
} question;

static double power_of_question(size_t seeds, const void *context) {
    const question *asked = context;
    return rl_power(seeds, asked->distance, asked->alpha);
}

static double power_same_of_question(size_t seeds, const void *context) {
    const question *asked = context;
    return rl_power_same(seeds, asked->distance, asked->alpha);
}

size_t rl_power_seeds(double distance, double alpha) {
    return rl_power_least_seeds(power_of_question, &(question){distance, alpha});
}

size_t rl_power_same_seeds(double within, double alpha) {
    return rl_power_least_seeds(power_same_of_question, &(question){within, alpha});
}

double rl_pilot_factor(size_t seeds) {
    if (seeds < 2)
        return NAN;
    const double freedom = (double)seeds - 1;
    return sqrt(freedom / rl_chi_square_quantile(pilot_quantile, freedom));
}

/* What is known of the mean of all seeds when some are there, with the deviation taken as known:
 * those to come have a mean that is normal around `truth`, and with it the mean of all. */
typedef struct {
    double centre, deviation; /* of the mean of all */
    double reach;             /* of its interval, either way */
} outlook;

static outlook look_ahead(size_t seeds, size_t last, double mean, double truth, double deviation,
                          double alpha) {
    const double done = (double)seeds, all = (double)last, left = all - done;
    return (outlook){.centre = (done * mean + left * truth) / all,
                     .deviation = deviation * sqrt(left) / all,
                     .reach = rl_student_quantile(1 - alpha / 2, all - 1) * deviation / sqrt(all)};
}

/* P(mean of all < bound). */
static double below(const outlook *ahead, double bound) {
    if (ahead->deviation > 0)
        return rl_normal_probability((bound - ahead->centre) / ahead->deviation);
    return ahead->centre < bound;
}

static bool is_outlook(size_t seeds, size_t last, double mean, double deviation) {
    return seeds >= 2 && last > seeds && deviation >= 0 && !isnan(mean);
}

double rl_conditional_power(size_t seeds, size_t last, double distance, double deviation,
                            double alpha) {
    if (!is_outlook(seeds, last, distance, deviation))
        return NAN;
    const double truth = distance + deviation / sqrt((double)seeds);
    const outlook ahead = look_ahead(seeds, last, -distance, -truth, deviation, alpha);
    return below(&ahead, -ahead.reach);
}

double rl_conditional_power_same(size_t seeds, size_t last, double mean, double within,
                                 double deviation, double alpha) {
    if (!is_outlook(seeds, last, mean, deviation))
        return NAN;
    const double seen = fabs(mean), truth = fmax(seen - deviation / sqrt((double)seeds), 0);
    const outlook ahead = look_ahead(seeds, last, seen, truth, deviation, alpha);
    const double room = within - ahead.reach;
    return room > 0 ? below(&ahead, room) - below(&ahead, -room) : 0;
}
