/* What optimizers do around the update rules (which test_golden holds against PyTorch): which
 * parameters decay, and clipping, each against its definition in double precision. */
#include "nn/nets.h"

#include "base/memory.h"
#include "nn/optimizer.h"

#include <float.h>
#include <math.h>
#include <string.h>

enum { STEPS = 4 };

static const double decay = 0.3, rate = 0.05;

static const rl_optimizer_options rules[] = {
    {.name = "sgd"},
    {.name = "momentum", .momentum = 0.9},
    {.name = "momentum", .momentum = 0.9, .nesterov = true},
    {.name = "adam", .beta1 = 0.9, .beta2 = 0.999, .eps = 1e-8},
    {.name = "adamw", .beta1 = 0.9, .beta2 = 0.999, .eps = 1e-8},
};
enum { RULES = sizeof rules / sizeof *rules };

/* A Ghost network: convolutions of both kinds, batch norms everywhere, vectors of odd lengths. */
static rl_net *small_net(int threads) {
    const rl_model_spec spec = test_spec("resnet18-ghost", 5, RL_ACTIVATION_RELU);
    return test_net(&spec, 1, threads);
}

static bool is_parameter(const rl_net_tensor *tensor) {
    return tensor->role == RL_TENSOR_PARAMETER;
}

/* Normal numbers of deviation `size` in every parameter, or gradient, of the net; padding stays
 * zero. */
static void draw(rl_net *net, float *slab, uint64_t seed, float size) {
    for (size_t i = 0; i < rl_net_tensor_count(net); i++) {
        const rl_net_tensor *tensor = rl_net_tensor_at(net, i);
        rl_random random = rl_random_stream(seed, RL_RANDOM_TEST, 0, i);
        for (size_t j = 0; is_parameter(tensor) && j < tensor->count; j++)
            slab[tensor->offset + j] = size * rl_random_normal(&random);
    }
}

/* By names, as a person would say it: biases, and the weights of modules that keep a running mean.
 */
static bool is_spared(const rl_net *net, const rl_net_tensor *tensor) {
    const char *dot = strrchr(tensor->name, '.');
    const size_t module = (size_t)(dot - tensor->name);
    if (strcmp(dot, ".bias") == 0)
        return true;
    for (size_t i = 0; i < rl_net_tensor_count(net); i++) {
        const char *name = rl_net_tensor_at(net, i)->name;
        if (strncmp(name, tensor->name, module) == 0 && strcmp(name + module, ".running_mean") == 0)
            return true;
    }
    return false;
}

/* A parameter and what its rule remembers. */
typedef struct {
    double w, m, v;
} element;

/* PyTorch's rules for one parameter, in double. */
static void step_element(const rl_optimizer_options *rule, element *e, double g, double l2, int t) {
    const bool decoupled = strcmp(rule->name, "adamw") == 0;
    if (decoupled)
        e->w *= 1 - rate * l2;
    else
        g += l2 * e->w;
    if (strcmp(rule->name, "sgd") == 0) {
        e->w -= rate * g;
    } else if (strcmp(rule->name, "momentum") == 0) {
        e->m = t == 1 ? g : rule->momentum * e->m + g;
        e->w -= rate * (rule->nesterov ? g + rule->momentum * e->m : e->m);
    } else {
        e->m = rule->beta1 * e->m + (1 - rule->beta1) * g;
        e->v = rule->beta2 * e->v + (1 - rule->beta2) * g * g;
        e->w -= rate * (e->m / (1 - pow(rule->beta1, t))) /
                (sqrt(e->v / (1 - pow(rule->beta2, t))) + rule->eps);
    }
}

static rl_optimizer *optimizer_of(rl_net *net, rl_optimizer_options options) {
    rl_optimizer *optimizer;
    assert_int_equal(rl_optimizer_create(&optimizer, net, &options, NULL), RL_OK);
    return optimizer;
}

