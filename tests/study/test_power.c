/* Power and planning against scipy 1.17: stats.chi and stats.norm, integrated by integrate.quad in
 * 400 pieces (stats.nct errs for few seeds and large differences), and stats.chi2. */
#include "study/numbers/power.h"

#include "study/near.h"
#include "study/numbers/distributions.h"

static void power_is_scipys(void **state) {
    (void)state;
    static const struct {
        size_t seeds;
        double distance, alpha, power;
    } cases[] = {
        {8, 1, .05, .6808339582062666},
        {8, 1, .05 / 3, .44654347311279086},
        {3, 5, .05 / 3, .7153202605101626},
        {16, .5, .05, .46486995563587575},
        {10, 1, .05, .8030968566327215},
        {2, 3, .05, .2607707142291099},
        {3, 50, .001, .9994453928320536},
        {200, .1, .05, .2906576176614975},
        {5, 0, .05, .05},
        {5, 0, .05 / 12, .05 / 12},
        {1000, 0, .05, .05},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        const double power = rl_power(cases[i].seeds, cases[i].distance, cases[i].alpha);
        assert_near(power, cases[i].power, 1e-9);
        assert_near(rl_power(cases[i].seeds, -cases[i].distance, cases[i].alpha), power, 1e-12);
    }
    assert_true(isnan(rl_power(1, 1, .05)) && isnan(rl_power(8, NAN, .05)));
    assert_true(isnan(rl_power(8, 1, 0)) && isnan(rl_power(8, 1, 1)));
}

/* quad of chi.pdf(s) (2 norm.cdf(sqrt(n) within - t s) - 1) up to where that is 0 */
static void power_for_equality_is_scipys(void **state) {
    (void)state;
    assert_near(rl_power_same(8, 1, .05), .4139595603041289, 1e-9);
    assert_near(rl_power_same(8, 2, .05), .9952034988061698, 1e-9);
    assert_near(rl_power_same(3, 5, .05), .9601041571956687, 1e-9);
    assert_near(rl_power_same(16, .8, .05 / 3), .40758707403090794, 1e-9);
    assert_near(rl_power_same(30, .5, .05), .5083335265061557, 1e-9);
}

static void seeds_are_the_least_with_the_power(void **state) {
    (void)state;
    static const double distances[] = {.5, 1, 1.5, 2, 3};
    static const size_t one[] = {34, 10, 6, 5, 4}, three[] = {45, 14, 8, 6, 5};
    for (size_t i = 0; i < COUNT(distances); i++) {
        assert_int_equal(rl_power_seeds(distances[i], .05), one[i]);
        assert_int_equal(rl_power_seeds(-distances[i], .05 / 3), three[i]);
        const size_t same = rl_power_same_seeds(distances[i], .05);
        assert_true(rl_power_same(same, distances[i], .05) >= .8);
        assert_true(same == 3 || rl_power_same(same - 1, distances[i], .05) < .8);
    }
    assert_int_equal(rl_power_seeds(1000, .05), 3); /* fewer have no verdict */
    assert_int_equal(rl_power_seeds(INFINITY, .05), 3);
    assert_int_equal(rl_power_seeds(.05, .05), 0);
    assert_int_equal(rl_power_seeds(0, .05), 0);
    assert_int_equal(rl_power_seeds(NAN, .05), 0);
}

static void pilots_are_multiplied(void **state) {
    (void)state;
    assert_near(rl_pilot_factor(3), 2.1169364935501847, 1e-12);
    assert_near(rl_pilot_factor(4), 1.7275872940849268, 1e-12);
    assert_near(rl_pilot_factor(5), 1.55757542255663, 1e-12);
    assert_near(rl_pilot_factor(8), 1.3532729164287118, 1e-12);
    assert_near(rl_pilot_factor(1000), 1.0194737725203922, 1e-12);
    assert_true(isnan(rl_pilot_factor(1)));
}

/* norm.sf(t.ppf(1 - alpha / 2, last - 1) s / sqrt(last), loc=(n d + (last - n) (d + s / sqrt(n))) /
 * last, scale=s sqrt(last - n) / last) */
