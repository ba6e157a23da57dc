/* Against PyTorch, through fixtures that make_fixtures.py wrote: gradients, logits, losses of ten
 * steps, update rules, schedules. The references are float64; needs no PyTorch. */
#include "base/memory.h"
#include "format/safetensors.h"
#include "kernels/kernels.h"
#include "nn/activation.h"
#include "nn/net.h"
#include "nn/optimizer.h"
#include "nn/schedule.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* Sanitizers look for errors in memory, which the first steps show; the figures are the normal
 * build's. */
#ifdef __SANITIZE_ADDRESS__
enum { STEPS_CHECKED = 2 };
#else
enum { STEPS_CHECKED = 10 };
#endif
enum { STEPS = 10, BATCH = 32, IMAGE = 32 * 32 * 3, CLASSES = 10 };

static rl_safetensors *fixture(const char *name) {
    char path[512];
    rl_error error;
    rl_safetensors *file;
    snprintf(path, sizeof path, "%s/%s.safetensors", RL_GOLDEN, name);
    if (rl_safetensors_read(&file, path, &error) != RL_OK)
        fail_msg("%s", error.message);
    return file;
}

static const rl_tensor *tensor_of(const rl_safetensors *file, const char *name) {
    const rl_tensor *tensor = rl_safetensors_find(file, name);
    if (!tensor)
        fail_msg("the fixture has no tensor %s", name);
    return tensor;
}

static size_t elements(const rl_tensor *tensor) {
    size_t count = 1;
    for (size_t i = 0; i < tensor->rank; i++)
        count *= tensor->shape[i];
    return count;
}

static float *floats_of(const rl_safetensors *file, const char *name, size_t *count) {
    const rl_tensor *tensor = tensor_of(file, name);
    *count = elements(tensor);
    float *values = rl_alloc_floats(*count);
    assert_int_equal(rl_tensor_to_floats(tensor, values, *count, NULL), RL_OK);
    return values;
}

static const double *doubles_of(const rl_safetensors *file, const char *name) {
    const rl_tensor *tensor = tensor_of(file, name);
    assert_int_equal(tensor->dtype, RL_DTYPE_F64);
    assert_int_equal((uintptr_t)tensor->data % sizeof(double), 0);
    return tensor->data;
}

/* Normalised as make_fixtures.py does. */
static void load_batches(float **images, uint16_t **labels) {
    rl_safetensors *file = fixture("batches");
    const uint8_t *pixels = tensor_of(file, "pixels")->data;
    const unsigned char *raw = tensor_of(file, "labels")->data;
    *images = rl_alloc_floats((size_t)STEPS * BATCH * IMAGE);
    *labels = rl_alloc(STEPS * BATCH, sizeof **labels);
    for (size_t i = 0; i < (size_t)STEPS * BATCH * IMAGE; i++)
        (*images)[i] = ((float)pixels[i] / 255 - 0.5F) / 0.25F;
    for (size_t i = 0; i < (size_t)STEPS * BATCH; i++) {
        int64_t label;
        memcpy(&label, raw + i * sizeof label, sizeof label);
        (*labels)[i] = (uint16_t)label;
    }
    rl_safetensors_free(file);
}

static rl_net *net_from(const rl_safetensors *file, const rl_model_spec *spec, size_t batch) {
    rl_net *net;
    rl_error error;
    if (rl_net_create(&net, spec, batch, RL_NET_TRAIN, 2, &error) != RL_OK)
        fail_msg("%s", error.message);
    for (size_t i = 0; i < rl_net_tensor_count(net); i++) {
        const rl_net_tensor *tensor = rl_net_tensor_at(net, i);
        if (tensor->role == RL_TENSOR_COUNTER)
            continue;
        char name[96];
        size_t count;
        snprintf(name, sizeof name, "state.%s", tensor->name);
        float *values = floats_of(file, name, &count);
        assert_int_equal(count, tensor->count);
        rl_net_tensor_write(net, tensor, values);
        rl_free(values);
    }
    return net;
}

typedef struct {
    const char *fixture;
    const char *model;
    bool outer_bn, follows_model;
    size_t ratio, dw_size;
} variant;

