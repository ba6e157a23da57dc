/* Where the units of a network find what they read and write. */
#include "nn/net_internal.h"

#include <string.h>

size_t rl_net_ld(const rl_net *net, rl_slice slice) {
    return net->graph.maps[slice.map].channels;
}

/* Evaluation in a net for training keeps the values of a deferred map in the place of `raw`, or of
 * the input that a unit without a convolution works on in place. */
float *rl_net_slice(const rl_net *net, rl_slice slice) {
    const rl_plan *plan = &net->plan;
    size_t map = slice.map;
    while (plan->deferred[map] && net->graph.units[plan->writer[map]].conv == RL_UNIT_NO_CONV)
        map = net->graph.units[plan->writer[map]].input.map;
    return net->activations + (plan->deferred[map] ? plan->raw[map] : plan->map[map]) + slice.first;
}

float *rl_net_gradient_slice(const rl_net *net, rl_slice slice) {
    return net->activations + net->plan.gradient[slice.map] + slice.first;
}

float *rl_net_raw_slice(const rl_net *net, rl_slice slice) {
    return net->activations + net->plan.raw[slice.map] + slice.first;
}

bool rl_net_prepare_gradient(rl_net *net, size_t map, rl_gradient_write write) {
    if (write == RL_WRITE_CLEAR_AND_ADD) {
        const rl_map shape = net->graph.maps[map];
        memset(net->activations + net->plan.gradient[map], 0,
               net->batch * shape.height * shape.width * shape.channels * sizeof(float));
    }
    return write != RL_WRITE_OVERWRITE;
}

float *rl_net_tensor_in(const rl_net *net, float *slab, size_t tensor) {
    return tensor == RL_NO_TENSOR ? NULL : slab + net->graph.tensors[tensor].offset;
}

rl_depthwise_shape rl_unit_depthwise_shape(const rl_net *net, const rl_graph_unit *unit) {
    const rl_map in = net->graph.maps[unit->input.map];
    return (rl_depthwise_shape){.height = in.height,
                                .width = in.width,
                                .channels = unit->input.channels,
                                .multiplier = unit->multiplier,
                                .kernel = unit->kernel,
                                .ldx = in.channels,
                                .ldy = rl_net_ld(net, unit->output)};
}

/* Vector number `vector` of a slice's batch norm. */
static float *norm_vector(const rl_net *net, rl_slice slice, size_t vector) {
    return net->norm_slab + net->norm_offset[slice.map] + vector * rl_net_ld(net, slice) +
           slice.first;
}

rl_batch_norm rl_unit_norm(const rl_net *net, size_t index) {
    const rl_graph_unit *unit = &net->graph.units[index];
    const rl_map out = net->graph.maps[unit->output.map];
    return (rl_batch_norm){.rows = net->batch * out.height * out.width,
                           .C = unit->output.channels,
                           .gamma = rl_net_tensor_in(net, net->parameters, unit->gamma),
                           .beta = rl_net_tensor_in(net, net->parameters, unit->beta),
                           .running_mean =
                               rl_net_tensor_in(net, net->statistics, unit->running_mean),
                           .running_var = rl_net_tensor_in(net, net->statistics, unit->running_var),
                           .activation = unit->activation,
                           .negative_slope = net->graph.spec.negative_slope,
                           .scale = norm_vector(net, unit->output, 0),
                           .shift = norm_vector(net, unit->output, 1),
                           .mean = norm_vector(net, unit->output, 2),
                           .inv_std = norm_vector(net, unit->output, 3),
                           .a = norm_vector(net, unit->output, 4),
                           .b = norm_vector(net, unit->output, 5),
                           .d = norm_vector(net, unit->output, 6)};
}

/* act(x * scale + shift): what a deferred map would hold. x is what the convolutions have left, or
 * the value that a unit without a convolution reads, itself perhaps deferred. */
static void read_deferred(const void *context, size_t first, size_t count, size_t channel,
                          size_t channels, float *out) {
    const rl_slice_reader *reader = context;
    const rl_net *net = reader->net;
    const rl_graph_unit *writer = &net->graph.units[net->plan.writer[reader->slice.map]];
    const rl_affine affine = {norm_vector(net, reader->slice, 0) + channel,
                              norm_vector(net, reader->slice, 1) + channel,
                              net->graph.spec.negative_slope};
    rl_slice_reader inner;
    rl_pixel_source source = {.x = rl_net_raw_slice(net, reader->slice),
                              .ld = rl_net_ld(net, reader->slice)};
    if (writer->conv == RL_UNIT_NO_CONV) {
        const rl_slice input = {writer->input.map, reader->slice.first, reader->slice.channels};
        source = *rl_net_read(&inner, net, input);
    }
    size_t ld;
    const float *x = rl_pixels_at(&source, first, count, channel, channels, out, &ld);
    net->engine.kernels->affine_activation[writer->activation](count, channels, x, ld, &affine,
                                                               NULL, 0, out, channels);
}

/* Where the values of a slice, or what they are computed from, lie. */
static const float *memory_behind(const rl_net *net, rl_slice slice) {
    const rl_graph_unit *writer = &net->graph.units[net->plan.writer[slice.map]];
    if (net->plan.deferred[slice.map] && writer->conv == RL_UNIT_NO_CONV)
        return memory_behind(net, (rl_slice){writer->input.map, slice.first, slice.channels});
    return net->plan.deferred[slice.map] ? rl_net_raw_slice(net, slice) : rl_net_slice(net, slice);
}

const rl_pixel_source *rl_net_read(rl_slice_reader *reader, const rl_net *net, rl_slice slice) {
    *reader = (rl_slice_reader){.net = net, .slice = slice};
    reader->source.ld = rl_net_ld(net, slice);
    reader->source.x = slice.map == 0 ? net->images : memory_behind(net, slice);
    if (net->plan.deferred[slice.map]) {
        reader->source.read = read_deferred;
        reader->source.context = reader;
    }
    return &reader->source;
}
