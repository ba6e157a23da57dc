/* Schemes of initial weights. A new one is a function and a row of the table. */
#include "nn/initialize.h"

#include "base/random.h"
#include "nn/net_internal.h"

#include <math.h>
#include <string.h>

/* PyTorch's default of Conv2d and Linear: kaiming_uniform(a = sqrt 5), which is U(+-1/sqrt(fan_in))
 * for weights and biases (torch/nn/modules/conv.py, linear.py). */
static float pytorch_default(rl_random *random, const rl_net_tensor *tensor) {
    const float bound = (float)(1 / sqrt((double)tensor->fan_in));
    return rl_random_range(random, -bound, bound);
}

/* torchvision's ResNet: kaiming_normal, fan_out, gain of ReLU, for convolutions; the linear layer
 * as PyTorch's default. */
static float kaiming_normal(rl_random *random, const rl_net_tensor *tensor) {
    if (tensor->rank != 4)
        return pytorch_default(random, tensor);
    const size_t fan_out = tensor->shape[0] * tensor->shape[2] * tensor->shape[3];
    return (float)sqrt(2.0 / (double)fan_out) * rl_random_normal(random);
}

typedef float scheme(rl_random *random, const rl_net_tensor *tensor);

const char *const rl_init_names[] = {"pytorch", "kaiming_normal", NULL};
static scheme *const schemes[] = {pytorch_default, kaiming_normal};

/* FNV-1a: names a tensor's stream, so that equal names draw equal weights in any model. */
static uint64_t name_hash(const char *name) {
    uint64_t hash = 0xcbf29ce484222325U;
    for (; *name; name++)
        hash = (hash ^ (unsigned char)*name) * 0x100000001b3U;
    return hash;
}

static void draw(rl_net *net, const rl_net_tensor *tensor, scheme *value, uint64_t seed) {
    rl_random random = rl_random_stream(seed, RL_RANDOM_INIT, 0, name_hash(tensor->name));
    const size_t inner = tensor->layout == RL_LAYOUT_FLAT ? 1 : tensor->count / tensor->shape[0];
    float *memory = net->parameters + tensor->offset;
    /* Drawn in PyTorch's order, stored in ours (see net_tensor.c), without a buffer between. */
    const size_t taps = tensor->layout == RL_LAYOUT_CONV || tensor->layout == RL_LAYOUT_DEPTHWISE
                            ? tensor->shape[2] * tensor->shape[3]
                            : 1;
    for (size_t i = 0; i < tensor->count; i++) {
        const size_t k = i / inner, c = i % inner / taps, t = i % taps;
        const size_t outer = tensor->shape[0], middle = inner / taps;
        memory[(t * middle + c) * outer + k] = value(&random, tensor);
    }
}

void rl_net_initialize(rl_net *net, const char *scheme_name, uint64_t seed) {
    scheme *value = schemes[0];
    for (size_t i = 0; rl_init_names[i]; i++)
        if (strcmp(rl_init_names[i], scheme_name) == 0)
            value = schemes[i];
    for (size_t i = 0; i < net->graph.tensor_count; i++) {
        const rl_net_tensor *tensor = &net->graph.tensors[i];
        if (tensor->role == RL_TENSOR_PARAMETER && tensor->fan_in > 0)
            draw(net, tensor, value, seed);
    }
    for (size_t i = 0; i < net->graph.unit_count; i++) {
        const rl_graph_unit *unit = &net->graph.units[i];
        if (unit->gamma == RL_NO_TENSOR)
            continue;
        const rl_net_tensor *tensors = net->graph.tensors;
        for (size_t c = 0; c < unit->output.channels; c++) {
            net->parameters[tensors[unit->gamma].offset + c] = 1;
            net->parameters[tensors[unit->beta].offset + c] = 0;
            net->statistics[tensors[unit->running_mean].offset + c] = 0;
            net->statistics[tensors[unit->running_var].offset + c] = 1;
        }
    }
    net->batches_tracked = 0;
}
