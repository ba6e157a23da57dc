/* Statistics over seeds against scipy 1.10, and Holm's correction against R's p.adjust. */
#include "study/numbers/statistics.h"

#include "study/near.h"

/* scipy: x = betaincinv(freedom / 2, 0.5, 2 * min(probability, 1 - probability)), then
 * sqrt(freedom * (1 - x) / x), printed with "%.16g". That is stats.t.ppf, whose own search ends
 * at the tenth digit in version 1.10. For infinite freedom norm.ppf(probability). */
static void students_quantile_is_scipys(void **state) {
    (void)state;
    static const struct {
        double probability, freedom, quantile;
    } cases[] = {
        {0.975, 1, 12.7062047361747},         {0.975, 2, 4.302652729749462},
        {0.975, 3, 3.182446305283709},        {0.975, 4, 2.776445105197793},
        {0.975, 9, 2.262157162798205},        {0.975, 19, 2.093024054408308},
        {0.975, 999, 1.962341461133315},      {0.9, 5, 1.475884048824481},
        {0.6, 3, 0.27667066233269},           {0.025, 7, -2.364624251592785},
        {0.9999, 3, 22.20374227320501},       {0.999, 0.5, 102849.1156301754},
        {0.975, INFINITY, 1.959963984540054}, {0.8, INFINITY, 0.8416212335729143},
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_near(rl_student_quantile(cases[i].probability, cases[i].freedom), cases[i].quantile,
                    1e-10);
    assert_true(rl_student_quantile(0.5, 3) == 0);
    static const double wrong[][2] = {{0, 3}, {1, 3}, {NAN, 3}, {0.5, 0}, {0.5, NAN}};
    for (size_t i = 0; i < COUNT(wrong); i++)
        assert_true(isnan(rl_student_quantile(wrong[i][0], wrong[i][1])));
}

/* np.mean, np.std(ddof=1), stats.t.interval(.95, 3, d.mean(), stats.sem(d)) of the four numbers */
static void samples_leave_out_what_is_missing(void **state) {
    (void)state;
    const double values[] = {NAN, 0.712, 0.698, NAN, 0.731, 0.705};
    const rl_sample sample = rl_sample_of(values, COUNT(values));
    assert_int_equal(sample.count, 4);
    assert_near(sample.mean, 0.7115, 1e-12);
    assert_near(sample.deviation, 0.014200938936093876, 1e-12);
    assert_near(sample.low, 0.6889031371756303, 1e-12);
    assert_near(sample.high, 0.7340968628243697, 1e-12);
}

static void few_values_have_no_deviation(void **state) {
    (void)state;
    const double one[] = {NAN, 0.5};
    const rl_sample single = rl_sample_of(one, 2), none = rl_sample_of(one, 1);
    assert_int_equal(single.count, 1);
    assert_true(single.mean == 0.5 && isnan(single.deviation) && isnan(single.low));
    assert_int_equal(none.count, 0);
    assert_true(isnan(none.mean) && isnan(none.deviation) && isnan(none.high));
}

/* stats.permutation_test((d,), lambda x: abs(x.sum()), permutation_type='samples',
 *                        n_resamples=np.inf, alternative='greater').pvalue * 2 ** len(d)
 * The fifth has many sums that are equal on paper and not in floating point. */
static void exact_test_counts_what_scipy_counts(void **state) {
    (void)state;
    static const struct {
        size_t count, extreme;
        double differences[16];
    } cases[] = {
        {4, 4, {0.012, 0.008, 0.021, -0.003}},
        {5, 2, {0.01, 0.02, 0.03, 0.04, 0.05}},
        {4, 16, {0.5, -0.5, 0.25, -0.25}},
        {8, 26, {1.5, 2.5, -0.7, 3.1, 0.2, -1.1, 2.2, 0.9}},
        {12, 1330, {0.1, 0.2, 0.3, -0.1, -0.2, -0.3, 0.4, 0.1, 0.2, 0.1, 0.3, -0.2}},
        {16,
         62,
         {0.0213, 0.0087, 0.0151, -0.0042, 0.0198, 0.0066, 0.0105, 0.0011, -0.0023, 0.0177, 0.0044,
          0.0091, 0.0135, -0.0008, 0.0029, 0.0068}},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        const double p = rl_permutation_p(cases[i].differences, cases[i].count);
        assert_true(p == ldexp((double)cases[i].extreme, -(int)cases[i].count));
    }
}

static void test_knows_its_ends(void **state) {
    (void)state;
    double same[20], none[3] = {0, 0, 0};
    for (size_t n = 1; n <= 20; n++) {
        same[n - 1] = 0.1 * (double)n;
        assert_true(rl_permutation_p(same, n) == ldexp(2, -(int)n));
    }
    assert_true(rl_permutation_p(none, 3) == 1);
    assert_true(rl_permutation_p(none, 0) == 1);
}

/* ((i * 37) % 25 - 9) / 100 for i in range(24): the exact share, counted over sums in integers, is
 * 0.07096; a million samples find it to four standard errors, and find the same the next time. */
static void many_seeds_are_sampled(void **state) {
    (void)state;
    double differences[40];
    for (int i = 0; i < 24; i++)
        differences[i] = ((i * 37) % 25 - 9) / 100.0;
    const double exact = 0.07096028327941895, p = rl_permutation_p(differences, 24);
    assert_true(fabs(p - exact) < 4 * sqrt(exact * (1 - exact) / (1 << 20)));
    assert_true(p == rl_permutation_p(differences, 24));
    for (int i = 0; i < 40; i++)
        differences[i] = 1;
    assert_true(rl_permutation_p(differences, 40) == ldexp(1, -20));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(students_quantile_is_scipys),
        cmocka_unit_test(samples_leave_out_what_is_missing),
        cmocka_unit_test(few_values_have_no_deviation),
        cmocka_unit_test(exact_test_counts_what_scipy_counts),
        cmocka_unit_test(test_knows_its_ends),
        cmocka_unit_test(many_seeds_are_sampled),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
