/* A network's memory and its passes. */
#include "nn/net.h"

#include "base/error.h"
#include "base/memory.h"
#include "nn/net_internal.h"

#include <stdint.h>
#include <string.h>

static void set_head(rl_net *net) {
    const rl_graph *graph = &net->graph;
    const rl_map map = graph->maps[graph->features.map];
    net->head = (rl_head){.pixels = map.height * map.width,
                          .C = graph->features.channels,
                          .ldx = map.channels,
                          .classes = graph->spec.class_count};
}

/* Pooled features and logits, in training with their gradients. */
static rl_status allocate_head(rl_net *net, rl_error *error) {
    rl_head *head = &net->head;
    size_t pooled, logits;
    if (!rl_multiply(net->max_batch, head->C, &pooled) ||
        !rl_multiply(net->max_batch, head->classes, &logits) || pooled > SIZE_MAX / 64 ||
        logits > SIZE_MAX / 64)
        return rl_fail_memory(error, "the classifier");
    const size_t copies = net->mode == RL_NET_TRAIN ? 2 : 1;
    net->head_slab = rl_alloc_floats(copies * (pooled + logits));
    if (!net->head_slab)
        return rl_fail_memory(error, "the classifier");
    head->pooled = net->head_slab;
    head->logits = head->pooled + pooled;
    if (net->mode == RL_NET_TRAIN) {
        head->d_pooled = head->logits + logits;
        head->d_logits = head->d_pooled + pooled;
    }
    head->w = net->parameters + net->graph.tensors[net->graph.linear_weight].offset;
    head->bias = net->parameters + net->graph.tensors[net->graph.linear_bias].offset;
    return RL_OK;
}

static rl_status allocate_slabs(rl_net *net, rl_error *error) {
    const rl_graph *graph = &net->graph;
    size_t norm_floats = 0;
    net->norm_offset = rl_alloc(graph->map_count, sizeof *net->norm_offset);
    if (!net->norm_offset)
        return rl_fail_memory(error, "the network");
    for (size_t m = 0; m < graph->map_count; m++) {
        net->norm_offset[m] = norm_floats;
        norm_floats += RL_BATCH_NORM_VECTORS * graph->maps[m].channels;
    }
    net->norm_slab = rl_alloc_floats(norm_floats);
    net->parameters = rl_alloc_floats(graph->parameter_floats);
    net->statistics = rl_alloc_floats(graph->statistic_floats);
    net->activations = rl_alloc_floats(net->plan.floats);
    if (net->mode == RL_NET_TRAIN)
        net->gradients = rl_alloc_floats(graph->parameter_floats);
    if (!net->norm_slab || !net->parameters || !net->statistics || !net->activations ||
        (net->mode == RL_NET_TRAIN && !net->gradients))
        return rl_fail(error, RL_ERROR_MEMORY,
                       "not enough memory for the network at a batch of %zu: %zu MiB of "
                       "activations; try a smaller batch or width",
                       net->max_batch, net->plan.floats * sizeof(float) >> 20);
    return RL_OK;
}

/* Inference uses the same weights many times. */
static rl_status allocate_prepared(rl_net *net, rl_error *error) {
    const rl_graph *graph = &net->graph;
    size_t floats = 0;
    net->prepared_offset = rl_alloc(graph->unit_count, sizeof *net->prepared_offset);
    if (!net->prepared_offset)
        return rl_fail_memory(error, "the network");
    for (size_t i = 0; i < graph->unit_count; i++) {
        net->prepared_offset[i] = RL_NO_BUFFER;
        if (net->mode == RL_NET_TRAIN || graph->units[i].conv != RL_UNIT_CONV)
            continue;
        const rl_conv_shape shape = rl_graph_conv_shape(graph, &graph->units[i]);
        net->prepared_offset[i] = floats;
        floats +=
            rl_round_up(rl_conv_prepared_floats(&shape, net->max_batch, net->engine.kernels), 16);
    }
    net->prepared = rl_alloc_floats(floats);
    return net->prepared ? RL_OK : rl_fail_memory(error, "the network's transformed weights");
}

static void prepare_weights(rl_net *net) {
    const rl_graph *graph = &net->graph;
    for (size_t i = 0; i < graph->unit_count; i++) {
        if (net->prepared_offset[i] == RL_NO_BUFFER)
            continue;
        const rl_conv_shape shape = rl_graph_conv_shape(graph, &graph->units[i]);
        rl_conv_prepare(&net->engine, &shape, net->max_batch,
                        rl_net_tensor_in(net, net->parameters, graph->units[i].conv_weight),
                        net->prepared + net->prepared_offset[i]);
    }
    net->prepared_ready = true;
}

static rl_status create_engine(rl_net *net, int threads, rl_error *error) {
    const rl_kernels *kernels = rl_engine_kernels(error);
    if (!kernels)
        return RL_ERROR_ARGUMENT;
    rl_engine_needs needs = {0};
    for (size_t i = 0; i < net->graph.unit_count; i++)
        rl_unit_needs(net, i, kernels, &needs);
    rl_head_needs(&net->head, net->max_batch, kernels, &needs);
    return rl_engine_create(&net->engine, &needs, threads, error);
}

