/* The public summary: totals, the memory of a training step, and what cannot be summarised. The
 * figures of whole networks are held to PyTorch's in nn/test_summary. */
#include "run/runs.h"

enum { CLASSES = 10 };

static rl_summary *summarise(const char *const *settings) {
    rl_config *config = rl_config_create();
    assert_non_null(config);
    for (; *settings; settings += 2)
        set(config, settings[0], settings[1]);
    rl_summary *summary;
    rl_error error;
    if (rl_summary_create(&summary, config, CLASSES, &error) != RL_OK)
        fail_msg("%s", error.message);
    rl_config_free(config);
    return summary;
}

static uint64_t training_bytes(const char *optimizer, const char *batch_size) {
    rl_summary *summary = summarise((const char *const[]){"optimizer", optimizer, "batch-size",
                                                          batch_size, "width", "8", NULL});
    const uint64_t bytes = rl_summary_training_bytes(summary);
    rl_summary_free(summary);
    return bytes;
}

static void totals_are_the_sums_of_the_layers(void **state) {
    (void)state;
    static const char *const models[] = {"resnet18", "resnet18-ghost", "resnet34",
                                         "resnet34-ghost"};
    for (size_t m = 0; m < sizeof models / sizeof models[0]; m++) {
        rl_summary *summary = summarise((const char *const[]){"model", models[m], NULL});
        uint64_t parameters = 0, macs = 0;
        for (size_t i = 0; i < rl_summary_layer_count(summary); i++) {
            const rl_layer *layer = rl_summary_layer(summary, i);
            assert_true(layer->name[0] && layer->type[0]);
            assert_int_equal(layer->output_bytes,
                             layer->channels * layer->height * layer->width * sizeof(float));
            parameters += layer->parameters;
            macs += layer->macs;
        }
        assert_true(parameters > 0 && macs > 0);
        assert_int_equal(rl_summary_parameters(summary), parameters);
        assert_int_equal(rl_summary_macs(summary), macs);
        rl_summary_free(summary);
    }
}

static void first_and_last_layer(void **state) {
    (void)state;
    rl_summary *summary = summarise((const char *const[]){NULL});
    const size_t count = rl_summary_layer_count(summary);
    const rl_layer *first = rl_summary_layer(summary, 0);
    assert_string_equal(first->name, "conv1");
    assert_int_equal(first->parameters, 64 * 3 * 3 * 3);
    assert_int_equal(first->macs, 64 * 3 * 3 * 3 * 32 * 32);
    assert_int_equal(first->output_bytes, 64 * 32 * 32 * sizeof(float));
    const rl_layer *last = rl_summary_layer(summary, count - 1);
    assert_string_equal(last->name, "linear");
    assert_int_equal(last->channels, CLASSES);
    assert_int_equal(last->parameters, 512 * CLASSES + CLASSES);
    assert_null(rl_summary_layer(summary, count));
    rl_summary_free(summary);
}

/* Each slab of optimizer state is as long as the parameters with their padding. */
static void an_optimizer_costs_its_slabs(void **state) {
    (void)state;
    rl_summary *summary = summarise((const char *const[]){"width", "8", NULL});
    const uint64_t weights = rl_summary_parameters(summary) * sizeof(float);
    rl_summary_free(summary);
    const uint64_t sgd = training_bytes("sgd", "16");
    const uint64_t slab = training_bytes("momentum", "16") - sgd;
    assert_in_range(slab, weights, weights + weights / 10);
    assert_int_equal(training_bytes("adam", "16") - sgd, 2 * slab);
    assert_int_equal(training_bytes("adamw", "16") - sgd, 2 * slab);
    assert_true(sgd > 2 * slab);
}

/* An average of the weights is one more slab. */
static void an_average_costs_a_slab(void **state) {
    (void)state;
    uint64_t bytes[2];
    for (size_t i = 0; i < 2; i++) {
        rl_summary *summary = summarise((const char *const[]){"ema", i ? "0.9" : "0", NULL});
        bytes[i] = rl_summary_training_bytes(summary);
        rl_summary_free(summary);
    }
    rl_summary *summary = summarise((const char *const[]){NULL});
    const uint64_t weights = rl_summary_parameters(summary) * sizeof(float);
    rl_summary_free(summary);
    assert_in_range(bytes[1] - bytes[0], weights, weights + weights / 10);
}

/* A batch of n keeps n outputs of every convolution at least. */
static void activations_grow_with_the_batch(void **state) {
    (void)state;
    rl_summary *summary = summarise((const char *const[]){"width", "8", NULL});
    uint64_t outputs = 0;
    for (size_t i = 0; i < rl_summary_layer_count(summary); i++)
        if (strncmp(rl_summary_layer(summary, i)->type, "conv", 4) == 0)
            outputs += rl_summary_layer(summary, i)->output_bytes;
    rl_summary_free(summary);
    assert_true(outputs > 0);
    assert_true(training_bytes("sgd", "32") - training_bytes("sgd", "16") >= 16 * outputs);
}

static void the_impossible_is_refused(void **state) {
    (void)state;
    rl_config *config = rl_config_create();
    rl_error error;
    rl_summary *summary = (rl_summary *)config; /* any pointer that is not NULL */
    assert_int_equal(rl_summary_create(&summary, config, 1, &error), RL_ERROR_ARGUMENT);
    assert_null(summary);
    assert_non_null(strstr(error.message, "1 classes"));
    set(config, "ghost-dw-size", "4");
    assert_int_equal(rl_summary_create(&summary, config, CLASSES, &error), RL_ERROR_ARGUMENT);
    assert_null(summary);
    assert_non_null(strstr(error.message, "--ghost-dw-size"));
    rl_summary_free(NULL);
    rl_config_free(config);
}

static void failing_allocations(void **state) {
    (void)state;
    rl_config *config = rl_config_create();
    rl_status status = RL_ERROR_MEMORY;
    long n = 0;
    for (; status != RL_OK && n < 1000; n++) {
        rl_summary *summary;
        rl_memory_fail_after(n);
        status = rl_summary_create(&summary, config, CLASSES, NULL);
        rl_memory_fail_after(-1);
        assert_int_equal(status, summary ? RL_OK : RL_ERROR_MEMORY);
        rl_summary_free(summary);
    }
    assert_true(n > 2 && status == RL_OK);
    rl_config_free(config);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(totals_are_the_sums_of_the_layers),
        cmocka_unit_test(first_and_last_layer),
        cmocka_unit_test(an_optimizer_costs_its_slabs),
        cmocka_unit_test(an_average_costs_a_slab),
        cmocka_unit_test(activations_grow_with_the_batch),
        cmocka_unit_test(the_impossible_is_refused),
        cmocka_unit_test(failing_allocations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