static const variant variants[] = {
    {"resnet18", "resnet18", true, false, 2, 3},
    {"resnet18-ghost", "resnet18-ghost", true, false, 2, 3},
    {"resnet18-ghost-no_outer_bn", "resnet18-ghost", false, false, 2, 3},
    {"resnet18-ghost-ratio3_dw5", "resnet18-ghost", true, true, 3, 5},
};
enum { VARIANTS = sizeof variants / sizeof variants[0] };

static rl_model_spec spec_of(const variant *v, size_t width, rl_activation_kind activation) {
    return (rl_model_spec){.model = v->model,
                           .width = width,
                           .class_count = CLASSES,
                           .activation = activation,
                           .negative_slope = 0.01F,
                           .ghost_ratio = v->ratio,
                           .ghost_dw_size = v->dw_size,
                           .ghost_outer_bn = v->outer_bn,
                           .ghost_activation_follows_model = v->follows_model};
}

/* Largest difference against the largest magnitude of the tensor: float32 sums of up to 4096 terms
 * through 20 layers. The floor is for gradients that are next to
 * nothing because terms of order one cancel (the scale of a batch norm that another one follows).
 */
static const double FLOOR = 1e-2;

static void compare(const char *what, const char *name, const float *mine, const float *golden,
                    size_t count, double tolerance) {
    double largest = 0, difference = 0;
    for (size_t i = 0; i < count; i++) {
        largest = fmax(largest, fabs(golden[i]));
        const double d = fabs((double)mine[i] - golden[i]);
        difference = d <= difference ? difference : d; /* a NaN wins */
    }
    if (!(difference <= tolerance * (largest + FLOOR)))
        fail_msg("%s: %s: differs by %.3g of a largest value of %.3g", what, name, difference,
                 largest);
}

/* From a slab in the net's layout to PyTorch's order: by way of the net itself. */
static void read_gradient(rl_net *net, const rl_net_tensor *tensor, const float *gradients,
                          float *values) {
    float *w = rl_net_parameters(net) + tensor->offset;
    float *kept = rl_alloc_floats(tensor->count);
    memcpy(kept, w, tensor->count * sizeof *w);
    memcpy(w, gradients + tensor->offset, tensor->count * sizeof *w);
    rl_net_tensor_read(net, tensor, values);
    memcpy(w, kept, tensor->count * sizeof *w);
    rl_free(kept);
}

/* A pre-activation next to ReLU's kink may round to its other side, which moves a gradient by that
 * one unit's share; smooth nets have no such excuse. */
static double gradient_tolerance(const variant *v, const char *activation) {
    const bool smooth = strcmp(activation, "sigmoid") == 0 || strcmp(activation, "gelu") == 0;
    const bool relu_inside = strstr(v->model, "ghost") && !v->follows_model;
    return smooth && !relu_inside ? 2e-4 : 0.1;
}

static void compare_gradients(rl_net *net, const rl_safetensors *file, const variant *v,
                              const char *activation) {
    const double tolerance = gradient_tolerance(v, activation);
    for (size_t i = 0; i < rl_net_tensor_count(net); i++) {
        const rl_net_tensor *tensor = rl_net_tensor_at(net, i);
        if (tensor->role == RL_TENSOR_COUNTER)
            continue;
        const bool parameter = tensor->role == RL_TENSOR_PARAMETER;
        char name[128];
        size_t count;
        snprintf(name, sizeof name, "%s.%s.%s", parameter ? "gradient" : "after", activation,
                 tensor->name);
        float *golden = floats_of(file, name, &count), *mine = rl_alloc_floats(count);
        assert_int_equal(count, tensor->count);
        if (parameter)
            read_gradient(net, tensor, rl_net_gradients(net), mine);
        else
            rl_net_tensor_read(net, tensor, mine);
        compare(v->fixture, name, mine, golden, count, parameter ? tolerance : 1e-5);
        rl_free(golden);
        rl_free(mine);
    }
}

