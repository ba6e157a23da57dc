/* The number of threads never changes a bit: three steps of training, compared as bytes. */
#include "nn/nets.h"

#include "base/memory.h"
#include "nn/optimizer.h"

#include <math.h>
#include <string.h>

enum { BATCH = 9, STEPS = 3 };

/* Parameters, then statistics, after a few steps. */
static float *train(const rl_model_spec *spec, const char *optimizer_name, int threads,
                    size_t *bytes) {
    float *images = rl_alloc_floats(BATCH * TEST_IMAGE);
    uint16_t labels[BATCH];
    test_images(images, labels, BATCH);
    rl_net *net = test_net(spec, BATCH, threads);
    rl_optimizer *optimizer;
    const rl_optimizer_options options = {.name = optimizer_name,
                                          .momentum = 0.9,
                                          .beta1 = 0.9,
                                          .beta2 = 0.999,
                                          .eps = 1e-8,
                                          .weight_decay = 0.01,
                                          .decay_weights_only = true,
                                          .clip_norm = 0.1};
    assert_int_equal(rl_optimizer_create(&optimizer, net, &options, NULL), RL_OK);
    for (int step = 0; step < STEPS; step++) {
        size_t correct;
        rl_net_forward_train(net, images, BATCH - (size_t)step); /* short batches too */
        rl_net_loss(net, labels, 0, true, &correct);
        rl_net_backward(net);
        const double norm = rl_optimizer_gradient_norm(optimizer);
        assert_true(isfinite(norm) && norm > options.clip_norm);
        rl_optimizer_clip(optimizer, norm);
        rl_optimizer_step(optimizer, 0.01);
    }
    const size_t parameters = rl_net_parameter_floats(net);
    const size_t statistics = rl_net_statistic_floats(net);
    float *result = rl_alloc_floats(parameters + statistics);
    memcpy(result, rl_net_parameters(net), parameters * sizeof *result);
    memcpy(result + parameters, rl_net_statistics(net), statistics * sizeof *result);
    *bytes = (parameters + statistics) * sizeof *result;
    rl_optimizer_free(optimizer);
    rl_net_free(net);
    rl_free(images);
    return result;
}

static void check(const rl_model_spec *spec, const char *optimizer) {
    size_t bytes;
    float *one = train(spec, optimizer, 1, &bytes);
    for (int threads = 2; threads <= 3; threads++) {
        float *many = train(spec, optimizer, threads, &bytes);
        assert_memory_equal(one, many, bytes);
        rl_free(many);
    }
    /* And the run did something. */
    rl_net *fresh = test_net(spec, 1, 1);
    assert_memory_not_equal(one, rl_net_parameters(fresh),
                            rl_net_parameter_floats(fresh) * sizeof *one);
    rl_net_free(fresh);
    rl_free(one);
}

static void resnet(void **state) {
    (void)state;
    const rl_model_spec spec = test_spec("resnet18", 8, RL_ACTIVATION_GELU);
    check(&spec, "momentum");
}

static void ghost(void **state) {
    (void)state;
    const rl_model_spec spec = test_spec("resnet18-ghost", 9, RL_ACTIVATION_LEAKY_RELU);
    check(&spec, "adam");
}

/* Inference mode lays its memory out anew, keeps prepared weights and may choose other methods for
 * few images: the same logits up to rounding, and the same bits however its images are cut. */
static void check_inference(const rl_model_spec *spec, const float *images, const float *expected) {
    rl_net *net, *training = test_net(spec, BATCH, 2);
    float logits[BATCH * TEST_CLASSES];
    assert_int_equal(rl_net_create(&net, spec, BATCH, RL_NET_INFERENCE, 2, NULL), RL_OK);
    assert_true(rl_net_activation_bytes(net) < rl_net_activation_bytes(training) / 3);
    rl_net_initialize(net, "pytorch", 7);
    rl_net_forward_eval(net, images, BATCH);
    memcpy(logits, rl_net_logits(net), sizeof logits);
    for (size_t i = 0; i < BATCH * TEST_CLASSES; i++)
        assert_true(fabsf(logits[i] - expected[i]) <= 1e-5F * (1 + fabsf(expected[i])));
    for (size_t n = 0; n < BATCH; n++) {
        rl_net_forward_eval(net, images + n * TEST_IMAGE, 1);
        assert_memory_equal(rl_net_logits(net), logits + n * TEST_CLASSES,
                            TEST_CLASSES * sizeof(float));
    }
    /* New parameters are noticed. */
    rl_net_parameters(net)[0] += 1;
    rl_net_forward_eval(net, images, BATCH);
    assert_memory_not_equal(rl_net_logits(net), logits, sizeof logits);
    rl_net_free(net);
    rl_net_free(training);
}

/* Evaluation must not depend on how images are cut into batches. */
static void evaluation_by_batches(void **state) {
    (void)state;
    const rl_model_spec spec = test_spec("resnet18-ghost", 16, RL_ACTIVATION_SIGMOID);
    float *images = rl_alloc_floats(BATCH * TEST_IMAGE);
    uint16_t labels[BATCH];
    test_images(images, labels, BATCH);
    rl_net *net = test_net(&spec, BATCH, 2);
    float together[BATCH * TEST_CLASSES];
    rl_net_forward_eval(net, images, BATCH);
    memcpy(together, rl_net_logits(net), sizeof together);
    for (size_t n = 0; n < BATCH; n++) {
        rl_net_forward_eval(net, images + n * TEST_IMAGE, 1);
        assert_memory_equal(rl_net_logits(net), together + n * TEST_CLASSES,
                            TEST_CLASSES * sizeof(float));
    }
    check_inference(&spec, images, together);
    rl_net_free(net);
    rl_free(images);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(resnet),
        cmocka_unit_test(ghost),
        cmocka_unit_test(evaluation_by_batches),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
