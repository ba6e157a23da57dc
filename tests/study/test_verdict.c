/* Intervals and where they lie, against scipy 1.17 and numpy, and by hand where there is a grid. */
#include "study/numbers/verdict.h"

#include "study/near.h"

#include <stdbool.h>

/* stats.t.interval(1 - alpha, 5, d.mean(), stats.sem(d)) */
static void the_interval_is_scipys(void **state) {
    (void)state;
    const double d[] = {0.012, 0.008, NAN, 0.021, -0.003, 0.010, 0.017};
    const rl_interval one = rl_interval_of(d, COUNT(d), 0.05, 0);
    const rl_interval three = rl_interval_of(d, COUNT(d), 0.05 / 3, 1e-3);
    assert_int_equal(one.count, 6);
    assert_near(one.mean, 0.010833333333333334, 1e-12);
    assert_near(one.deviation, 0.00828049917979989, 1e-12);
    assert_near(one.error, 0.00828049917979989 / sqrt(6), 1e-12);
    assert_near(one.low, 0.0021434823779218626, 1e-11);
    assert_near(one.high, 0.019523184288744805, 1e-11);
    assert_near(one.level, 0.95, 1e-15);
    assert_near(three.low, -0.0011137266094556099, 1e-10);
    assert_near(three.high, 0.022780393276122295, 1e-11);
    assert_int_equal(rl_interval_place(&one, 0), RL_LIES_ABOVE);
    assert_int_equal(rl_interval_place(&three, 0), RL_LIES_ACROSS);
    const rl_interval turned = rl_interval_turned(one);
    assert_true(turned.low == -one.high && turned.high == -one.low && turned.mean == -one.mean);
    assert_int_equal(rl_interval_place(&turned, 0), RL_LIES_BELOW);
}

/* Three equal differences on a grid of 1 / 500: without the floor the interval has no width. By
 * hand: sqrt(2 / 12) / 500 / sqrt(3) times 4.302652729749462. */
static void equal_differences_are_no_certainty(void **state) {
    (void)state;
    const double equal[] = {0.002, 0.002, 0.002}, none[] = {0, 0, 0}, wide[] = {0.1, 0.2, 0.3};
    const rl_interval floored = rl_interval_of(equal, 3, 0.05, 1.0 / 500);
    assert_near(floored.deviation, 0, 0); /* as measured */
    assert_near(floored.high - floored.mean, 4.302652729749462 * 0.408248290463863 / 500 / sqrt(3),
                1e-11);
    assert_int_equal(rl_interval_place(&floored, 0), RL_LIES_ACROSS);
    const rl_interval bare = rl_interval_of(equal, 3, 0.05, 0);
    assert_int_equal(rl_interval_place(&bare, 0), RL_LIES_ABOVE);
    const rl_interval zero = rl_interval_of(none, 3, 0.05, 0);
    assert_true(zero.low == 0 && zero.high == 0);
    assert_int_equal(rl_interval_place(&zero, 0), RL_LIES_ACROSS);
    const rl_interval spread = rl_interval_of(wide, 3, 0.05, 1.0 / 500);
    assert_near(spread.high, 0.2 + 4.302652729749462 * 0.1 / sqrt(3), 1e-11); /* no floor needed */
}

static void a_line_that_is_touched_is_in_the_interval(void **state) {
    (void)state;
    /* 0.31 - 0.30 and 0.01 are equal on paper */
    const rl_interval touching = {8, 0.02, 0.01, 0.004, 0.95, 0.31 - 0.30, 0.03};
    assert_true(touching.low != 0.01);
    assert_int_equal(rl_interval_place(&touching, 0.01), RL_LIES_ACROSS);
    assert_int_equal(rl_interval_place(&touching, 0.009999), RL_LIES_ABOVE);
    const rl_interval below = {8, -0.02, 0.01, 0.004, 0.95, -0.03, 0.30 - 0.31};
    assert_int_equal(rl_interval_place(&below, -0.01), RL_LIES_ACROSS);
    assert_int_equal(rl_interval_place(&below, -0.009999), RL_LIES_BELOW);
    const rl_interval nothing = {1, 0.02, NAN, NAN, 0.95, NAN, NAN};
    assert_int_equal(rl_interval_place(&nothing, 0), RL_LIES_ACROSS);
}

static void few_differences_have_no_interval(void **state) {
    (void)state;
    const double d[] = {NAN, 0.5, 0.7};
    const rl_interval none = rl_interval_of(d, 1, 0.05, 0), one = rl_interval_of(d, 2, 0.05, 0);
    const rl_interval two = rl_interval_of(d, 3, 0.05, 0);
    assert_true(none.count == 0 && isnan(none.mean) && isnan(none.low));
    assert_true(one.count == 1 && one.mean == 0.5 && isnan(one.deviation) && isnan(one.high));
    assert_near(two.high, 0.6 + 12.7062047361747 * 0.1, 1e-11);
}

