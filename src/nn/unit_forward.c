/* The one building block, forward: y = act(bn(conv(x)) + residual).
 *
 * In training the convolution's output is kept for the backward pass; its moments are taken as it
 * is written, and readers of a deferred output compute the rest as they read. In evaluation the
 * rest is done in place, as soon as the convolution has written some pixels. */
#include "nn/depthwise.h"
#include "nn/net_internal.h"

#include "base/memory.h"

/* Context of the sinks: a unit whose convolution is running. */
typedef struct {
    const rl_net *net;
    const rl_graph_unit *unit;
    rl_batch_norm norm;
    size_t chunk;
    float *y;
    size_t ldy;
    rl_batch_norm served; /* what x is measured for, if for any */
} forward_pass;

static size_t forward_chunk(const rl_net *net, const rl_graph_unit *unit) {
    if (unit->conv == RL_UNIT_DEPTHWISE) {
        const rl_depthwise_shape shape = rl_unit_depthwise_shape(net, unit);
        return rl_depthwise_forward_chunk(&shape);
    }
    const rl_conv_shape shape = rl_graph_conv_shape(&net->graph, unit);
    return rl_conv_forward_chunk(&shape);
}

/* observer: of x, or NULL; only a depthwise convolution has one. */
static void convolve(const rl_net *net, const rl_graph_unit *unit, const rl_pixel_source *x,
                     const rl_pixel_observer *observer, const rl_pixel_sink *y) {
    const float *w = rl_net_tensor_in(net, net->parameters, unit->conv_weight);
    if (unit->conv == RL_UNIT_CONV) {
        const rl_conv_shape shape = rl_graph_conv_shape(&net->graph, unit);
        const size_t prepared = net->prepared_offset[unit - net->graph.units];
        if (prepared != RL_NO_BUFFER)
            rl_conv_forward_prepared(&net->engine, &shape, net->max_batch, net->batch, x,
                                     net->prepared + prepared, y);
        else
            rl_conv_forward(&net->engine, &shape, net->batch, x, w, y);
    } else {
        const rl_depthwise_shape shape = rl_unit_depthwise_shape(net, unit);
        rl_depthwise_forward(&net->engine, &shape, net->batch, x, observer, w, y);
    }
}

static void measure_written(const void *context, size_t first, size_t count, size_t channel,
                            size_t channels, float *scratch) {
    (void)scratch;
    const forward_pass *pass = context;
    rl_batch_norm_measure_chunk(&pass->net->engine, &pass->norm, pass->chunk,
                                pass->y + first * pass->ldy + channel, pass->ldy, first, count,
                                channel, channels);
}

/* y, or NULL where there is no residual. */
static const float *residual_of(const rl_net *net, const rl_graph_unit *unit, size_t *ld) {
    if (unit->residual.map == RL_NO_MAP) {
        *ld = 0;
        return NULL;
    }
    *ld = rl_net_ld(net, unit->residual);
    return rl_net_slice(net, unit->residual);
}

static void measure_seen(const void *context, size_t first, size_t count, const float *x,
                         size_t ldx) {
    const forward_pass *pass = context;
    rl_batch_norm_measure_chunk(&pass->net->engine, &pass->served, pass->chunk, x, ldx, first,
                                count, 0, pass->served.C);
}

/* The convolution, with the moments of what it writes, and of what it reads for another unit. */
static void convolve_and_measure(rl_net *net, size_t index, const rl_pixel_source *x,
                                 forward_pass *pass) {
    const size_t served = net->plan.serves[index];
    const rl_pixel_observer observer = {.seen = measure_seen, .context = pass};
    pass->chunk = forward_chunk(net, pass->unit);
    if (served != RL_NO_UNIT) {
        const rl_batch_norm whole = rl_unit_norm(net, served);
        pass->served = rl_batch_norm_part(&whole, 0, net->plan.served[served]);
        pass->served.first_sum = rl_batch_norm_sum_floats(&pass->norm, pass->chunk);
    }
    convolve(net, pass->unit, x, served == RL_NO_UNIT ? NULL : &observer,
             &(rl_pixel_sink){
                 .y = pass->y, .ld = pass->ldy, .written = measure_written, .context = pass});
    rl_batch_norm_finish(&net->engine, &pass->norm, pass->chunk);
    if (served != RL_NO_UNIT)
        rl_batch_norm_finish(&net->engine, &pass->served, pass->chunk);
}

/* A unit without a convolution: moments of the channels that no other unit has seen to. */
static void measure_input(rl_net *net, size_t index, const rl_batch_norm *norm) {
    const rl_slice input = net->graph.units[index].input;
    const size_t served = net->plan.served[index], channels = input.channels - served;
    const rl_batch_norm part = rl_batch_norm_part(norm, served, channels);
    rl_slice_reader reader;
    rl_batch_norm_measure(
        &net->engine, &part,
        rl_net_read(&reader, net, (rl_slice){input.map, input.first + served, channels}));
}

