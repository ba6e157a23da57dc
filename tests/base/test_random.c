/* Philox against the known answers of its authors' library (Random123, kat_vectors), and the
 * properties of the streams and distributions drawn from it. */
#include "base/random.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void known_answers(void **state) {
    (void)state;
    static const struct {
        uint32_t counter[4], key[2], out[4];
    } vectors[] = {
        {{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
        {{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
         {0xffffffff, 0xffffffff},
         {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
        {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
         {0xa4093822, 0x299f31d0},
         {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
    };
    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
        uint32_t out[4];
        rl_philox(vectors[i].counter, vectors[i].key, out);
        assert_memory_equal(out, vectors[i].out, sizeof out);
    }
}

/* The layout of key and counter is part of the reproducibility contract. */
static void a_stream_is_philox_of_its_name(void **state) {
    (void)state;
    const uint32_t key[2] = {0x89abcdef, 0x01234567};
    const uint32_t name[3] = {0x44332211, 0x88776655, 3U << 24 | 0x00abcdef};
    rl_random random =
        rl_random_stream(0x0123456789abcdef, RL_RANDOM_AUGMENT, 0xabcdef, 0x8877665544332211);
    for (uint32_t block = 0; block < 3; block++) {
        const uint32_t counter[4] = {block, name[0], name[1], name[2]};
        uint32_t expected[4];
        rl_philox(counter, key, expected);
        for (int i = 0; i < 4; i++) {
            assert_int_equal(rl_random_u32(&random), expected[i]);
        }
    }
}

static void streams_differ_in_every_part_of_the_name(void **state) {
    (void)state;
    rl_random streams[] = {
        rl_random_stream(1, RL_RANDOM_INIT, 1, 1),
        rl_random_stream(2, RL_RANDOM_INIT, 1, 1),
        rl_random_stream(1 + (1ULL << 32), RL_RANDOM_INIT, 1, 1),
        rl_random_stream(1, RL_RANDOM_SHUFFLE, 1, 1),
        rl_random_stream(1, RL_RANDOM_INIT, 2, 1),
        rl_random_stream(1, RL_RANDOM_INIT, 1, 2),
        rl_random_stream(1, RL_RANDOM_INIT, 1, 1 + (1ULL << 32)),
    };
    enum { COUNT = sizeof streams / sizeof streams[0] };
    uint32_t first[COUNT];
    for (size_t i = 0; i < COUNT; i++) {
        first[i] = rl_random_u32(&streams[i]);
        for (size_t j = 0; j < i; j++) {
            assert_int_not_equal(first[i], first[j]);
        }
    }
}

/* A stream that hands out `word` next. */
static rl_random about_to_draw(uint32_t word) {
    rl_random random = rl_random_stream(0, RL_RANDOM_TEST, 0, 0);
    random.block[3] = word;
    random.used = 3;
    return random;
}

static void floats_stay_below_their_upper_end(void **state) {
    (void)state;
    rl_random lowest = about_to_draw(0), highest = about_to_draw(UINT32_MAX);
    assert_true(rl_random_float(&lowest) == 0.0F);
    assert_true(rl_random_float(&highest) == 1.0F - 0x1p-24F);
    /* In these intervals low + (high - low) * u rounds up to `high` for the largest u. */
    static const float ends[][2] = {{1, 2}, {-1, 3}, {0x1p20F, 0x1p20F + 1}, {5, 5.0000005F}};
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        rl_random low = about_to_draw(0), high = about_to_draw(UINT32_MAX);
        assert_true(rl_random_range(&low, ends[i][0], ends[i][1]) == ends[i][0]);
        const float value = rl_random_range(&high, ends[i][0], ends[i][1]);
        assert_true(value >= ends[i][0] && value < ends[i][1]);
    }
    rl_random any = rl_random_stream(7, RL_RANDOM_TEST, 0, 0);
    assert_true(rl_random_range(&any, 3, 3) <= 3);
}

/* With a bound of 3 * 2^30 a word is rejected where plain scaling would favour some results: the
 * low half of word * bound is below 2^32 mod bound. */
static void below_rejects_what_would_be_unfair(void **state) {
    (void)state;
    const uint32_t bound = 3U << 30;
    rl_random fair = about_to_draw(1), unfair = about_to_draw(0);
    assert_int_equal(rl_random_below(&fair, bound), 0);
    rl_random next = rl_random_stream(0, RL_RANDOM_TEST, 0, 0);
    uint64_t product;
    do {
        product = (uint64_t)rl_random_u32(&next) * bound;
    } while ((uint32_t)product < 1U << 30);
    assert_int_equal(rl_random_below(&unfair, bound), product >> 32);
    for (uint32_t i = 0; i < 100; i++) {
        rl_random random = rl_random_stream(i, RL_RANDOM_TEST, 0, 0);
        assert_int_equal(rl_random_below(&random, 1), 0);
        assert_true(rl_random_below(&random, 10) < 10);
        assert_true(rl_random_below(&random, UINT32_MAX) < UINT32_MAX);
    }
}

/* Counts of n draws over k equal cells deviate from n/k by less than 6 standard deviations. */
static void below_is_uniform(void **state) {
    (void)state;
    enum { CELLS = 10, DRAWS = 100000 };
    rl_random random = rl_random_stream(11, RL_RANDOM_TEST, 0, 0);
    double count[CELLS] = {0};
    for (int i = 0; i < DRAWS; i++) {
        count[rl_random_below(&random, CELLS)]++;
    }
    const double p = 1.0 / CELLS, deviation = sqrt(DRAWS * p * (1 - p));
    for (int i = 0; i < CELLS; i++) {
        assert_true(fabs(count[i] - DRAWS * p) < 6 * deviation);
    }
}

/* The mean of n standard normals has deviation 1/sqrt(n), that of their squares sqrt(2/n), of their
 * fourth powers sqrt(96/n); each must be within 6 of its own deviations. */
static void normals_have_normal_moments(void **state) {
    (void)state;
    enum { DRAWS = 200000 };
    rl_random random = rl_random_stream(12, RL_RANDOM_TEST, 0, 0);
    double sum = 0, squares = 0, fourths = 0;
    for (int i = 0; i < DRAWS; i++) {
        const double value = rl_random_normal(&random);
        assert_true(isfinite(value));
        sum += value;
        squares += value * value;
        fourths += value * value * value * value;
    }
    assert_true(fabs(sum / DRAWS) < 6 / sqrt(DRAWS));
    assert_true(fabs(squares / DRAWS - 1) < 6 * sqrt(2.0 / DRAWS));
    assert_true(fabs(fourths / DRAWS - 3) < 6 * sqrt(96.0 / DRAWS));
    /* The word 0, whose logarithm would be infinite if it were taken as it is. */
    rl_random zero = rl_random_stream(0, RL_RANDOM_TEST, 0, 0);
    zero.block[2] = zero.block[3] = 0;
    zero.used = 2;
    assert_true(isfinite(rl_random_normal(&zero)));
}

static void doubles_never_reach_an_end(void **state) {
    (void)state;
    rl_random lowest = about_to_draw(0), highest = about_to_draw(UINT32_MAX);
    lowest.block[2] = 0;
    highest.block[2] = UINT32_MAX;
    lowest.used = highest.used = 2;
    assert_true(rl_random_double(&lowest) == 0x1p-53);
    assert_true(rl_random_double(&highest) == 1 - 0x1p-53);
    rl_random halves = about_to_draw(0); /* the first word is the high one */
    halves.block[2] = 1U << 31;
    halves.used = 2;
    assert_true(rl_random_double(&halves) == 0.5 + 0x1p-53);
}

/* The integral of t^(a-1) (1-t)^(a-1) from 0 to x <= 1/2, by Simpson's rule; below 1 in u = t^a,
 * where the integrand (1 - u^(1/a))^(a-1) / a has no pole. */
static double beta_integral(double a, double x) {
    enum { INTERVALS = 500 };
    const double width = (a < 1 ? pow(x, a) : x) / INTERVALS;
    double sum = 0;
    for (int i = 0; i <= INTERVALS; i++) {
        const double weight = i == 0 || i == INTERVALS ? 1 : i % 2 ? 4 : 2, t = i * width;
        sum += weight * (a < 1 ? pow(1 - pow(t, 1 / a), a - 1) / a : pow(t * (1 - t), a - 1));
    }
    return sum * width / 3;
}

static double beta_distribution(double a, double x) {
    const double half = beta_integral(a, fmin(x, 1 - x)) / (2 * beta_integral(a, 0.5));
    return x <= 0.5 ? half : 1 - half;
}

static int ascending(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Kolmogorov and Smirnov: sqrt(n) times the largest distance from the distribution is beyond 2.3
 * once in 20,000 times. Moments about 1/2 to 6 of their deviations. */
static void betas_have_their_distribution(void **state) {
    (void)state;
    enum { DRAWS = 20000 };
    static const double alphas[] = {0.1, 0.2, 0.5, 1, 1.0001, 1.5, 2, 8, 100};
    static double draws[DRAWS];
    for (size_t k = 0; k < sizeof alphas / sizeof *alphas; k++) {
        const double a = alphas[k], variance = 1 / (4 * (2 * a + 1));
        const double fourth = 3 / (16 * (2 * a + 1) * (2 * a + 3));
        rl_random random = rl_random_stream(13, RL_RANDOM_TEST, 0, k);
        double mean = 0, square = 0, distance = 0;
        for (size_t i = 0; i < DRAWS; i++) {
            draws[i] = rl_random_beta(&random, a);
            assert_true(draws[i] >= 0 && draws[i] <= 1);
            mean += draws[i] / DRAWS;
            square += pow(draws[i] - 0.5, 2) / DRAWS;
        }
        assert_true(fabs(mean - 0.5) < 6 * sqrt(variance / DRAWS));
        assert_true(fabs(square - variance) < 6 * sqrt((fourth - variance * variance) / DRAWS));
        qsort(draws, DRAWS, sizeof *draws, ascending);
        for (size_t i = 0; i < DRAWS; i += 10) {
            const double expected = beta_distribution(a, draws[i]);
            distance = fmax(distance, fabs((double)i / DRAWS - expected));
            distance = fmax(distance, fabs((double)(i + 1) / DRAWS - expected));
        }
        assert_true(distance * sqrt(DRAWS) < 2.3);
    }
}

/* Where all powers underflow, one of two images is taken whole. */
static void tiny_alphas_choose_an_end(void **state) {
    (void)state;
    static const double alphas[] = {1e-6, 1e-310};
    for (size_t k = 0; k < 2; k++) {
        rl_random random = rl_random_stream(14, RL_RANDOM_TEST, 0, k);
        double sum = 0;
        for (size_t i = 0; i < 1000; i++) {
            const double value = rl_random_beta(&random, alphas[k]);
            assert_true(value < 1e-3 || value > 1 - 1e-3);
            sum += value;
        }
        assert_true(fabs(sum - 500) < 6 * sqrt(250));
    }
}

/* Each of the six orders of three equally often; and every number once. */
static void orders_are_fair(void **state) {
    (void)state;
    enum { DRAWS = 60000, LONG = 1000 };
    size_t seen[27] = {0}, kinds = 0;
    rl_random random = rl_random_stream(15, RL_RANDOM_TEST, 0, 0);
    for (size_t i = 0; i < DRAWS; i++) {
        uint32_t order[3];
        rl_random_order(&random, order, 3);
        seen[order[0] * 9 + order[1] * 3 + order[2]]++;
    }
    for (size_t i = 0; i < 27; i++)
        if (seen[i]) {
            kinds++;
            assert_true(fabs((double)seen[i] - DRAWS / 6.0) < 6 * sqrt(DRAWS * 5.0 / 36));
        }
    assert_int_equal(kinds, 6);
    uint32_t order[LONG];
    bool met[LONG] = {false};
    rl_random_order(&random, order, LONG);
    for (size_t i = 0; i < LONG; i++) {
        assert_true(order[i] < LONG && !met[order[i]]);
        met[order[i]] = true;
    }
    rl_random_order(&random, order, 0); /* nothing to do */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_answers),
        cmocka_unit_test(a_stream_is_philox_of_its_name),
        cmocka_unit_test(streams_differ_in_every_part_of_the_name),
        cmocka_unit_test(floats_stay_below_their_upper_end),
        cmocka_unit_test(below_rejects_what_would_be_unfair),
        cmocka_unit_test(below_is_uniform),
        cmocka_unit_test(normals_have_normal_moments),
        cmocka_unit_test(doubles_never_reach_an_end),
        cmocka_unit_test(betas_have_their_distribution),
        cmocka_unit_test(tiny_alphas_choose_an_end),
        cmocka_unit_test(orders_are_fair),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