/* Of `net` after STEPS steps with decay on weights only. */
static void take_steps(rl_net *net, rl_optimizer_options options) {
    options.weight_decay = decay;
    options.decay_weights_only = true;
    rl_optimizer *optimizer = optimizer_of(net, options);
    draw(net, rl_net_parameters(net), 1, 1);
    for (int t = 1; t <= STEPS; t++) {
        draw(net, rl_net_gradients(net), 1 + (uint64_t)t, 1);
        rl_optimizer_step(optimizer, rate);
    }
    rl_optimizer_free(optimizer);
}

static void weights_decay_and_vectors_do_not(void **state) {
    (void)state;
    for (size_t r = 0; r < RULES; r++) {
        rl_net *net = small_net(2);
        take_steps(net, rules[r]);
        const float *w = rl_net_parameters(net);
        size_t spared = 0, decayed = 0;
        for (size_t i = 0; i < rl_net_tensor_count(net); i++) {
            const rl_net_tensor *tensor = rl_net_tensor_at(net, i);
            if (!is_parameter(tensor))
                continue;
            const bool spare = is_spared(net, tensor);
            spared += spare;
            decayed += !spare;
            rl_random start = rl_random_stream(1, RL_RANDOM_TEST, 0, i), draws[STEPS];
            for (uint64_t t = 0; t < STEPS; t++)
                draws[t] = rl_random_stream(2 + t, RL_RANDOM_TEST, 0, i);
            for (size_t j = 0; j < tensor->count; j++) {
                element e = {.w = rl_random_normal(&start)};
                for (int t = 1; t <= STEPS; t++)
                    step_element(&rules[r], &e, rl_random_normal(&draws[t - 1]), spare ? 0 : decay,
                                 t);
                /* A few roundings a step of numbers up to 5; of decay, there are 0.01 at least. */
                if (!(fabs(w[tensor->offset + j] - e.w) <= STEPS * 20 * (double)FLT_EPSILON))
                    fail_msg("%s: %s[%zu] is %.9g, expected %.9g", rules[r].name, tensor->name, j,
                             (double)w[tensor->offset + j], e.w);
            }
        }
        assert_true(spared > 60 && decayed > 30); /* batch norms' vectors; convolutions */
        rl_net_free(net);
    }
}

static void threads_and_padding(void **state) {
    (void)state;
    rl_net *one = small_net(1);
    take_steps(one, rules[2]);
    const size_t floats = rl_net_parameter_floats(one);
    for (int threads = 2; threads <= 3; threads++) {
        rl_net *many = small_net(threads);
        take_steps(many, rules[2]);
        assert_memory_equal(rl_net_parameters(one), rl_net_parameters(many),
                            floats * sizeof(float));
        rl_net_free(many);
    }
    bool *used = rl_alloc(floats, sizeof *used);
    for (size_t i = 0; i < rl_net_tensor_count(one); i++) {
        const rl_net_tensor *tensor = rl_net_tensor_at(one, i);
        for (size_t j = 0; is_parameter(tensor) && j < tensor->count; j++)
            used[tensor->offset + j] = true;
    }
    size_t padding = 0;
    for (size_t i = 0; i < floats; i++) {
        padding += !used[i];
        assert_true(used[i] || rl_net_parameters(one)[i] == 0);
    }
    assert_true(padding > 0);
    rl_free(used);
    rl_net_free(one);
}

/* Decay of everything is one pass over the slab: the same bits as the kernel in one piece. */
static void decay_of_all_is_one_pass(void **state) {
    (void)state;
    rl_net *net = small_net(3);
    const size_t floats = rl_net_parameter_floats(net);
    rl_optimizer *optimizer = optimizer_of(
        net, (rl_optimizer_options){.name = "momentum", .momentum = 0.9, .weight_decay = decay});
    draw(net, rl_net_parameters(net), 1, 1);
    draw(net, rl_net_gradients(net), 2, 1);
    float *w = rl_alloc_floats(floats), *buffer = rl_alloc_floats(floats);
    memcpy(w, rl_net_parameters(net), floats * sizeof *w);
    const rl_update_rule rule = {
        .lr = rate, .weight_decay = decay, .momentum = 0.9, .first_step = true};
    rl_net_kernels(net)->update_momentum(floats, &rule, w, rl_net_gradients(net), buffer);
    rl_optimizer_step(optimizer, rate);
    assert_memory_equal(rl_net_parameters(net), w, floats * sizeof *w);
    assert_memory_equal(rl_optimizer_slab(optimizer, 0), buffer, floats * sizeof *w);
    rl_free(w);
    rl_free(buffer);
    rl_optimizer_free(optimizer);
    rl_net_free(net);
}

