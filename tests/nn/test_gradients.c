/* Gradients of whole networks against central differences of their own loss, one random direction
 * for every tensor: so each kind of parameter and each path (residual, shortcut, Ghost Module with
 * and without the outer batch norm, a ratio that cuts channels off) is met.
 *
 * The loss is float32 inside, and its rounding, about 1e-6, is divided by the step. Steps are
 * chosen so that the loss moves by about LOSS_MOVE; allowed are 2% of the derivative along the
 * direction and that rounding. Sharp comparisons, against PyTorch in float64, are in tests/golden.
 */
#include "nn/nets.h"

#include "base/memory.h"
#include "kernels/kernels.h"

#include <math.h>
#include <string.h>

enum { BATCH = 6 };
static const double LOSS_MOVE = 1e-3;

typedef struct {
    float images[BATCH * TEST_IMAGE];
    uint16_t labels[BATCH], partners[BATCH];
    bool mixed;
} batch;

static double loss_of(rl_net *net, const batch *b, bool gradients) {
    const rl_net_targets targets = {.labels = b->labels,
                                    .partners = b->mixed ? b->partners : NULL,
                                    .share = 0.3,
                                    .smoothing = 0.1};
    size_t correct;
    rl_net_forward_train(net, b->images, BATCH);
    return rl_net_loss_mixed(net, &targets, gradients, &correct);
}

static double dot(const float *a, const float *b, size_t count) {
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += (double)a[i] * b[i];
    return sum;
}

static void shift(float *w, const float *start, const float *direction, size_t count,
                  double distance) {
    for (size_t i = 0; i < count; i++)
        w[i] = start[i] + (float)(distance * direction[i]);
}

static double central_difference(rl_net *net, const batch *b, float *w, const float *start,
                                 const float *direction, size_t count, double step) {
    shift(w, start, direction, count, step);
    const double up = loss_of(net, b, false);
    shift(w, start, direction, count, -step);
    const double down = loss_of(net, b, false);
    return (up - down) / (2 * step);
}

/* Along the gradient mixed with noise: a direction in which the loss surely moves. */
static void choose_direction(float *direction, const float *gradient, size_t count,
                             uint64_t stream) {
    rl_random random = rl_random_stream(5, RL_RANDOM_TEST, 1, stream);
    const double norm = sqrt(dot(gradient, gradient, count) / (double)count);
    for (size_t i = 0; i < count; i++)
        direction[i] = gradient[i] + (float)norm * rl_random_normal(&random);
}

static void check_tensor(rl_net *net, const batch *b, const float *gradients,
                         const rl_net_tensor *tensor, size_t index) {
    float *w = rl_net_parameters(net) + tensor->offset;
    const float *gradient = gradients + tensor->offset;
    const size_t count = tensor->count;
    float *start = rl_alloc_floats(count), *direction = rl_alloc_floats(count);
    memcpy(start, w, count * sizeof *w);
    choose_direction(direction, gradient, count, index);
    const double slope = dot(gradient, direction, count);
    const double length = sqrt(dot(direction, direction, count));
    const double reach = 0.005 * sqrt(dot(start, start, count)) + 1e-3;
    const double step = fmin(LOSS_MOVE / fabs(slope), reach / length);
    const double wide = central_difference(net, b, w, start, direction, count, step);
    const double narrow = central_difference(net, b, w, start, direction, count, step / 2);
    memcpy(w, start, count * sizeof *w);
    const double measured = (4 * narrow - wide) / 3; /* Richardson: the cubic term cancels */
    const double allowed = 0.02 * fabs(slope) + 2e-6 / step;
    if (!(fabs(measured - slope) <= allowed))
        fail_msg("%s: derivative %.6g, central difference %.6g", tensor->name, slope, measured);
    rl_free(start);
    rl_free(direction);
}

static void check_batches(const rl_model_spec *spec, bool mixed) {
    batch *b = rl_alloc(1, sizeof *b);
    test_images(b->images, b->labels, BATCH);
    b->mixed = mixed;
    for (size_t i = 0; i < BATCH; i++)
        b->partners[i] = b->labels[BATCH - 1 - i];
    rl_net *net = test_net(spec, BATCH, 1);
    loss_of(net, b, true);
    rl_net_backward(net);
    float *gradients = rl_alloc_floats(rl_net_parameter_floats(net));
    memcpy(gradients, rl_net_gradients(net), rl_net_parameter_floats(net) * sizeof *gradients);
    for (size_t i = 0; i < rl_net_tensor_count(net); i++)
        if (rl_net_tensor_at(net, i)->role == RL_TENSOR_PARAMETER)
            check_tensor(net, b, gradients, rl_net_tensor_at(net, i), i);
    rl_free(gradients);
    rl_net_free(net);
    rl_free(b);
}

static void check_network(const rl_model_spec *spec) {
    check_batches(spec, false);
}

/* Smooth activations only: a central difference across ReLU's kinks means nothing. */
static void resnet(void **state) {
    (void)state;
    const rl_model_spec spec = test_spec("resnet18", 4, RL_ACTIVATION_GELU);
    check_network(&spec);
}

static void resnet_sigmoid(void **state) {
    (void)state;
    const rl_model_spec spec = test_spec("resnet18", 3, RL_ACTIVATION_SIGMOID);
    check_network(&spec);
}

static void resnet_of_mixed_images(void **state) {
    (void)state;
    const rl_model_spec spec = test_spec("resnet18", 4, RL_ACTIVATION_GELU);
    check_batches(&spec, true);
}

static void ghost(void **state) {
    (void)state;
    rl_model_spec spec = test_spec("resnet18-ghost", 4, RL_ACTIVATION_GELU);
    spec.ghost_activation_follows_model = true;
    check_network(&spec);
    spec.ghost_outer_bn = false;
    check_network(&spec);
}

static void ghost_cutting_channels(void **state) {
    (void)state;
    rl_model_spec spec = test_spec("resnet18-ghost", 5, RL_ACTIVATION_GELU);
    spec.ghost_activation_follows_model = true;
    spec.ghost_ratio = 3;
    spec.ghost_dw_size = 5;
    check_network(&spec);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(resnet),
        cmocka_unit_test(resnet_sigmoid),
        cmocka_unit_test(resnet_of_mixed_images),
        cmocka_unit_test(ghost),
        cmocka_unit_test(ghost_cutting_channels),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
