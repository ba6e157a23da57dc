/* What a profile's rows stand for, and the peak that its times are held against. */
#include "base/memory.h"
#include "nn/nets.h"
#include "nn/peak.h"
#include "nn/profile_report.h"

#include <stdlib.h>
#include <string.h>

static rl_profile_row *describe(const rl_model_spec *spec, size_t *count) {
    rl_profile_row *rows;
    rl_error error;
    if (rl_profile_describe(spec, &rows, count, &error) != RL_OK)
        fail_msg("%s", error.message);
    return rows;
}

/* The head writes into the last row that is described, and no one past it. */
static void a_row_a_unit_and_one_for_the_head(void **state) {
    (void)state;
    static const char *const models[] = {"resnet18", "resnet18-ghost", "resnet34-ghost"};
    for (size_t m = 0; m < sizeof models / sizeof *models; m++) {
        const rl_model_spec spec = test_spec(models[m], 4, RL_ACTIVATION_GELU);
        size_t count;
        rl_profile_row *rows = describe(&spec, &count);
        double *seconds = rl_alloc((count + 1) * RL_PART_COUNT, sizeof *seconds);
        assert_non_null(seconds);
        rl_profile profile = {seconds};
        rl_net *net = test_net(&spec, 2, 1);
        float images[2 * TEST_IMAGE];
        uint16_t labels[2];
        size_t correct;
        test_images(images, labels, 2);
        rl_net_set_profile(net, &profile);
        rl_net_forward_train(net, images, 2);
        rl_net_loss(net, labels, 0, true, &correct);
        rl_net_backward(net);
        assert_true(seconds[RL_PART_FORWARD] > 0);
        assert_true(seconds[(count - 1) * RL_PART_COUNT + RL_PART_FORWARD] > 0);
        for (size_t part = 0; part < RL_PART_COUNT; part++)
            assert_true(seconds[count * RL_PART_COUNT + part] == 0);
        rl_net_free(net);
        rl_free(seconds);
        rl_free(rows);
    }
}

static void rows_carry_all_layers(void **state) {
    (void)state;
    const rl_model_spec spec = test_spec("resnet18-ghost", 8, RL_ACTIVATION_RELU);
    rl_net_layer *layers;
    size_t count, layer_count, seen = 0;
    assert_int_equal(rl_net_describe(&spec, &layers, &layer_count, NULL), RL_OK);
    rl_profile_row *rows = describe(&spec, &count);
    for (size_t i = 0; i < count; i++) {
        if (rows[i].conv.name[0])
            assert_memory_equal(&rows[i].conv, &layers[seen++], sizeof *layers);
        if (rows[i].norm.name[0])
            assert_memory_equal(&rows[i].norm, &layers[seen++], sizeof *layers);
    }
    assert_int_equal(seen, layer_count);
    assert_true(rows[0].reads_image && !rows[1].reads_image);
    assert_int_equal(rows[0].inputs, 3);
    assert_int_equal(rows[count - 1].inputs, 64);
    assert_string_equal(rows[count - 1].module, "linear");
    rl_free(rows);
    rl_free(layers);
}

/* Primary, cheap operation and what finishes the module: three rows, one name. */
static void ghost_parts_share_a_module(void **state) {
    (void)state;
    for (int outer_bn = 0; outer_bn < 2; outer_bn++) {
        rl_model_spec spec = test_spec("resnet18-ghost", 8, RL_ACTIVATION_GELU);
        spec.ghost_outer_bn = outer_bn;
        size_t count;
        rl_profile_row *rows = describe(&spec, &count);
        assert_string_equal(rows[0].module, "conv1");
        assert_string_equal(rows[1].conv.name, "layer1.0.conv1.primary_conv.0");
        assert_string_equal(rows[2].conv.name, "layer1.0.conv1.cheap_operation.0");
        assert_string_equal(rows[3].conv.name, "");
        assert_string_equal(rows[3].norm.name, outer_bn ? "layer1.0.bn1" : "layer1.0.conv1");
        assert_string_equal(rows[3].norm.type, outer_bn ? "batch norm" : "activation");
        for (size_t i = 1; i <= 3; i++)
            assert_string_equal(rows[i].module, "layer1.0.conv1");
        assert_string_equal(rows[4].module, "layer1.0.conv2");
        rl_free(rows);
    }
}

static void peak_is_measured(void **state) {
    (void)state;
    double flops;
    assert_int_equal(rl_measure_peak_flops(&flops, 2, NULL), RL_OK);
    assert_true(flops > 1e6);
    rl_error error;
    setenv("RESLAB_ISA", "mmx", 1);
    assert_int_equal(rl_measure_peak_flops(&flops, 1, &error), RL_ERROR_ARGUMENT);
    unsetenv("RESLAB_ISA");
    assert_true(flops == 0);
    assert_non_null(strstr(error.message, "'mmx'"));
}

static void failing_allocations(void **state) {
    (void)state;
    const rl_model_spec spec = test_spec("resnet18-ghost", 4, RL_ACTIVATION_RELU);
    rl_status status = RL_ERROR_MEMORY;
    long n = 0;
    for (; status != RL_OK && n < 100; n++) {
        rl_profile_row *rows;
        size_t count;
        rl_memory_fail_after(n);
        status = rl_profile_describe(&spec, &rows, &count, NULL);
        rl_memory_fail_after(-1);
        assert_int_equal(status, rows ? RL_OK : RL_ERROR_MEMORY);
        assert_true((count > 0) == (rows != NULL));
        rl_free(rows);
    }
    assert_true(n > 2 && status == RL_OK);
    for (n = 0; n < 5; n++) {
        double flops;
        rl_memory_fail_after(n);
        assert_int_equal(rl_measure_peak_flops(&flops, 1, NULL), RL_ERROR_MEMORY);
        rl_memory_fail_after(-1);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_row_a_unit_and_one_for_the_head),
        cmocka_unit_test(rows_carry_all_layers),
        cmocka_unit_test(ghost_parts_share_a_module),
        cmocka_unit_test(peak_is_measured),
        cmocka_unit_test(failing_allocations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
