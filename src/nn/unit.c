/* The one building block: y = act(bn(conv(x)) + residual), forward and backward.
 *
 * In training the convolution's output is kept for the backward pass, in evaluation it goes
 * straight into the output's place. Backward works in the gradient buffer of the output: it becomes
 * the gradient in front of the activation, then that of the convolution's output. */
#include "nn/conv.h"
#include "nn/depthwise.h"
#include "nn/net_internal.h"

#include <string.h>

static size_t leading_dimension(const rl_net *net, rl_slice slice) {
    return net->graph.maps[slice.map].channels;
}

float *rl_net_slice(const rl_net *net, rl_slice slice) {
    return net->activations + net->plan.map[slice.map] + slice.first;
}

float *rl_net_gradient_slice(const rl_net *net, rl_slice slice) {
    return net->activations + net->plan.gradient[slice.map] + slice.first;
}

bool rl_net_prepare_gradient(rl_net *net, size_t map, rl_gradient_write write) {
    if (write == RL_WRITE_CLEAR_AND_ADD) {
        const rl_map shape = net->graph.maps[map];
        memset(net->activations + net->plan.gradient[map], 0,
               net->batch * shape.height * shape.width * shape.channels * sizeof(float));
    }
    return write != RL_WRITE_OVERWRITE;
}

static const float *input_of(const rl_net *net, const rl_graph_unit *unit) {
    return unit->input.map == 0 ? net->images : rl_net_slice(net, unit->input);
}

static rl_conv_shape conv_shape(const rl_net *net, const rl_graph_unit *unit, size_t ldy) {
    const rl_map in = net->graph.maps[unit->input.map];
    return (rl_conv_shape){.height = in.height,
                           .width = in.width,
                           .C = unit->input.channels,
                           .ldx = in.channels,
                           .K = unit->output.channels,
                           .ldy = ldy,
                           .kernel = unit->kernel,
                           .stride = unit->stride};
}

static rl_depthwise_shape depthwise_shape(const rl_net *net, const rl_graph_unit *unit,
                                          size_t ldy) {
    const rl_map in = net->graph.maps[unit->input.map];
    return (rl_depthwise_shape){.height = in.height,
                                .width = in.width,
                                .channels = unit->input.channels,
                                .multiplier = unit->multiplier,
                                .kernel = unit->kernel,
                                .ldx = in.channels,
                                .ldy = ldy};
}

static float *tensor_in(const rl_net *net, float *slab, size_t tensor) {
    return tensor == RL_NO_TENSOR ? NULL : slab + net->graph.tensors[tensor].offset;
}

static size_t unit_rows(const rl_net *net, const rl_graph_unit *unit, size_t images) {
    const rl_map out = net->graph.maps[unit->output.map];
    return images * out.height * out.width;
}

static rl_batch_norm norm_of(const rl_net *net, size_t index) {
    const rl_graph_unit *unit = &net->graph.units[index];
    const size_t C = unit->output.channels;
    float *kept = net->norm_slab + net->norm_offset[index];
    return (rl_batch_norm){.rows = unit_rows(net, unit, net->batch),
                           .C = C,
                           .gamma = tensor_in(net, net->parameters, unit->gamma),
                           .beta = tensor_in(net, net->parameters, unit->beta),
                           .running_mean = tensor_in(net, net->statistics, unit->running_mean),
                           .running_var = tensor_in(net, net->statistics, unit->running_var),
                           .activation = unit->activation,
                           .negative_slope = net->graph.spec.negative_slope,
                           .scale = kept,
                           .shift = kept + C,
                           .mean = kept + 2 * C,
                           .inv_std = kept + 3 * C};
}

static void convolve(rl_net *net, const rl_graph_unit *unit, float *y, size_t ldy) {
    const float *w = tensor_in(net, net->parameters, unit->conv_weight);
    if (unit->conv == RL_UNIT_CONV) {
        const rl_conv_shape shape = conv_shape(net, unit, ldy);
        rl_conv_forward(&net->engine, &shape, net->batch,
                        &(rl_pixel_source){.x = input_of(net, unit)}, w, &(rl_pixel_sink){.y = y});
    } else {
        const rl_depthwise_shape shape = depthwise_shape(net, unit, ldy);
        rl_depthwise_forward(&net->engine, &shape, net->batch, input_of(net, unit), w, y);
    }
}

void rl_unit_forward(rl_net *net, size_t index, bool training) {
    const rl_graph_unit *unit = &net->graph.units[index];
    const rl_batch_norm norm = norm_of(net, index);
    float *y = rl_net_slice(net, unit->output);
    const size_t ldy = leading_dimension(net, unit->output);
    const float *x = input_of(net, unit);
    size_t ldx = leading_dimension(net, unit->input);
    double begin = rl_profile_begin(net->profile);
    if (unit->conv != RL_UNIT_NO_CONV) {
        float *conv = training ? net->activations + net->plan.conv[index] : y;
        ldx = training ? unit->output.channels : ldy;
        convolve(net, unit, conv, ldx);
        x = conv;
        rl_profile_end(net->profile, index, RL_PART_FORWARD, &begin);
    }
    if (training)
        rl_batch_norm_measure(&net->engine, &norm, x, ldx);
    else
        rl_batch_norm_use_running(&norm);
    const bool residual = unit->residual.map != RL_NO_MAP;
    rl_batch_norm_apply(&net->engine, &norm, x, ldx,
                        residual ? rl_net_slice(net, unit->residual) : NULL,
                        residual ? leading_dimension(net, unit->residual) : 0, y, ldy);
    rl_profile_end(net->profile, index, RL_PART_NORM_FORWARD, &begin);
}

