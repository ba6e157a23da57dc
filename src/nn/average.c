/* The average lies in slabs like the net's, so that an update is one elementwise pass and a swap an
 * exchange of floats. Slabs, not pointers, are exchanged: other parts of the net point into them.
 */
#include "nn/average.h"

#include "base/error.h"
#include "base/memory.h"
#include "nn/net_internal.h"

#include <math.h>
#include <string.h>

enum { BLOCK_FLOATS = 16384 };

struct rl_average {
    rl_net *net;
    double decay;
    float *parameters, *statistics;
};

rl_status rl_average_create(rl_average **average, rl_net *net, double decay, rl_error *error) {
    *average = NULL;
    rl_average *made = rl_alloc(1, sizeof *made);
    if (made) {
        made->parameters = rl_alloc_floats(rl_net_parameter_floats(net));
        made->statistics = rl_alloc_floats(rl_net_statistic_floats(net));
    }
    if (!made || !made->parameters || !made->statistics) {
        rl_average_free(made);
        return rl_fail_memory(error, "the average of the weights");
    }
    made->net = net;
    made->decay = decay;
    memcpy(made->parameters, net->parameters, rl_net_parameter_floats(net) * sizeof(float));
    memcpy(made->statistics, net->statistics, rl_net_statistic_floats(net) * sizeof(float));
    *average = made;
    return RL_OK;
}

void rl_average_free(rl_average *average) {
    if (!average)
        return;
    rl_free(average->parameters);
    rl_free(average->statistics);
    rl_free(average);
}

/* A pass over one pair of slabs, by blocks: `share` of the way from the average to the weights. */
typedef struct {
    const rl_kernels *kernels;
    size_t floats;
    float share;
    float *weights, *average;
} slab_pass;

static void update_item(const void *context, size_t item, int thread) {
    (void)thread;
    const slab_pass *pass = context;
    const size_t begin = item * BLOCK_FLOATS;
    const size_t count = rl_min(BLOCK_FLOATS, pass->floats - begin);
    if (pass->share == 1)
        memcpy(pass->average + begin, pass->weights + begin, count * sizeof(float));
    else
        pass->kernels->approach(count, pass->share, pass->weights + begin, pass->average + begin);
}

static void swap_item(const void *context, size_t item, int thread) {
    (void)thread;
    const slab_pass *pass = context;
    const size_t end = rl_min((item + 1) * BLOCK_FLOATS, pass->floats);
    for (size_t i = item * BLOCK_FLOATS; i < end; i++) {
        const float weight = pass->weights[i];
        pass->weights[i] = pass->average[i];
        pass->average[i] = weight;
    }
}

static void run(const rl_average *average, rl_task *task, float share) {
    rl_net *net = average->net;
    const slab_pass passes[] = {{net->engine.kernels, rl_net_parameter_floats(net), share,
                                 rl_net_parameters(net), average->parameters},
                                {net->engine.kernels, rl_net_statistic_floats(net), share,
                                 rl_net_statistics(net), average->statistics}};
    for (size_t i = 0; i < sizeof passes / sizeof *passes; i++)
        rl_engine_run(&net->engine, rl_divide_up(passes[i].floats, BLOCK_FLOATS), task, &passes[i]);
}

void rl_average_update(rl_average *average, uint64_t step) {
    const double n = (double)step;
    const double decay = step == 0 ? 0 : fmin(average->decay, (1 + n) / (10 + n));
    run(average, update_item, (float)(1 - decay));
}

void rl_average_swap(rl_average *average) {
    run(average, swap_item, 0);
}

float *rl_average_parameters(rl_average *average) {
    return average->parameters;
}

float *rl_average_statistics(rl_average *average) {
    return average->statistics;
}
