/* The loss of a net: for mixed images the mean, weighted by the shares, of the losses of both
 * labels, in double precision from the logits; and which images count as correct. */
#include "nn/nets.h"

#include "base/memory.h"

#include <math.h>

enum { BATCH = 8 };

typedef struct {
    float images[BATCH * TEST_IMAGE];
    uint16_t labels[BATCH], partners[BATCH];
} batch;

static double smoothed_cross_entropy(const float *logits, size_t label, double smoothing) {
    double sum = 0, mean = 0;
    for (size_t k = 0; k < TEST_CLASSES; k++)
        sum += exp(logits[k]);
    for (size_t k = 0; k < TEST_CLASSES; k++)
        mean += (log(sum) - logits[k]) / TEST_CLASSES;
    return (1 - smoothing) * (log(sum) - logits[label]) + smoothing * mean;
}

static size_t largest(const float *logits) {
    size_t best = 0;
    for (size_t k = 1; k < TEST_CLASSES; k++)
        best = logits[k] > logits[best] ? k : best;
    return best;
}

/* Labels and partners that are right for some images, so that both counts mean something. */
static void choose_labels(batch *b, const float *logits) {
    for (size_t i = 0; i < BATCH; i++) {
        const uint16_t best = (uint16_t)largest(logits + i * TEST_CLASSES);
        const uint16_t other = (uint16_t)((best + 1 + i % 3) % TEST_CLASSES);
        b->labels[i] = i < 3 ? best : other;
        b->partners[i] = i < 6 && i >= 1 ? best : other;
    }
}

static void mixed_labels(void **state) {
    (void)state;
    static const double shares[] = {0, 0.2, 0.4999, 0.5, 0.7, 1};
    const rl_model_spec spec = test_spec("resnet18", 4, RL_ACTIVATION_RELU);
    rl_net *net = test_net(&spec, BATCH, 1);
    batch *b = rl_alloc(1, sizeof *b);
    test_images(b->images, b->labels, BATCH);
    rl_net_forward_train(net, b->images, BATCH);
    const float *logits = rl_net_logits(net);
    choose_labels(b, logits);
    for (int smooth = 0; smooth < 2; smooth++)
        for (size_t s = 0; s < sizeof shares / sizeof *shares; s++) {
            const rl_net_targets targets = {b->labels, b->partners, shares[s], 0.1 * smooth};
            double expected = 0;
            for (size_t i = 0; i < BATCH; i++) {
                const float *row = logits + i * TEST_CLASSES;
                expected += shares[s] * smoothed_cross_entropy(row, b->labels[i], 0.1 * smooth);
                expected +=
                    (1 - shares[s]) * smoothed_cross_entropy(row, b->partners[i], 0.1 * smooth);
            }
            size_t correct;
            const double loss = rl_net_loss_mixed(net, &targets, false, &correct);
            assert_true(fabs(loss - expected / BATCH) < 1e-12);
            assert_int_equal(correct, shares[s] >= 0.5 ? 3 : 5);
        }
    rl_free(b);
    rl_net_free(net);
}

/* Without partners the share has no say: bit for bit the loss of the labels alone. */
static void labels_alone(void **state) {
    (void)state;
    const rl_model_spec spec = test_spec("resnet18", 4, RL_ACTIVATION_RELU);
    rl_net *net = test_net(&spec, BATCH, 1);
    batch *b = rl_alloc(1, sizeof *b);
    test_images(b->images, b->labels, BATCH);
    rl_net_forward_train(net, b->images, BATCH);
    size_t correct, correct_plain;
    const rl_net_targets targets = {.labels = b->labels, .smoothing = 0.1};
    const double loss = rl_net_loss_mixed(net, &targets, false, &correct);
    assert_true(loss == rl_net_loss(net, b->labels, 0.1, false, &correct_plain));
    assert_int_equal(correct, correct_plain);
    rl_free(b);
    rl_net_free(net);
}

/* A logit that is not finite makes the loss none, even where the sum would be finite (minus
 * infinity for another class), and its image counts as wrong, also with label 0. */
static void logits_that_are_none_count_for_no_class(void **state) {
    (void)state;
    static const float values[] = {NAN, INFINITY, -INFINITY};
    const rl_model_spec spec = test_spec("resnet18", 4, RL_ACTIVATION_RELU);
    rl_net *net = test_net(&spec, BATCH, 1);
    batch *b = rl_alloc(1, sizeof *b);
    test_images(b->images, b->labels, BATCH);
    for (size_t v = 0; v < sizeof values / sizeof *values; v++)
        for (size_t k = 0; k < TEST_CLASSES; k++) {
            rl_net_forward_train(net, b->images, BATCH);
            float *logits = (float *)(uintptr_t)rl_net_logits(net);
            for (size_t i = 0; i < BATCH; i++)
                b->labels[i] = (uint16_t)largest(logits + i * TEST_CLASSES);
            size_t correct;
            assert_true(isfinite(rl_net_loss(net, b->labels, 0, true, &correct)));
            assert_int_equal(correct, BATCH);
            logits[3 * TEST_CLASSES + k] = values[v];
            assert_true(isnan(rl_net_loss(net, b->labels, 0, true, &correct)));
            assert_int_equal(correct, BATCH - 1);
        }
    rl_free(b);
    rl_net_free(net);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(mixed_labels),
                                       cmocka_unit_test(labels_alone),
                                       cmocka_unit_test(logits_that_are_none_count_for_no_class)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
