/* Optimizers. A new one is an update kernel, a step function and a row of the table. State and
 * parameters are flat slabs, cut into blocks for the threads, and where weight decay begins or
 * ends; updates are elementwise, so no cut changes a bit. */
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

/* A part of the slabs that one thread updates with one rule. */
typedef struct {
    size_t begin, count;
    bool decays;
} update_block;

struct rl_optimizer {
    const optimizer_row *row;
    rl_net *net;
    rl_optimizer_options options;
    update_block *blocks;
    size_t block_count;
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

/* Vectors are batch norm's weights and all biases: what the usual recipes spare from decay. */
static bool decays(const rl_optimizer_options *options, const rl_net_tensor *tensor) {
    return !options->decay_weights_only || tensor->rank > 1;
}

/* Cuts floats [begin, end) into blocks; NULL for `blocks` only counts them. */
static size_t cut(update_block *blocks, size_t begin, size_t end, bool decaying) {
    size_t count = 0;
    for (; begin < end; begin += BLOCK_FLOATS, count++)
        if (blocks)
            blocks[count] = (update_block){begin, rl_min(BLOCK_FLOATS, end - begin), decaying};
    return count;
}

/* The blocks of the whole slab, in order; returns how many. Padding goes with the tensor before
 * it. */
static size_t cut_slab(update_block *blocks, const rl_net *net,
                       const rl_optimizer_options *options) {
    size_t count = 0, begin = 0;
    bool decaying = true;
    for (size_t i = 0; i < rl_net_tensor_count(net); i++) {
        const rl_net_tensor *tensor = rl_net_tensor_at(net, i);
        if (tensor->role != RL_TENSOR_PARAMETER || decays(options, tensor) == decaying)
            continue;
        count += cut(blocks ? blocks + count : NULL, begin, tensor->offset, decaying);
        begin = tensor->offset;
        decaying = !decaying;
    }
    return count +
           cut(blocks ? blocks + count : NULL, begin, rl_net_parameter_floats(net), decaying);
}

rl_status rl_optimizer_create(rl_optimizer **optimizer, rl_net *net,
                              const rl_optimizer_options *options, rl_error *error) {
    *optimizer = NULL;
    const optimizer_row *row = find_row(options->name);
    if (!row)
        return rl_fail(error, RL_ERROR_ARGUMENT, "no optimizer is named '%s'", options->name);
    size_t floats;
    rl_optimizer *made = rl_alloc(1, sizeof *made);
    const size_t block_count = cut_slab(NULL, net, options);
    if (!made || !rl_multiply(row->slab_count, rl_net_parameter_floats(net), &floats) ||
        !(made->state = rl_alloc_floats(floats)) ||
        !(made->blocks = rl_alloc(block_count, sizeof *made->blocks))) {
        rl_optimizer_free(made);
        return rl_fail_memory(error, "the optimizer's state");
    }
    made->block_count = cut_slab(made->blocks, net, options);
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
    rl_free(optimizer->blocks);
    rl_free(optimizer);
}

typedef struct {
    rl_optimizer *optimizer;
    rl_update_rule rule[2]; /* by whether a block decays */
} update_pass;

static void update_item(const void *context, size_t item, int thread) {
    (void)thread;
    const update_pass *pass = context;
    const rl_optimizer *optimizer = pass->optimizer;
    const rl_net *net = optimizer->net;
    const update_block *block = &optimizer->blocks[item];
    const size_t floats = rl_net_parameter_floats(net);
    float *slabs[MAX_SLABS] = {0};
    for (size_t s = 0; s < optimizer->row->slab_count; s++)
        slabs[s] = optimizer->state + s * floats + block->begin;
    optimizer->row->update(net->engine.kernels, &pass->rule[block->decays], block->count,
                           net->parameters + block->begin, net->gradients + block->begin, slabs);
}

void rl_optimizer_step(rl_optimizer *optimizer, double lr) {
    const rl_optimizer_options *options = &optimizer->options;
    const double t = (double)++optimizer->steps;
    const rl_update_rule plain = {.lr = lr,
                                  .momentum = options->momentum,
                                  .dampening = options->dampening,
                                  .nesterov = options->nesterov,
                                  .first_step = optimizer->steps == 1,
                                  .beta1 = options->beta1,
                                  .beta2 = options->beta2,
                                  .eps = options->eps,
                                  .bias_correction1 = 1 - pow(options->beta1, t),
                                  .bias_correction2 = 1 - pow(options->beta2, t),
                                  .decoupled_decay = optimizer->row->decoupled_decay};
    update_pass pass = {.optimizer = optimizer, .rule = {plain, plain}};
    pass.rule[true].weight_decay = options->weight_decay;
    rl_engine_run(&optimizer->net->engine, optimizer->block_count, update_item, &pass);
}

double rl_optimizer_gradient_norm(const rl_optimizer *optimizer) {
    const rl_net *net = optimizer->net;
    return sqrt(net->engine.kernels->sum_of_squares(rl_net_parameter_floats(net), net->gradients));
}

typedef struct {
    const rl_optimizer *optimizer;
    float factor;
} scale_pass;

static void scale_item(const void *context, size_t item, int thread) {
    (void)thread;
    const scale_pass *pass = context;
    const rl_net *net = pass->optimizer->net;
    const update_block *block = &pass->optimizer->blocks[item];
    net->engine.kernels->scale(block->count, pass->factor, net->gradients + block->begin);
}

void rl_optimizer_clip(rl_optimizer *optimizer, double norm) {
    const double factor = optimizer->options.clip_norm / (norm + 1e-6);
    if (optimizer->options.clip_norm == 0 || factor >= 1)
        return;
    const scale_pass pass = {optimizer, (float)factor};
    rl_engine_run(&optimizer->net->engine, optimizer->block_count, scale_item, &pass);
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