static void conditional_power_is_scipys(void **state) {
    (void)state;
    assert_near(rl_conditional_power(4, 16, .1, 1, .025), .24789322248138945, 1e-9);
    assert_near(rl_conditional_power(4, 16, -.1, 1, .025), .05425847445150993, 1e-9);
    assert_near(rl_conditional_power(8, 16, .1, 1, .025), .025259906273162838, 1e-9);
    assert_near(rl_conditional_power(8, 16, 1, 1, .025), .9991425805834684, 1e-9);
    assert_near(rl_conditional_power(4, 8, 0, 1, .05 / 6), 1.7228924841225072e-05, 1e-6);
    assert_true(rl_conditional_power(4, 8, .1, 0, .05) == 1);
    assert_true(rl_conditional_power(4, 8, 0, 0, .05) == 0);
    assert_true(isnan(rl_conditional_power(8, 8, 1, 1, .05)));
    /* norm.cdf(r) - norm.cdf(-r), r = within - reach, around the mean moved towards 0 */
    assert_near(rl_conditional_power_same(4, 16, .3, 1, 1, .025), .9005399997549226, 1e-9);
    assert_near(rl_conditional_power_same(8, 16, -.6, 1.2, 1, .05 / 6), .5398906966623366, 1e-9);
    assert_true(rl_conditional_power_same(4, 8, 2, 1, .5, .05) < 1e-20);
    assert_true(rl_conditional_power_same(4, 8, 0, .1, 1, .05) == 0); /* no interval is so short */
    assert_true(rl_conditional_power_same(4, 8, .05, .1, 0, .05) == 1);
}

static void distributions_are_scipys(void **state) {
    (void)state;
    assert_near(rl_student_p(2, 2), .18350341907227397, 1e-12);
    assert_near(rl_student_p(-28.3, 2), .0012462772324478765, 1e-12);
    assert_near(rl_student_p(4.5, 7), .0027983300778426316, 1e-12);
    assert_near(rl_student_p(40, 3), 3.4380680789158506e-05, 1e-12);
    assert_near(rl_student_quantile(1 - .05 / 6, 2), 7.648803937915553, 1e-11);
    assert_near(rl_student_quantile(1 - .05 / 12, 2), 10.885866619163108, 1e-11);
    assert_near(rl_student_quantile(1 - .05 / 6, 7), 3.1275522742463706, 1e-11);
    assert_near(rl_student_quantile(1 - .05 / 12, 7), 3.6358074219539374, 1e-11);
    assert_near(rl_student_quantile(.99375, 3), 5.391949071934058, 1e-11);
    assert_near(rl_chi_square_probability(.5, 1), .5204998778130466, 1e-12);
    assert_near(rl_chi_square_probability(3, 4), .4421745996289252, 1e-12);
    assert_near(rl_chi_square_probability(20, 7), .9944303169270544, 1e-12);
    assert_near(rl_chi_square_probability(100, 120), .09226505195893298, 1e-12);
    assert_true(rl_chi_square_probability(0, 3) == 0);
    assert_near(rl_chi_square_quantile(.2, 2), .4462871026284195, 1e-12);
    assert_near(rl_chi_square_quantile(.2, 3), 1.0051740130523492, 1e-12);
    assert_near(rl_chi_square_quantile(.975, 10), 20.483177350807388, 1e-12);
    assert_near(rl_chi_square_quantile(.01, 1), .00015708785790970184, 1e-11);
    assert_true(isnan(rl_chi_square_quantile(1, 3)) && isnan(rl_chi_square_quantile(.5, 0)));
    assert_near(rl_normal_probability(-1.959963984540054), .025, 1e-12);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(power_is_scipys),
        cmocka_unit_test(power_for_equality_is_scipys),
        cmocka_unit_test(seeds_are_the_least_with_the_power),
        cmocka_unit_test(pilots_are_multiplied),
        cmocka_unit_test(conditional_power_is_scipys),
        cmocka_unit_test(distributions_are_scipys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