static void set_norms_to_identity(rl_net *net) {
    for (size_t i = 0; i < net->graph.unit_count; i++) {
        const rl_graph_unit *unit = &net->graph.units[i];
        if (unit->gamma == RL_NO_TENSOR)
            continue;
        float *gamma = net->parameters + net->graph.tensors[unit->gamma].offset;
        float *variance = net->statistics + net->graph.tensors[unit->running_var].offset;
        for (size_t c = 0; c < unit->output.channels; c++)
            gamma[c] = variance[c] = 1;
    }
}

rl_status rl_net_create(rl_net **net, const rl_model_spec *spec, size_t max_batch, rl_net_mode mode,
                        int threads, rl_error *error) {
    *net = NULL;
    if (max_batch == 0)
        return rl_fail(error, RL_ERROR_ARGUMENT, "a batch of 0 images: expected at least 1");
    rl_net *made = rl_alloc(1, sizeof *made);
    if (!made)
        return rl_fail_memory(error, "the network");
    made->mode = mode;
    made->max_batch = max_batch;
    rl_status status = rl_graph_build(&made->graph, spec, error);
    if (status == RL_OK)
        status = rl_plan_create(&made->plan, &made->graph, max_batch, mode, error);
    if (status == RL_OK) {
        set_head(made);
        status = create_engine(made, threads, error);
    }
    if (status == RL_OK)
        status = allocate_slabs(made, error);
    if (status == RL_OK)
        status = allocate_prepared(made, error);
    if (status == RL_OK)
        status = allocate_head(made, error);
    if (status != RL_OK) {
        rl_net_free(made);
        return status;
    }
    set_norms_to_identity(made);
    *net = made;
    return RL_OK;
}

void rl_net_free(rl_net *net) {
    if (!net)
        return;
    rl_graph_clear(&net->graph);
    rl_plan_clear(&net->plan);
    rl_engine_clear(&net->engine);
    rl_free(net->parameters);
    rl_free(net->gradients);
    rl_free(net->statistics);
    rl_free(net->activations);
    rl_free(net->norm_slab);
    rl_free(net->norm_offset);
    rl_free(net->prepared);
    rl_free(net->prepared_offset);
    rl_free(net->head_slab);
    rl_free(net);
}

static void forward(rl_net *net, const float *images, size_t count, bool training) {
    net->images = images;
    net->batch = count;
    if (!training && !net->prepared_ready)
        prepare_weights(net);
    for (size_t i = 0; i < net->graph.unit_count; i++)
        if (training)
            rl_unit_forward_train(net, i);
        else
            rl_unit_forward_eval(net, i);
    double begin = rl_profile_begin(net->profile);
    rl_head_forward(&net->engine, &net->head, count, rl_net_slice(net, net->graph.features));
    rl_profile_end(net->profile, net->graph.unit_count, RL_PART_FORWARD, &begin);
}

void rl_net_forward_train(rl_net *net, const float *images, size_t count) {
    forward(net, images, count, true);
    net->batches_tracked++;
}

void rl_net_forward_eval(rl_net *net, const float *images, size_t count) {
    forward(net, images, count, false);
}

const float *rl_net_logits(const rl_net *net) {
    return net->head.logits;
}

double rl_net_loss(rl_net *net, const uint16_t *labels, double label_smoothing, bool gradients,
                   size_t *correct) {
    const rl_net_targets targets = {.labels = labels, .smoothing = label_smoothing};
    return rl_net_loss_mixed(net, &targets, gradients, correct);
}

double rl_net_loss_mixed(rl_net *net, const rl_net_targets *targets, bool gradients,
                         size_t *correct) {
    return rl_head_loss(&net->head, net->batch, targets, gradients, correct);
}

void rl_net_backward(rl_net *net) {
    const rl_graph *graph = &net->graph;
    double begin = rl_profile_begin(net->profile);
    const bool accumulate =
        rl_net_prepare_gradient(net, graph->features.map, net->plan.write_features);
    rl_head_backward(&net->engine, &net->head, net->batch,
                     net->gradients + graph->tensors[graph->linear_weight].offset,
                     net->gradients + graph->tensors[graph->linear_bias].offset,
                     rl_net_gradient(net, graph->features).first, accumulate);
    rl_profile_end(net->profile, graph->unit_count, RL_PART_WEIGHT_GRADIENT, &begin);
    for (size_t i = graph->unit_count; i-- > 0;)
        rl_unit_backward(net, i);
}

float *rl_net_parameters(rl_net *net) {
    net->prepared_ready = false;
    return net->parameters;
}

float *rl_net_gradients(rl_net *net) {
    return net->gradients;
}

float *rl_net_statistics(rl_net *net) {
    return net->statistics;
}

size_t rl_net_parameter_floats(const rl_net *net) {
    return net->graph.parameter_floats;
}

size_t rl_net_statistic_floats(const rl_net *net) {
    return net->graph.statistic_floats;
}

uint64_t rl_net_batches_tracked(const rl_net *net) {
    return net->batches_tracked;
}

void rl_net_set_batches_tracked(rl_net *net, uint64_t batches) {
    net->batches_tracked = batches;
}

const rl_model_spec *rl_net_spec(const rl_net *net) {
    return &net->graph.spec;
}

int rl_net_threads(const rl_net *net) {
    return net->engine.threads;
}

const rl_kernels *rl_net_kernels(const rl_net *net) {
    return net->engine.kernels;
}

size_t rl_net_activation_bytes(const rl_net *net) {
    return net->plan.floats * sizeof(float);
}

void rl_net_set_profile(rl_net *net, rl_profile *profile) {
    net->profile = profile;
}