/* The same from the matrix D by numpy:
 * V = max(rows / n, rows / n + columns / M - rest / (n M)), t.ppf(1 - alpha / 2, n - 1) */
static void new_images_widen_the_interval_as_numpy_says(void **state) {
    (void)state;
    enum { SEEDS = 5, IMAGES = 60 };
    static uint8_t bits[2][SEEDS][IMAGES];
    static const struct {
        size_t seeds, images;
        double alpha, mean, deviation, low, high;
    } cases[] = {
        /* columns and rest about cancel: the interval over seeds is the least */
        {4, 50, 0.05, 0.17, 0.062182527020592106, 0.07105372331505617, 0.26894627668494386},
        /* no deviation over seeds at all but its floor, (1 / 6) / 60^2 / 3: the images have it */
        {3, 60, 0.05, 0.3, 0, -0.059073955345886775, 0.6590739553458868},
        {5, 40, 0.01, 0.225, 0.4183300132670378, -0.636347279239736, 1.086347279239736},
    };
    for (size_t c = 0; c < COUNT(cases); c++) {
        const uint8_t *first[SEEDS], *second[SEEDS];
        for (size_t s = 0; s < SEEDS; s++) {
            first[s] = bits[0][s];
            second[s] = bits[1][s];
            for (size_t i = 0; i < IMAGES; i++) {
                const bool a[] = {(i * (s + 3) + s * s) % 7 < 4, i % 5 < 3 || (i + s) % 11 == 0,
                                  (i * i + s) % 4 < 2};
                const bool b[] = {(i * (2 * s + 1) + 5) % 9 < 4, i % 3 < 1, (i + s) % 8 < 3};
                bits[0][s][i] = a[c];
                bits[1][s][i] = b[c];
            }
        }
        const rl_interval interval =
            rl_image_interval(first, second, cases[c].seeds, cases[c].images, cases[c].alpha);
        assert_int_equal(interval.count, cases[c].seeds);
        assert_near(interval.mean, cases[c].mean, 1e-12);
        assert_true(fabs(interval.deviation - cases[c].deviation) < 1e-9);
        assert_near(interval.low, cases[c].low, 1e-11);
        assert_near(interval.high, cases[c].high, 1e-11);
        const rl_interval one = rl_image_interval(first, second, 1, cases[c].images, 0.05);
        assert_true(isfinite(one.mean) && isnan(one.low) && isnan(one.high));
        assert_true(isnan(rl_image_interval(first, second, 3, 0, 0.05).mean));
    }
}

static void improvement_counts_pairs_of_runs(void **state) {
    (void)state;
    const double a[] = {0.3, 0.5, NAN}, b[] = {0.2, 0.5, 0.4};
    /* 0.3 beats 0.2; 0.5 beats 0.2 and 0.4, and ties once */
    assert_near(rl_improvement(a, b, 3), 3.5 / 6, 1e-15);
    assert_near(rl_improvement(b, a, 3), 2.5 / 6, 1e-15);
    assert_true(isnan(rl_improvement(a, b, 0)));
}

/* np.corrcoef */
static void correlation_is_numpys(void **state) {
    (void)state;
    const double a[] = {0.71, 0.70, NAN, 0.73, 0.705}, b[] = {0.69, 0.70, 0.5, 0.72, 0.68};
    const double flat[] = {1, 1, 1, 1, 1};
    assert_near(rl_correlation(a, b, COUNT(a)), 0.7606953970487945, 1e-12);
    assert_true(isnan(rl_correlation(a, flat, COUNT(a))));
    assert_true(isnan(rl_correlation(a, b, 3))); /* two pairs lie on a line */
}

/* stats.beta.ppf(0.95, hits + 1, trials - hits) */
static void limits_of_shares_are_scipys(void **state) {
    (void)state;
    assert_near(rl_share_limit(0, 3), 0.6315968501359612, 1e-12);
    assert_near(rl_share_limit(0, 8), 0.3123439780663678, 1e-12);
    assert_near(rl_share_limit(1, 8), 0.47067940860113155, 1e-12);
    assert_near(rl_share_limit(3, 16), 0.4165722807061528, 1e-12);
    assert_near(rl_share_limit(7, 8), 0.993608849045455, 1e-12);
    assert_true(rl_share_limit(8, 8) == 1 && rl_share_limit(0, 0) == 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_interval_is_scipys),
        cmocka_unit_test(equal_differences_are_no_certainty),
        cmocka_unit_test(a_line_that_is_touched_is_in_the_interval),
        cmocka_unit_test(few_differences_have_no_interval),
        cmocka_unit_test(new_images_widen_the_interval_as_numpy_says),
        cmocka_unit_test(improvement_counts_pairs_of_runs),
        cmocka_unit_test(correlation_is_numpys),
        cmocka_unit_test(limits_of_shares_are_scipys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
