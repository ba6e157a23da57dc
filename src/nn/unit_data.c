/* Where the units of a network find what they read and write. */
#include "nn/net_internal.h"

#include "base/memory.h"

#include <string.h>

enum { STEP_FLOATS = 4096 };

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

static rl_net_place place_in(const rl_net *net, size_t buffer, rl_slice slice) {
    const size_t split = net->plan.split[slice.map];
    const rl_map map = net->graph.maps[slice.map];
    if (buffer == RL_NO_BUFFER)
        return (rl_net_place){NULL, map.channels};
    float *first = net->activations + buffer;
    if (split == 0)
        return (rl_net_place){first + slice.first, map.channels};
    if (slice.first < split)
        return (rl_net_place){first + slice.first, split};
    first += net->max_batch * map.height * map.width * split;
    return (rl_net_place){first + slice.first - split, map.channels - split};
}

rl_net_place rl_net_gradient(const rl_net *net, rl_slice slice) {
    return place_in(net, net->plan.gradient[slice.map], slice);
}

rl_net_place rl_net_raw(const rl_net *net, rl_slice slice) {
    return place_in(net, net->plan.raw[slice.map], slice);
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

/* The unit without a convolution that writes a map, which was left to its readers; else NULL. */
static const rl_graph_unit *deferred_norm(const rl_net *net, size_t map) {
    const rl_graph_unit *writer = &net->graph.units[net->plan.writer[map]];
    return net->plan.deferred[map] && writer->conv == RL_UNIT_NO_CONV ? writer : NULL;
}

/* act(x * scale + shift) of some channels of a deferred map. */
static void activate(const rl_net *net, rl_slice slice, size_t count, const float *x, size_t ldx,
                     float *out, size_t ld_out) {
    const rl_graph_unit *writer = &net->graph.units[net->plan.writer[slice.map]];
    const rl_affine affine = {norm_vector(net, slice, 0), norm_vector(net, slice, 1),
                              net->graph.spec.negative_slope, false};
    net->engine.kernels->affine_activation[writer->activation](count, slice.channels, x, ldx,
                                                               &affine, NULL, 0, out, ld_out);
}

/* What a deferred map would hold: from what the convolutions have left, part by part, or from the
 * value that a unit without a convolution reads, itself perhaps deferred. */
static void compute_deferred(const rl_net *net, rl_slice slice, size_t first, size_t count,
                             float *out) {
    const rl_graph_unit *norm = deferred_norm(net, slice.map);
    if (norm) {
        const rl_slice input = {norm->input.map, slice.first, slice.channels};
        const float *x = out;
        size_t ld = slice.channels;
        if (net->plan.deferred[input.map]) {
            compute_deferred(net, input, first, count, out);
        } else {
            ld = rl_net_ld(net, input);
            x = rl_net_slice(net, input) + first * ld;
        }
        activate(net, slice, count, x, ld, out, slice.channels);
        return;
    }
    const size_t split = net->plan.split[slice.map], end = slice.first + slice.channels;
    for (size_t at = slice.first; at < end;) {
        const size_t stop = at < split ? rl_min(end, split) : end;
        const rl_slice part = {slice.map, at, stop - at};
        const rl_net_place raw = rl_net_raw(net, part);
        activate(net, part, count, raw.first + first * raw.ld, raw.ld, out + at - slice.first,
                 slice.channels);
        at = stop;
    }
}

/* A few pixels at a time: the second step of two finds them in the L1 cache. */
static void read_deferred(const void *context, size_t first, size_t count, size_t channel,
                          size_t channels, float *out) {
    const rl_slice_reader *reader = context;
    const rl_slice slice = {reader->slice.map, reader->slice.first + channel, channels};
    const size_t step = rl_max(1, STEP_FLOATS / rl_max(1, channels));
    for (size_t at = 0; at < count; at += step)
        compute_deferred(reader->net, slice, first + at, rl_min(step, count - at),
                         out + at * channels);
}

/* Where the values of a slice, or what they are computed from, lie. */
static void set_memory(const rl_net *net, rl_slice slice, rl_pixel_source *source) {
    const rl_graph_unit *norm = deferred_norm(net, slice.map);
    if (norm) {
        set_memory(net, (rl_slice){norm->input.map, slice.first, slice.channels}, source);
        return;
    }
    if (!net->plan.deferred[slice.map]) {
        source->x = rl_net_slice(net, slice);
        source->ld = rl_net_ld(net, slice);
        return;
    }
    const rl_net_place raw = rl_net_raw(net, slice);
    source->x = raw.first;
    source->ld = raw.ld;
    const size_t split = net->plan.split[slice.map];
    if (slice.first < split && slice.first + slice.channels > split) {
        const rl_slice rest = {slice.map, split, slice.first + slice.channels - split};
        const rl_net_place place = rl_net_raw(net, rest);
        source->also_read = (rl_pixel_hint){place.first, place.ld};
    }
}

const rl_pixel_source *rl_net_read(rl_slice_reader *reader, const rl_net *net, rl_slice slice) {
    *reader = (rl_slice_reader){.net = net, .slice = slice};
    if (slice.map == 0)
        reader->source = (rl_pixel_source){.x = net->images, .ld = rl_net_ld(net, slice)};
    else
        set_memory(net, slice, &reader->source);
    if (net->plan.deferred[slice.map]) {
        reader->source.read = read_deferred;
        reader->source.context = reader;
    }
    return &reader->source;
}