static void gradients(void **state) {
    (void)state;
    enum { GRADIENT_BATCH = 4, GRADIENT_WIDTH = 3 };
    float *images;
    uint16_t *labels;
    load_batches(&images, &labels);
    for (size_t v = 0; v < VARIANTS; v++) {
        char name[96];
        snprintf(name, sizeof name, "gradients-%s", variants[v].fixture);
        rl_safetensors *file = fixture(name);
        for (int a = RL_ACTIVATION_SIGMOID; a < RL_ACTIVATION_COUNT; a++) {
            const char *activation = rl_activations[a].name;
            const rl_model_spec spec = spec_of(&variants[v], GRADIENT_WIDTH, (rl_activation_kind)a);
            rl_net *net = net_from(file, &spec, GRADIENT_BATCH);
            size_t correct;
            rl_net_forward_train(net, images, GRADIENT_BATCH);
            const double loss = rl_net_loss(net, labels, 0.1, true, &correct);
            snprintf(name, sizeof name, "loss.%s", activation);
            assert_true(fabs(loss / *doubles_of(file, name) - 1) < 1e-5);
            rl_net_backward(net);
            compare_gradients(net, file, &variants[v], activation);
            rl_net_free(net);
        }
        rl_safetensors_free(file);
    }
    rl_free(images);
    rl_free(labels);
}

static void check_logits(rl_net *net, const rl_safetensors *file, const variant *v,
                         const char *activation, const float *images) {
    char name[96];
    size_t count;
    snprintf(name, sizeof name, "logits.%s", activation);
    float *golden = floats_of(file, name, &count);
    assert_int_equal(count, BATCH * CLASSES);
    rl_net_forward_eval(net, images, BATCH);
    for (size_t i = 0; i < count; i++)
        if (!(fabsf(rl_net_logits(net)[i] - golden[i]) < 1e-4F))
            fail_msg("%s: %s: logit %zu is %.7g, PyTorch's %.7g", v->fixture, name, i,
                     (double)rl_net_logits(net)[i], (double)golden[i]);
    rl_free(golden);
}

static void check_losses(rl_net *net, const rl_safetensors *file, const char *what,
                         const char *activation, const char *optimizer_name, const float *images,
                         const uint16_t *labels) {
    char name[96];
    snprintf(name, sizeof name, "lr.%s", optimizer_name);
    const double lr = *doubles_of(file, name);
    snprintf(name, sizeof name, "losses.%s.%s", activation, optimizer_name);
    const double *golden = doubles_of(file, name);
    char stray_name[96];
    snprintf(stray_name, sizeof stray_name, "stray.%s.%s", activation, optimizer_name);
    /* As near as ten times what PyTorch's own float32 manages, and within 1e-3 in any case. */
    const double tolerance = fmin(1e-3, fmax(1e-5, 10 * *doubles_of(file, stray_name)));
    const rl_optimizer_options options = {.name = optimizer_name,
                                          .momentum = 0.9,
                                          .beta1 = 0.9,
                                          .beta2 = 0.999,
                                          .eps = 1e-8,
                                          .weight_decay =
                                              strcmp(optimizer_name, "adamw") == 0 ? 0.01 : 0};
    rl_optimizer *optimizer;
    assert_int_equal(rl_optimizer_create(&optimizer, net, &options, NULL), RL_OK);
    for (size_t step = 0; step < STEPS_CHECKED; step++) {
        size_t correct;
        rl_net_forward_train(net, images + step * BATCH * IMAGE, BATCH);
        const double loss = rl_net_loss(net, labels + step * BATCH, 0, true, &correct);
        if (!(fabs(loss / golden[step] - 1) < tolerance))
            fail_msg("%s: %s, step %zu: loss %.7g, PyTorch's %.7g", what, name, step, loss,
                     golden[step]);
        rl_net_backward(net);
        rl_optimizer_step(optimizer, lr);
    }
    rl_optimizer_free(optimizer);
}

static void losses_and_logits(void **state) {
    (void)state;
    enum { WIDTH = 16 };
    float *images;
    uint16_t *labels;
    size_t rows = 0;
    load_batches(&images, &labels);
    for (size_t v = 0; v < VARIANTS; v++) {
        rl_safetensors *file = fixture(variants[v].fixture);
        for (int a = RL_ACTIVATION_SIGMOID; a < RL_ACTIVATION_COUNT; a++)
            for (size_t o = 0; rl_optimizer_names[o]; o++) {
                const char *activation = rl_activations[a].name;
                char name[96];
                snprintf(name, sizeof name, "losses.%s.%s", activation, rl_optimizer_names[o]);
                if (!rl_safetensors_find(file, name))
                    continue;
                rows++;
                const rl_model_spec spec = spec_of(&variants[v], WIDTH, (rl_activation_kind)a);
                rl_net *net = net_from(file, &spec, BATCH);
                if (o == 0)
                    check_logits(net, file, &variants[v], activation, images);
                check_losses(net, file, variants[v].fixture, activation, rl_optimizer_names[o],
                             images, labels);
                rl_net_free(net);
            }
        rl_safetensors_free(file);
    }
    assert_int_equal(rows, 2 * 4 * 4 + 2); /* none was skipped for want of a tensor */
    rl_free(images);
    rl_free(labels);
}

