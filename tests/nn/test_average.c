/* The moving average of weights against its definition in double precision, and that a swap leaves
 * no trace. */
#include "nn/nets.h"

#include "base/memory.h"
#include "nn/average.h"

#include <float.h>
#include <math.h>
#include <string.h>

enum { STEPS = 12 };

static rl_net *small_net(int threads) {
    const rl_model_spec spec = test_spec("resnet18", 5, RL_ACTIVATION_RELU);
    return test_net(&spec, 2, threads);
}

/* Slabs for step `step`, as if training had left them. */
static void draw(float *slab, size_t floats, uint64_t seed, size_t step) {
    rl_random random = rl_random_stream(seed, RL_RANDOM_TEST, 0, step);
    for (size_t i = 0; i < floats; i++)
        slab[i] = rl_random_normal(&random);
}

static void draw_weights(rl_net *net, size_t step) {
    draw(rl_net_parameters(net), rl_net_parameter_floats(net), 1, step);
    draw(rl_net_statistics(net), rl_net_statistic_floats(net), 2, step);
}

/* The average of what draw gave, in double. */
static void check_slab(const float *average, size_t floats, uint64_t seed, double decay) {
    float *weights = rl_alloc_floats(floats);
    double *expected = rl_alloc(floats, sizeof *expected);
    for (size_t n = 0; n < STEPS; n++) {
        draw(weights, floats, seed, n);
        const double grown = (1 + (double)n) / (10 + (double)n);
        const double d = n == 0 ? 0 : decay < grown ? decay : grown;
        for (size_t i = 0; i < floats; i++)
            expected[i] = d * expected[i] + (1 - d) * weights[i];
    }
    for (size_t i = 0; i < floats; i++)
        if (!(fabs(average[i] - expected[i]) <= STEPS * 8 * (double)FLT_EPSILON))
            fail_msg("decay %g: average %zu is %.9g, expected %.9g", decay, i, (double)average[i],
                     expected[i]);
    rl_free(weights);
    rl_free(expected);
}

static rl_average *average_after_steps(rl_net *net, double decay) {
    rl_average *average;
    assert_int_equal(rl_average_create(&average, net, decay, NULL), RL_OK);
    for (size_t n = 0; n < STEPS; n++) {
        draw_weights(net, n);
        rl_average_update(average, n);
    }
    return average;
}

/* 0.4 is reached after a few steps, 0.999 is not. */
static void averages_are_those_of_the_definition(void **state) {
    (void)state;
    static const double decays[] = {0.4, 0.999};
    for (size_t i = 0; i < 2; i++) {
        rl_net *net = small_net(2);
        rl_average *average = average_after_steps(net, decays[i]);
        check_slab(rl_average_parameters(average), rl_net_parameter_floats(net), 1, decays[i]);
        check_slab(rl_average_statistics(average), rl_net_statistic_floats(net), 2, decays[i]);
        rl_average_free(average);
        rl_net_free(net);
    }
}

static void the_average_begins_as_the_weights(void **state) {
    (void)state;
    rl_net *net = small_net(2);
    const size_t bytes = rl_net_parameter_floats(net) * sizeof(float);
    const size_t statistic_bytes = rl_net_statistic_floats(net) * sizeof(float);
    rl_average *average;
    assert_int_equal(rl_average_create(&average, net, 0.9, NULL), RL_OK);
    assert_memory_equal(rl_average_parameters(average), rl_net_parameters(net), bytes);
    assert_memory_equal(rl_average_statistics(average), rl_net_statistics(net), statistic_bytes);
    draw_weights(net, 3);
    rl_average_update(average, 0); /* and is those of the first step after it, to the bit */
    assert_memory_equal(rl_average_parameters(average), rl_net_parameters(net), bytes);
    assert_memory_equal(rl_average_statistics(average), rl_net_statistics(net), statistic_bytes);
    rl_average_free(average);
    rl_net_free(net);
}

static void threads_change_nothing(void **state) {
    (void)state;
    rl_net *net = small_net(1);
    rl_average *one = average_after_steps(net, 0.999);
    for (int threads = 2; threads <= 3; threads++) {
        rl_net *other = small_net(threads);
        rl_average *many = average_after_steps(other, 0.999);
        assert_memory_equal(rl_average_parameters(one), rl_average_parameters(many),
                            rl_net_parameter_floats(net) * sizeof(float));
        assert_memory_equal(rl_average_statistics(one), rl_average_statistics(many),
                            rl_net_statistic_floats(net) * sizeof(float));
        rl_average_free(many);
        rl_net_free(other);
    }
    rl_average_free(one);
    rl_net_free(net);
}

/* Logits of the net and of its average, which two swaps give back. */
static void a_swap_exchanges_two_nets(void **state) {
    (void)state;
    rl_net *net = small_net(2);
    float *images = rl_alloc_floats(2 * TEST_IMAGE);
    uint16_t labels[2];
    rl_average *average;
    float logits[3][2 * TEST_CLASSES];
    test_images(images, labels, 2);
    assert_int_equal(rl_average_create(&average, net, 0.9, NULL), RL_OK);
    rl_net_forward_eval(net, images, 2);
    memcpy(logits[0], rl_net_logits(net), sizeof *logits);
    rl_net_initialize(net, "pytorch", 8);
    rl_net_forward_eval(net, images, 2);
    memcpy(logits[1], rl_net_logits(net), sizeof *logits);
    assert_memory_not_equal(logits[0], logits[1], sizeof *logits);
    for (size_t swaps = 1; swaps <= 4; swaps++) {
        rl_average_swap(average);
        rl_net_forward_eval(net, images, 2);
        memcpy(logits[2], rl_net_logits(net), sizeof *logits);
        assert_memory_equal(logits[2], logits[swaps % 2 ? 0 : 1], sizeof *logits);
    }
    rl_average_free(average);
    rl_net_free(net);
    rl_free(images);
}

static void failing_allocations(void **state) {
    (void)state;
    rl_net *net = small_net(1);
    rl_status status = RL_ERROR_MEMORY;
    long n = 0;
    for (; status != RL_OK && n < 10; n++) {
        rl_average *average = (rl_average *)1;
        rl_memory_fail_after(n);
        status = rl_average_create(&average, net, 0.9, NULL);
        rl_memory_fail_after(-1);
        assert_int_equal(status, average ? RL_OK : RL_ERROR_MEMORY);
        rl_average_free(average);
    }
    assert_true(n > 3 && status == RL_OK);
    rl_net_free(net);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(averages_are_those_of_the_definition),
        cmocka_unit_test(the_average_begins_as_the_weights),
        cmocka_unit_test(threads_change_nothing),
        cmocka_unit_test(a_swap_exchanges_two_nets),
        cmocka_unit_test(failing_allocations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
