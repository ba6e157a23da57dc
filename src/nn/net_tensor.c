/* Named tensors of a net: between PyTorch's order of elements and the order kernels like. */
#include "nn/net_internal.h"

size_t rl_net_tensor_count(const rl_net *net) {
    return net->graph.tensor_count;
}

const rl_net_tensor *rl_net_tensor_at(const rl_net *net, size_t index) {
    return index < net->graph.tensor_count ? &net->graph.tensors[index] : NULL;
}

/* Every layout is one exchange of axes: [outer][middle][inner] in a file, [inner][middle][outer] in
 * memory. */
typedef struct {
    size_t outer, middle, inner;
} transposition;

static transposition transposition_of(const rl_net_tensor *tensor) {
    const size_t *shape = tensor->shape;
    switch (tensor->layout) {
    case RL_LAYOUT_CONV:
        return (transposition){shape[0], shape[1], shape[2] * shape[3]};
    case RL_LAYOUT_DEPTHWISE:
        return (transposition){shape[0], 1, shape[2] * shape[3]};
    case RL_LAYOUT_LINEAR:
        return (transposition){shape[0], 1, shape[1]};
    case RL_LAYOUT_FLAT:
        break;
    }
    return (transposition){1, 1, tensor->count};
}

static float *storage(const rl_net *net, const rl_net_tensor *tensor) {
    float *slab = tensor->role == RL_TENSOR_STATISTIC ? net->statistics : net->parameters;
    return slab + tensor->offset;
}

void rl_net_tensor_read(const rl_net *net, const rl_net_tensor *tensor, float *values) {
    const transposition t = transposition_of(tensor);
    const float *memory = storage(net, tensor);
    for (size_t k = 0; k < t.outer; k++)
        for (size_t c = 0; c < t.middle; c++)
            for (size_t i = 0; i < t.inner; i++)
                *values++ = memory[(i * t.middle + c) * t.outer + k];
}

void rl_net_tensor_write(rl_net *net, const rl_net_tensor *tensor, const float *values) {
    const transposition t = transposition_of(tensor);
    float *memory = storage(net, tensor);
    net->prepared_ready = false;
    for (size_t k = 0; k < t.outer; k++)
        for (size_t c = 0; c < t.middle; c++)
            for (size_t i = 0; i < t.inner; i++)
                memory[(i * t.middle + c) * t.outer + k] = *values++;
}
