/* The median, and the Wilson interval: figures from the formula worked by hand, and its defining
 * property, that its ends are the proportions which the measured one is just 1.96 standard
 * deviations away from. */
#include "run/statistics.h"

#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void ends_solve_the_score_equation(void **state) {
    (void)state;
    static const uint64_t counts[][2] = {{1, 2}, {5, 10}, {9531, 10000}, {1, 10000}, {77, 128}};
    const double z = 1.959963984540054;
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        const double n = (double)counts[i][1], p = (double)counts[i][0] / n;
        double ends[2];
        rl_wilson_interval(counts[i][0], counts[i][1], &ends[0], &ends[1]);
        assert_true(ends[0] > 0 && ends[0] < p && p < ends[1] && ends[1] < 1);
        for (size_t e = 0; e < 2; e++) {
            const double q = ends[e], left = (p - q) * (p - q), right = z * z * q * (1 - q) / n;
            /* left is the square of a difference of numbers up to 1, each good to some eps */
            assert_true(fabs(left - right) <= 64 * DBL_EPSILON * (fabs(p - q) + right));
        }
    }
}

static void extremes_stay_proportions(void **state) {
    (void)state;
    double low, high;
    rl_wilson_interval(0, 10, &low, &high);
    assert_true(low == 0 && fabs(high - 0.27753279) < 1e-8); /* z^2 / (n + z^2) */
    rl_wilson_interval(10, 10, &low, &high);
    assert_true(fabs(low - 0.72246721) < 1e-8 && high == 1);
    for (uint64_t n = 1; n < 1000; n++) { /* exactly, whatever is lost to rounding in between */
        rl_wilson_interval(0, n, &low, &high);
        assert_true(low == 0 && high < 1);
        rl_wilson_interval(n, n, &low, &high);
        assert_true(low > 0 && high == 1);
    }
    rl_wilson_interval(0, 0, &low, &high);
    assert_true(low == 0 && high == 1);
}

static void median_is_the_value_in_the_middle(void **state) {
    (void)state;
    double one[] = {3}, odd[] = {5, 1, 100, 2, 4}, even[] = {8, 1, 2, 1000};
    assert_true(rl_median(one, 1) == 3);
    assert_true(rl_median(odd, 5) == 4);
    assert_true(rl_median(even, 4) == 5);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ends_solve_the_score_equation),
        cmocka_unit_test(extremes_stay_proportions),
        cmocka_unit_test(median_is_the_value_in_the_middle),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
