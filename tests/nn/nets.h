/* Networks for tests: a spec with defaults, and deterministic images and labels. */
#ifndef RL_TEST_NETS_H
#define RL_TEST_NETS_H

#include "base/random.h"
#include "nn/initialize.h"
#include "nn/net.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { TEST_CLASSES = 10, TEST_IMAGE = 32 * 32 * 3 };

static inline rl_model_spec test_spec(const char *model, size_t width,
                                      rl_activation_kind activation) {
    return (rl_model_spec){.model = model,
                           .width = width,
                           .class_count = TEST_CLASSES,
                           .activation = activation,
                           .negative_slope = 0.01F,
                           .ghost_ratio = 2,
                           .ghost_dw_size = 3,
                           .ghost_outer_bn = true};
}

static inline rl_net *test_net(const rl_model_spec *spec, size_t batch, int threads) {
    rl_net *net;
    rl_error error;
    if (rl_net_create(&net, spec, batch, RL_NET_TRAIN, threads, &error) != RL_OK)
        fail_msg("%s", error.message);
    rl_net_initialize(net, "pytorch", 7);
    return net;
}

/* Smooth enough that nearby pixels agree, different for every image. */
static inline void test_images(float *images, uint16_t *labels, size_t count) {
    for (size_t n = 0; n < count; n++) {
        rl_random random = rl_random_stream(11, RL_RANDOM_TEST, 0, n);
        float wave[3];
        for (int c = 0; c < 3; c++)
            wave[c] = rl_random_normal(&random);
        for (size_t i = 0; i < TEST_IMAGE; i++)
            images[n * TEST_IMAGE + i] = wave[i % 3] + 0.5F * rl_random_normal(&random);
        labels[n] = (uint16_t)rl_random_below(&random, TEST_CLASSES);
    }
}

#endif
