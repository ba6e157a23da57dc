/* Parameters and multiply-adds of the reference networks, which must be exact. */
#include "nn/nets.h"

#include "base/memory.h"
#include "nn/summary.h"

#include <string.h>

typedef struct {
    const char *model;
    bool outer_bn;
    uint64_t parameters, macs;
} expectation;

/* Counted with PyTorch (parameters, and hooks on Conv2d and Linear) on
 * tests/golden/reference_net.py.
 */
static const expectation expectations[] = {
    {"resnet18", true, 11173962, 555422720},       {"resnet18-ghost", true, 5706186, 283956224},
    {"resnet18-ghost", false, 5698506, 283956224}, {"resnet34", true, 21282122, 1159402496},
    {"resnet34-ghost", true, 10788106, 587789312},
};

static void totals_are_exact(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof expectations / sizeof expectations[0]; i++) {
        rl_model_spec spec = test_spec(expectations[i].model, 64, RL_ACTIVATION_RELU);
        spec.ghost_outer_bn = expectations[i].outer_bn;
        rl_net_layer *layers;
        size_t count;
        assert_int_equal(rl_net_describe(&spec, &layers, &count, NULL), RL_OK);
        uint64_t parameters = 0, macs = 0;
        for (size_t l = 0; l < count; l++) {
            parameters += layers[l].parameters;
            macs += layers[l].macs;
        }
        assert_int_equal(parameters, expectations[i].parameters);
        assert_int_equal(macs, expectations[i].macs);
        rl_free(layers);
    }
}

static void tensors_add_up_to_the_summary(void **state) {
    (void)state;
    const rl_model_spec spec = test_spec("resnet34-ghost", 5, RL_ACTIVATION_GELU);
    rl_net_layer *layers;
    size_t count;
    assert_int_equal(rl_net_describe(&spec, &layers, &count, NULL), RL_OK);
    uint64_t parameters = 0;
    for (size_t l = 0; l < count; l++)
        parameters += layers[l].parameters;
    rl_free(layers);
    rl_net *net = test_net(&spec, 1, 1);
    for (size_t i = 0; i < rl_net_tensor_count(net); i++)
        if (rl_net_tensor_at(net, i)->role == RL_TENSOR_PARAMETER)
            parameters -= rl_net_tensor_at(net, i)->count;
    assert_int_equal(parameters, 0);
    rl_net_free(net);
}

static void names_are_pytorchs(void **state) {
    (void)state;
    static const char *const wanted[] = {"conv1.weight",
                                         "bn1.running_var",
                                         "layer1.0.conv1.weight",
                                         "layer2.0.shortcut.0.weight",
                                         "layer2.0.shortcut.1.num_batches_tracked",
                                         "layer4.1.bn2.bias",
                                         "linear.weight",
                                         "linear.bias"};
    const rl_model_spec spec = test_spec("resnet18", 2, RL_ACTIVATION_RELU);
    rl_net *net = test_net(&spec, 1, 1);
    for (size_t w = 0; w < sizeof wanted / sizeof wanted[0]; w++) {
        bool found = false;
        for (size_t i = 0; i < rl_net_tensor_count(net); i++)
            found |= strcmp(rl_net_tensor_at(net, i)->name, wanted[w]) == 0;
        if (!found)
            fail_msg("no tensor is named %s", wanted[w]);
    }
    rl_net_free(net);
}

static void impossible_specs_are_refused(void **state) {
    (void)state;
    rl_net *net;
    rl_error error;
    rl_model_spec spec = test_spec("resnet19", 4, RL_ACTIVATION_RELU);
    assert_int_equal(rl_net_create(&net, &spec, 1, RL_NET_TRAIN, 1, &error), RL_ERROR_ARGUMENT);
    assert_null(net);
    assert_non_null(strstr(error.message, "resnet19"));
    spec = test_spec("resnet18-ghost", 4, RL_ACTIVATION_RELU);
    spec.ghost_dw_size = 4;
    assert_int_equal(rl_net_create(&net, &spec, 1, RL_NET_TRAIN, 1, &error), RL_ERROR_ARGUMENT);
    spec = test_spec("resnet18", 1024, RL_ACTIVATION_RELU);
    assert_int_equal(rl_net_create(&net, &spec, SIZE_MAX / 100000, RL_NET_TRAIN, 1, &error),
                     RL_ERROR_MEMORY);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(totals_are_exact),
        cmocka_unit_test(tensors_add_up_to_the_summary),
        cmocka_unit_test(names_are_pytorchs),
        cmocka_unit_test(impossible_specs_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