static void convolve_backward(rl_net *net, size_t index, const float *dy, size_t ldy) {
    const rl_graph_unit *unit = &net->graph.units[index];
    double begin = rl_profile_begin(net->profile);
    const float *w = tensor_in(net, net->parameters, unit->conv_weight);
    float *dw = tensor_in(net, net->gradients, unit->conv_weight);
    const bool wanted = unit->input.map != 0; /* no one wants the gradient of the image */
    float *dx = wanted ? rl_net_gradient_slice(net, unit->input) : NULL;
    const bool accumulate =
        wanted && rl_net_prepare_gradient(net, unit->input.map, net->plan.write_input[index]);
    if (unit->conv == RL_UNIT_CONV) {
        const rl_conv_shape shape = conv_shape(net, unit, ldy);
        rl_conv_weight_gradient(&net->engine, &shape, net->batch,
                                &(rl_pixel_source){.x = input_of(net, unit)},
                                &(rl_pixel_source){.x = dy}, dw);
        rl_profile_end(net->profile, index, RL_PART_WEIGHT_GRADIENT, &begin);
        if (wanted)
            rl_conv_data_gradient(&net->engine, &shape, net->batch, &(rl_pixel_source){.x = dy}, w,
                                  &(rl_pixel_sink){.y = dx, .accumulate = accumulate});
    } else {
        const rl_depthwise_shape shape = depthwise_shape(net, unit, ldy);
        rl_depthwise_weight_gradient(&net->engine, &shape, net->batch, input_of(net, unit), dy, dw);
        rl_profile_end(net->profile, index, RL_PART_WEIGHT_GRADIENT, &begin);
        if (wanted)
            rl_depthwise_data_gradient(&net->engine, &shape, net->batch, dy, w, dx, accumulate);
    }
    rl_profile_end(net->profile, index, RL_PART_DATA_GRADIENT, &begin);
}

void rl_unit_backward(rl_net *net, size_t index) {
    const rl_graph_unit *unit = &net->graph.units[index];
    const rl_batch_norm norm = norm_of(net, index);
    const bool conv = unit->conv != RL_UNIT_NO_CONV;
    double begin = rl_profile_begin(net->profile);
    const bool residual = unit->residual.map != RL_NO_MAP;
    const size_t ldy = leading_dimension(net, unit->output);
    float *dy = rl_net_gradient_slice(net, unit->output);
    rl_batch_norm_gradient gradient = {
        .x = conv ? net->activations + net->plan.conv[index] : input_of(net, unit),
        .ldx = conv ? unit->output.channels : leading_dimension(net, unit->input),
        .dy = dy,
        .ldy = ldy,
        .dx = dy,
        .ld_dx = ldy,
        .d_gamma = tensor_in(net, net->gradients, unit->gamma),
        .d_beta = tensor_in(net, net->gradients, unit->beta)};
    if (residual) {
        gradient.residual = rl_net_slice(net, unit->residual);
        gradient.d_residual = rl_net_gradient_slice(net, unit->residual);
        gradient.ld_residual = gradient.ld_d_residual = leading_dimension(net, unit->residual);
        gradient.accumulate_residual =
            rl_net_prepare_gradient(net, unit->residual.map, net->plan.write_residual[index]);
    }
    if (!conv) {
        gradient.dx = rl_net_gradient_slice(net, unit->input);
        gradient.ld_dx = leading_dimension(net, unit->input);
        gradient.accumulate =
            rl_net_prepare_gradient(net, unit->input.map, net->plan.write_input[index]);
    }
    rl_batch_norm_backward(&net->engine, &norm, &gradient);
    rl_profile_end(net->profile, index, RL_PART_NORM_BACKWARD, &begin);
    if (conv)
        convolve_backward(net, index, dy, ldy);
}

void rl_unit_needs(const rl_net *net, size_t index, const rl_kernels *kernels,
                   rl_engine_needs *needs) {
    const rl_graph_unit *unit = &net->graph.units[index];
    const bool backward = net->mode == RL_NET_TRAIN;
    if (backward)
        rl_batch_norm_needs(unit_rows(net, unit, net->max_batch), unit->output.channels, needs);
    if (unit->conv == RL_UNIT_CONV) {
        const rl_conv_shape shape = conv_shape(net, unit, unit->output.channels);
        rl_conv_needs(&shape, net->max_batch, backward, kernels, needs);
    } else if (unit->conv == RL_UNIT_DEPTHWISE) {
        const rl_depthwise_shape shape = depthwise_shape(net, unit, unit->output.channels);
        rl_depthwise_needs(&shape, net->max_batch, backward, needs);
    }
}