void rl_unit_forward_train(rl_net *net, size_t index) {
    const rl_graph_unit *unit = &net->graph.units[index];
    double begin = rl_profile_begin(net->profile);
    rl_slice_reader reader;
    const rl_pixel_source *x = rl_net_read(&reader, net, unit->input);
    const rl_net_place to = rl_net_raw(net, unit->output);
    const rl_pixel_source raw = {.x = to.first, .ld = to.ld};
    forward_pass pass = {
        .net = net, .unit = unit, .norm = rl_unit_norm(net, index), .y = to.first, .ldy = to.ld};
    if (unit->conv != RL_UNIT_NO_CONV) {
        convolve_and_measure(net, index, x, &pass);
        x = &raw;
        rl_profile_end(net->profile, index, RL_PART_FORWARD, &begin);
    } else {
        measure_input(net, index, &pass.norm);
    }
    if (!net->plan.deferred[unit->output.map]) {
        size_t ld_residual;
        const float *residual = residual_of(net, unit, &ld_residual);
        rl_batch_norm_apply(&net->engine, &pass.norm, x, residual, ld_residual,
                            rl_net_slice(net, unit->output), rl_net_ld(net, unit->output));
    }
    rl_profile_end(net->profile, index, RL_PART_NORM_FORWARD, &begin);
}

static void apply_written(const void *context, size_t first, size_t count, size_t channel,
                          size_t channels, float *scratch) {
    (void)scratch;
    const forward_pass *pass = context;
    size_t ld_residual;
    const float *residual = residual_of(pass->net, pass->unit, &ld_residual);
    rl_batch_norm_apply_range(&pass->net->engine, &pass->norm,
                              pass->y + first * pass->ldy + channel, pass->ldy, residual,
                              ld_residual, pass->y, pass->ldy, first, count, channel, channels);
}

void rl_unit_forward_eval(rl_net *net, size_t index) {
    const rl_graph_unit *unit = &net->graph.units[index];
    double begin = rl_profile_begin(net->profile);
    forward_pass pass = {.net = net,
                         .unit = unit,
                         .norm = rl_unit_norm(net, index),
                         .y = rl_net_slice(net, unit->output),
                         .ldy = rl_net_ld(net, unit->output)};
    const rl_pixel_source x = {.x = unit->input.map == 0 ? net->images
                                                         : rl_net_slice(net, unit->input),
                               .ld = rl_net_ld(net, unit->input)};
    rl_batch_norm_use_running(&pass.norm);
    if (unit->conv == RL_UNIT_NO_CONV) {
        size_t ld_residual;
        const float *residual = residual_of(net, unit, &ld_residual);
        rl_batch_norm_apply(&net->engine, &pass.norm, &x, residual, ld_residual, pass.y, pass.ldy);
        rl_profile_end(net->profile, index, RL_PART_NORM_FORWARD, &begin);
        return;
    }
    convolve(
        net, unit, &x, NULL,
        &(rl_pixel_sink){.y = pass.y, .ld = pass.ldy, .written = apply_written, .context = &pass});
    rl_profile_end(net->profile, index, RL_PART_FORWARD, &begin);
}

void rl_unit_needs(const rl_net *net, size_t index, const rl_kernels *kernels,
                   rl_engine_needs *needs) {
    const rl_graph_unit *unit = &net->graph.units[index];
    const bool backward = net->mode == RL_NET_TRAIN;
    const rl_map out = net->graph.maps[unit->output.map];
    size_t chunk = rl_batch_norm_chunk(unit->output.channels);
    if (unit->conv == RL_UNIT_CONV) {
        const rl_conv_shape shape = rl_graph_conv_shape(&net->graph, unit);
        rl_conv_needs(&shape, net->max_batch, backward, kernels, needs);
    } else if (unit->conv == RL_UNIT_DEPTHWISE) {
        const rl_depthwise_shape shape = rl_unit_depthwise_shape(net, unit);
        rl_depthwise_needs(&shape, net->max_batch, backward, needs);
    }
    if (unit->conv != RL_UNIT_NO_CONV)
        chunk = rl_min(chunk, forward_chunk(net, unit));
    /* The data gradient of a reader may take the sums of the backward pass: at least four rows. */
    chunk = rl_min(chunk, 4 * out.width);
    const size_t served = net->plan.serves[index];
    const size_t read = served == RL_NO_UNIT ? 0 : net->plan.served[served];
    rl_batch_norm_needs(net->max_batch * out.height * out.width, unit->output.channels + read,
                        chunk, needs);
}