static const struct {
    const char *fixture;
    rl_optimizer_options options;
} rules[] = {
    {"sgd", {.name = "sgd"}},
    {"sgd_decay", {.name = "sgd", .weight_decay = 0.05}},
    {"momentum", {.name = "momentum", .momentum = 0.9}},
    {"momentum_decay", {.name = "momentum", .momentum = 0.9, .weight_decay = 0.05}},
    {"nesterov", {.name = "momentum", .momentum = 0.9, .weight_decay = 0.05, .nesterov = true}},
    {"adam", {.name = "adam", .beta1 = 0.9, .beta2 = 0.999, .eps = 1e-8}},
    {"adam_decay",
     {.name = "adam", .beta1 = 0.8, .beta2 = 0.99, .eps = 1e-6, .weight_decay = 0.05}},
    {"adamw", {.name = "adamw", .beta1 = 0.9, .beta2 = 0.999, .eps = 1e-8, .weight_decay = 0.05}},
};

static void update_rules(void **state) {
    (void)state;
    rl_safetensors *file = fixture("optimizers");
    size_t count, total;
    float *start = floats_of(file, "start", &count),
          *gradient = floats_of(file, "gradients", &total);
    const variant plain = variants[0];
    const rl_model_spec spec = spec_of(&plain, 1, RL_ACTIVATION_RELU);
    for (size_t r = 0; r < sizeof rules / sizeof rules[0]; r++) {
        char name[64];
        snprintf(name, sizeof name, "after.%s", rules[r].fixture);
        const double *golden = doubles_of(file, name);
        rl_net *net;
        rl_optimizer *optimizer;
        assert_int_equal(rl_net_create(&net, &spec, 1, RL_NET_TRAIN, 2, NULL), RL_OK);
        assert_int_equal(rl_optimizer_create(&optimizer, net, &rules[r].options, NULL), RL_OK);
        float *w = rl_net_parameters(net);
        memcpy(w, start, count * sizeof *w);
        for (size_t step = 0; step < STEPS; step++) {
            memcpy(rl_net_gradients(net), gradient + step * count, count * sizeof *gradient);
            rl_optimizer_step(optimizer, 0.01);
            for (size_t i = 0; i < count; i++) {
                const double expected = golden[step * count + i];
                /* A few roundings a step, of w and of an update of at most about 0.1. */
                if (!(fabs(w[i] - expected) <= (double)(step + 1) * 4e-7 * (fabs(expected) + 0.1)))
                    fail_msg("%s, step %zu: w[%zu] = %.9g, PyTorch's %.9g", name, step, i,
                             (double)w[i], expected);
            }
        }
        rl_optimizer_free(optimizer);
        rl_net_free(net);
    }
    rl_free(start);
    rl_free(gradient);
    rl_safetensors_free(file);
}

static void schedules(void **state) {
    (void)state;
    rl_safetensors *file = fixture("schedules");
    static const char *const names[] = {"cosine", "onecycle", "step"};
    for (size_t n = 0; n < 3; n++) {
        const double *golden = doubles_of(file, names[n]);
        const rl_schedule schedule = {.name = names[n],
                                      .lr = 0.1,
                                      .step_epochs = 1,
                                      .step_gamma = 0.5,
                                      .steps_per_epoch = 30,
                                      .total_steps = 120};
        for (uint64_t step = 0; step < 120; step++)
            if (!(fabs(rl_schedule_lr(&schedule, step) - golden[step]) < 1e-12))
                fail_msg("%s: rate %.12g at step %d, PyTorch's %.12g", names[n],
                         rl_schedule_lr(&schedule, step), (int)step, golden[step]);
    }
    rl_safetensors_free(file);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(update_rules),
        cmocka_unit_test(schedules),
        cmocka_unit_test(gradients),
        cmocka_unit_test(losses_and_logits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
