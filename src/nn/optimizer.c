/* Optimizers. A new one is an update kernel, a step function and a row of the table. State and
 * parameters are flat slabs, cut into blocks for the threads; updates are elementwise, so no cut
 * changes a bit. */
#include "nn/optimizer.h"

#include "base/error.h"
#include "base/memory.h"
#include "nn/net_internal.h"

#include <math.h>
#include <string.h>

enum { BLOCK_FLOATS = 16384, MAX_SLABS = 2 };

typedef struct {
    const char *name;
    size_t slab_count;
    const char *slab_names[MAX_SLABS];
    bool decoupled_decay;
    void (*update)(const rl_kernels *kernels, const rl_update_rule *rule, size_t count, float *w,
                   const float *g, float *const slabs[MAX_SLABS]);
} optimizer_row;

struct rl_optimizer {
    const optimizer_row *row;
    rl_net *net;
    rl_optimizer_options options;
    uint64_t steps;
    float *state; /* [slab_count][parameter_floats] */
};

static void update_sgd(const rl_kernels *kernels, const rl_update_rule *rule, size_t count,
                       float *w, const float *g, float *const slabs[MAX_SLABS]) {
    (void)slabs;
    kernels->update_sgd(count, rule, w, g);
}

static void update_momentum(const rl_kernels *kernels, const rl_update_rule *rule, size_t count,
                            float *w, const float *g, float *const slabs[MAX_SLABS]) {
    kernels->update_momentum(count, rule, w, g, slabs[0]);
}

static void update_adam(const rl_kernels *kernels, const rl_update_rule *rule, size_t count,
                        float *w, const float *g, float *const slabs[MAX_SLABS]) {
    kernels->update_adam(count, rule, w, g, slabs[0], slabs[1]);
}

static const optimizer_row rows[] = {
    {"sgd", 0, {0}, false, update_sgd},
    {"momentum", 1, {"buffer"}, false, update_momentum},
    {"adam", 2, {"m", "v"}, false, update_adam},
    {"adamw", 2, {"m", "v"}, true, update_adam},
};

/* The same names, in the form the options table takes. */
const char *const rl_optimizer_names[] = {"sgd", "momentum", "adam", "adamw", NULL};

static const optimizer_row *find_row(const char *name) {
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (strcmp(rows[i].name, name) == 0)
            return &rows[i];
    return NULL;
}

size_t rl_optimizer_state_slabs(const char *name) {
    const optimizer_row *row = find_row(name);
    return row ? row->slab_count : 0;
}

rl_status rl_optimizer_create(rl_optimizer **optimizer, rl_net *net,
                              const rl_optimizer_options *options, rl_error *error) {
    *optimizer = NULL;
    const optimizer_row *row = find_row(options->name);
    if (!row)
        return rl_fail(error, RL_ERROR_ARGUMENT, "no optimizer is named '%s'", options->name);
    size_t floats;
    rl_optimizer *made = rl_alloc(1, sizeof *made);
    if (!made || !rl_multiply(row->slab_count, rl_net_parameter_floats(net), &floats) ||
        !(made->state = rl_alloc_floats(floats))) {
        rl_optimizer_free(made);
        return rl_fail_memory(error, "the optimizer's state");
    }
    made->row = row;
    made->net = net;
    made->options = *options;
    *optimizer = made;
    return RL_OK;
}

void rl_optimizer_free(rl_optimizer *optimizer) {
    if (!optimizer)
        return;
    rl_free(optimizer->state);
    rl_free(optimizer);
}

typedef struct {
    rl_optimizer *optimizer;
    rl_update_rule rule;
} update_pass;

static void update_item(const void *context, size_t item, int thread) {
    (void)thread;
    const update_pass *pass = context;
    const rl_optimizer *optimizer = pass->optimizer;
    const rl_net *net = optimizer->net;
    const size_t begin = item * BLOCK_FLOATS, floats = rl_net_parameter_floats(net);
    float *slabs[MAX_SLABS] = {0};
    for (size_t s = 0; s < optimizer->row->slab_count; s++)
        slabs[s] = optimizer->state + s * floats + begin;
    optimizer->row->update(net->engine.kernels, &pass->rule, rl_min(BLOCK_FLOATS, floats - begin),
                           net->parameters + begin, net->gradients + begin, slabs);
}

void rl_optimizer_step(rl_optimizer *optimizer, double lr) {
    const rl_optimizer_options *options = &optimizer->options;
    const double t = (double)++optimizer->steps;
    const update_pass pass = {.optimizer = optimizer,
                              .rule = {.lr = lr,
                                       .weight_decay = options->weight_decay,
                                       .momentum = options->momentum,
                                       .dampening = options->dampening,
                                       .nesterov = options->nesterov,
                                       .first_step = optimizer->steps == 1,
                                       .beta1 = options->beta1,
                                       .beta2 = options->beta2,
                                       .eps = options->eps,
                                       .bias_correction1 = 1 - pow(options->beta1, t),
                                       .bias_correction2 = 1 - pow(options->beta2, t),
                                       .decoupled_decay = optimizer->row->decoupled_decay}};
    rl_engine_run(&optimizer->net->engine,
                  rl_divide_up(rl_net_parameter_floats(optimizer->net), BLOCK_FLOATS), update_item,
                  &pass);
}

bool rl_optimizer_gradients_finite(const rl_optimizer *optimizer) {
    const rl_net *net = optimizer->net;
    return isfinite(
        net->engine.kernels->sum_of_squares(rl_net_parameter_floats(net), net->gradients));
}

size_t rl_optimizer_slab_count(const rl_optimizer *optimizer) {
    return optimizer->row->slab_count;
}

const char *rl_optimizer_slab_name(const rl_optimizer *optimizer, size_t index) {
    return index < optimizer->row->slab_count ? optimizer->row->slab_names[index] : NULL;
}

float *rl_optimizer_slab(rl_optimizer *optimizer, size_t index) {
    return optimizer->state + index * rl_net_parameter_floats(optimizer->net);
}

uint64_t rl_optimizer_steps(const rl_optimizer *optimizer) {
    return optimizer->steps;
}

void rl_optimizer_set_steps(rl_optimizer *optimizer, uint64_t steps) {
    optimizer->steps = steps;
}
