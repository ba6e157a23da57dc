/* Initial weights: the distributions they claim, and equal where two models share a tensor. */
#include "nn/nets.h"

#include "base/memory.h"
#include "kernels/kernels.h"

#include <math.h>
#include <string.h>

static const rl_net_tensor *find(const rl_net *net, const char *name) {
    for (size_t i = 0; i < rl_net_tensor_count(net); i++)
        if (strcmp(rl_net_tensor_at(net, i)->name, name) == 0)
            return rl_net_tensor_at(net, i);
    fail_msg("no tensor is named %s", name);
    return NULL;
}

static float *values_of(const rl_net *net, const char *name, size_t *count) {
    const rl_net_tensor *tensor = find(net, name);
    float *values = rl_alloc_floats(tensor->count);
    rl_net_tensor_read(net, tensor, values);
    *count = tensor->count;
    return values;
}

static void moments(const float *values, size_t count, double *mean, double *deviation,
                    double *largest) {
    double sum = 0, squares = 0;
    *largest = 0;
    for (size_t i = 0; i < count; i++) {
        sum += values[i];
        squares += (double)values[i] * values[i];
        *largest = fmax(*largest, fabs(values[i]));
    }
    *mean = sum / (double)count;
    *deviation = sqrt(squares / (double)count - *mean * *mean);
}

/* Mean within 5 standard errors; deviation within 5 of its own (kurtosis 3 bounds both cases). */
static void check_moments(const float *values, size_t count, double deviation) {
    double mean, measured, largest;
    moments(values, count, &mean, &measured, &largest);
    assert_true(fabs(mean) < 5 * deviation / sqrt((double)count));
    assert_true(fabs(measured / deviation - 1) < 5 / sqrt(2.0 * (double)count));
}

static void pytorch_default_is_uniform(void **state) {
    (void)state;
    const rl_model_spec spec = test_spec("resnet18", 16, RL_ACTIVATION_RELU);
    rl_net *net = test_net(&spec, 1, 1);
    static const struct {
        const char *name;
        double fan_in;
    } cases[] = {{"layer1.0.conv1.weight", 16 * 9},
                 {"layer2.0.shortcut.0.weight", 16},
                 {"linear.weight", 128}};
    for (size_t i = 0; i < 3; i++) {
        size_t count;
        double mean, deviation, largest;
        float *values = values_of(net, cases[i].name, &count);
        const double bound = 1 / sqrt(cases[i].fan_in);
        check_moments(values, count, bound / sqrt(3));
        moments(values, count, &mean, &deviation, &largest);
        assert_true(largest <= bound * (1 + 1e-6) && largest > 0.95 * bound);
        rl_free(values);
    }
    rl_net_free(net);
}

static void kaiming_normal_uses_fan_out(void **state) {
    (void)state;
    const rl_model_spec spec = test_spec("resnet18", 16, RL_ACTIVATION_RELU);
    rl_net *net = test_net(&spec, 1, 1);
    rl_net_initialize(net, "kaiming_normal", 3);
    size_t count;
    float *values = values_of(net, "layer2.0.conv1.weight", &count);
    check_moments(values, count, sqrt(2.0 / (32 * 9)));
    rl_free(values);
    rl_net_free(net);
}

static void shared_tensors_start_equal(void **state) {
    (void)state;
    rl_model_spec spec = test_spec("resnet18", 8, RL_ACTIVATION_RELU);
    rl_net *plain = test_net(&spec, 1, 1);
    spec = test_spec("resnet34-ghost", 8, RL_ACTIVATION_GELU);
    rl_net *ghost = test_net(&spec, 1, 1);
    static const char *const names[] = {"conv1.weight", "layer3.0.shortcut.0.weight",
                                        "linear.weight", "linear.bias"};
    for (size_t i = 0; i < 4; i++) {
        size_t count;
        float *a = values_of(plain, names[i], &count), *b = values_of(ghost, names[i], &count);
        assert_memory_equal(a, b, count * sizeof *a);
        rl_free(a);
        rl_free(b);
    }
    size_t count;
    float *before = values_of(plain, "conv1.weight", &count);
    rl_net_initialize(plain, "pytorch", 8);
    float *after = values_of(plain, "conv1.weight", &count);
    assert_memory_not_equal(before, after, count * sizeof *before);
    rl_free(before);
    rl_free(after);
    rl_net_free(plain);
    rl_net_free(ghost);
}

static void tensors_survive_a_round_trip(void **state) {
    (void)state;
    const rl_model_spec spec = test_spec("resnet18-ghost", 5, RL_ACTIVATION_RELU);
    rl_net *net = test_net(&spec, 1, 1);
    for (size_t i = 0; i < rl_net_tensor_count(net); i++) {
        const rl_net_tensor *tensor = rl_net_tensor_at(net, i);
        if (tensor->role == RL_TENSOR_COUNTER)
            continue;
        float *values = rl_alloc_floats(tensor->count), *again = rl_alloc_floats(tensor->count);
        for (size_t j = 0; j < tensor->count; j++)
            values[j] = (float)j;
        rl_net_tensor_write(net, tensor, values);
        rl_net_tensor_read(net, tensor, again);
        assert_memory_equal(values, again, tensor->count * sizeof *values);
        rl_free(values);
        rl_free(again);
    }
    rl_net_free(net);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pytorch_default_is_uniform),
        cmocka_unit_test(kaiming_normal_uses_fan_out),
        cmocka_unit_test(shared_tensors_start_equal),
        cmocka_unit_test(tensors_survive_a_round_trip),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
