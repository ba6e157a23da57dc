/* Mirror averaging against logits of images that are mirrored here, in both kinds of nets. */
#include "nn/nets.h"

#include "base/memory.h"
#include "nn/mirror.h"

#include <math.h>
#include <string.h>

enum { BATCH = 5, SIDE = 32, LOGITS = BATCH * TEST_CLASSES };

static float *mirrored(const float *images) {
    float *turned = rl_alloc_floats((size_t)BATCH * TEST_IMAGE);
    for (size_t n = 0; n < BATCH; n++)
        for (size_t y = 0; y < SIDE; y++)
            for (size_t x = 0; x < SIDE; x++)
                for (size_t c = 0; c < 3; c++)
                    turned[((n * SIDE + y) * SIDE + x) * 3 + c] =
                        images[((n * SIDE + y) * SIDE + SIDE - 1 - x) * 3 + c];
    return turned;
}

static void keep_logits(const rl_net *net, float logits[LOGITS]) {
    memcpy(logits, rl_net_logits(net), LOGITS * sizeof *logits);
}

static void check(rl_net *net, const float *images, const float *turned) {
    float plain[LOGITS], other[LOGITS], mean[LOGITS];
    rl_mirror *mirror;
    assert_int_equal(rl_mirror_create(&mirror, net, BATCH, NULL), RL_OK);
    rl_net_forward_eval(net, images, BATCH);
    keep_logits(net, plain);
    rl_net_forward_eval(net, turned, BATCH);
    keep_logits(net, other);
    assert_memory_not_equal(plain, other, sizeof plain);
    rl_mirror_forward_eval(mirror, images, BATCH);
    keep_logits(net, mean);
    for (size_t i = 0; i < LOGITS; i++)
        assert_true(mean[i] == (float)(((double)plain[i] + other[i]) / 2));
    /* An image and its mirror image are seen alike. */
    rl_mirror_forward_eval(mirror, turned, BATCH);
    assert_memory_equal(rl_net_logits(net), mean, sizeof mean);
    /* A short batch: the same images, the same logits. */
    rl_mirror_forward_eval(mirror, images, 2);
    for (size_t i = 0; i < (size_t)2 * TEST_CLASSES; i++)
        assert_true(fabsf(rl_net_logits(net)[i] - mean[i]) <= 1e-5F * (1 + fabsf(mean[i])));
    /* What comes next is not averaged. */
    rl_net_forward_eval(net, images, BATCH);
    assert_memory_equal(rl_net_logits(net), plain, sizeof plain);
    rl_mirror_free(mirror);
}

static void logits_are_means(void **state) {
    (void)state;
    const rl_model_spec spec = test_spec("resnet18", 6, RL_ACTIVATION_GELU);
    float *images = rl_alloc_floats((size_t)BATCH * TEST_IMAGE);
    uint16_t labels[BATCH];
    test_images(images, labels, BATCH);
    float *turned = mirrored(images);
    static const rl_net_mode modes[] = {RL_NET_TRAIN, RL_NET_INFERENCE};
    for (size_t i = 0; i < 2; i++) {
        rl_net *net;
        assert_int_equal(rl_net_create(&net, &spec, BATCH, modes[i], 2, NULL), RL_OK);
        rl_net_initialize(net, "pytorch", 7);
        check(net, images, turned);
        rl_net_free(net);
    }
    rl_free(turned);
    rl_free(images);
}

static void failing_allocations(void **state) {
    (void)state;
    const rl_model_spec spec = test_spec("resnet18", 4, RL_ACTIVATION_RELU);
    rl_net *net = test_net(&spec, BATCH, 1);
    rl_status status = RL_ERROR_MEMORY;
    long n = 0;
    for (; status != RL_OK && n < 10; n++) {
        rl_mirror *mirror = (rl_mirror *)1;
        rl_memory_fail_after(n);
        status = rl_mirror_create(&mirror, net, BATCH, NULL);
        rl_memory_fail_after(-1);
        assert_int_equal(status, mirror ? RL_OK : RL_ERROR_MEMORY);
        rl_mirror_free(mirror);
    }
    assert_true(n > 3 && status == RL_OK);
    rl_net_free(net);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(logits_are_means),
        cmocka_unit_test(failing_allocations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