/* ---- Clipping ---- */

/* Clips gradients of deviation `size` to `clip`; every one must be what torch's clip_grad_norm_
 * makes of it. Returns the norm before, from its definition. */
static double check_clipping(float size, double clip) {
    rl_net *net = small_net(2);
    rl_optimizer *optimizer =
        optimizer_of(net, (rl_optimizer_options){.name = "sgd", .clip_norm = clip});
    const size_t floats = rl_net_parameter_floats(net);
    float *g = rl_net_gradients(net), *before = rl_alloc_floats(floats);
    draw(net, g, 9, size);
    memcpy(before, g, floats * sizeof *g);
    double squares = 0;
    for (size_t i = 0; i < floats; i++)
        squares += (double)g[i] * g[i];
    const double norm = rl_optimizer_gradient_norm(optimizer);
    assert_true(fabs(norm - sqrt(squares)) <= 1e-12 * norm);
    rl_optimizer_clip(optimizer, norm);
    const double factor = clip == 0 ? 1 : fmin(1, clip / (sqrt(squares) + 1e-6));
    for (size_t i = 0; i < floats; i++)
        assert_true(factor < 1 ? fabs(g[i] - factor * before[i]) <=
                                     2 * (double)FLT_EPSILON * factor * fabs((double)before[i])
                               : g[i] == before[i]);
    if (factor < 1) /* and so the norm is what was asked for */
        assert_true(fabs(rl_optimizer_gradient_norm(optimizer) - clip) <= 1e-5 * clip + 1e-6);
    rl_free(before);
    rl_optimizer_free(optimizer);
    rl_net_free(net);
    return sqrt(squares);
}

static void gradients_are_clipped_to_the_norm(void **state) {
    (void)state;
    const double norm = check_clipping(1, 0);
    assert_true(norm > 10);
    check_clipping(1, 0.5);
    check_clipping(1, norm / 1.5);
    check_clipping(1, norm * 1.5); /* below it: untouched */
    check_clipping(1e-4F, 1e-9);   /* where the 1e-6 counts */
    check_clipping(0, 1);
}

static void norms_tell_of_infinity(void **state) {
    (void)state;
    static const float bad[] = {INFINITY, -INFINITY, NAN};
    rl_net *net = small_net(1);
    rl_optimizer *optimizer = optimizer_of(net, rules[0]);
    float *last = &rl_net_gradients(net)[rl_net_tensor_at(net, 0)->count - 1];
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        *last = bad[i];
        assert_false(isfinite(rl_optimizer_gradient_norm(optimizer)));
    }
    *last = 3e38F; /* large, but finite */
    assert_true(isfinite(rl_optimizer_gradient_norm(optimizer)));
    rl_optimizer_free(optimizer);
    rl_net_free(net);
}

static void failing_allocations(void **state) {
    (void)state;
    rl_net *net = small_net(1);
    rl_status status = RL_ERROR_MEMORY;
    long n = 0;
    for (; status != RL_OK && n < 10; n++) {
        rl_optimizer *optimizer = (rl_optimizer *)1;
        rl_memory_fail_after(n);
        status = rl_optimizer_create(&optimizer, net, &rules[3], NULL);
        rl_memory_fail_after(-1);
        assert_int_equal(status, optimizer ? RL_OK : RL_ERROR_MEMORY);
        rl_optimizer_free(optimizer);
    }
    assert_true(n > 3 && status == RL_OK);
    rl_net_free(net);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(weights_decay_and_vectors_do_not),
        cmocka_unit_test(threads_and_padding),
        cmocka_unit_test(decay_of_all_is_one_pass),
        cmocka_unit_test(gradients_are_clipped_to_the_norm),
        cmocka_unit_test(norms_tell_of_infinity),
        cmocka_unit_test(failing_allocations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
