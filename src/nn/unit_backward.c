/* The one building block, backward. It works in the gradient buffer of the output: dL/dy becomes
 * the gradient in front of the activation, then that of the convolution's output. The first step
 * may have been done by the data gradient that completed dL/dy, while it was in the cache. */
#include "nn/depthwise.h"
#include "nn/net_internal.h"

/* A unit's step back through its activation, with everything it needs in one place. */
typedef struct {
    const rl_net *net;
    rl_batch_norm norm;
    rl_batch_norm_gradient gradient;
    rl_slice_reader reader;
    size_t chunk;
} activation_pass;

/* What the activation was taken of, and the gradients around it. */
static void set_activation_pass(activation_pass *pass, rl_net *net, size_t index) {
    const rl_graph_unit *unit = &net->graph.units[index];
    const size_t ldy = rl_net_ld(net, unit->output);
    pass->net = net;
    pass->norm = rl_unit_norm(net, index);
    pass->gradient =
        (rl_batch_norm_gradient){.dy = rl_net_gradient_slice(net, unit->output),
                                 .ldy = ldy,
                                 .d_gamma = rl_net_tensor_in(net, net->gradients, unit->gamma),
                                 .d_beta = rl_net_tensor_in(net, net->gradients, unit->beta)};
    if (unit->conv == RL_UNIT_NO_CONV)
        pass->gradient.x = *rl_net_read(&pass->reader, net, unit->input);
    else
        pass->gradient.x = (rl_pixel_source){.x = rl_net_raw_slice(net, unit->output), .ld = ldy};
}

/* The residual's gradient is written along. */
static void prepare_residual(activation_pass *pass, rl_net *net, size_t index) {
    const rl_graph_unit *unit = &net->graph.units[index];
    if (unit->residual.map == RL_NO_MAP)
        return;
    pass->gradient.residual = rl_net_slice(net, unit->residual);
    pass->gradient.d_residual = rl_net_gradient_slice(net, unit->residual);
    pass->gradient.ld_residual = pass->gradient.ld_d_residual = rl_net_ld(net, unit->residual);
    pass->gradient.accumulate_residual =
        rl_net_prepare_gradient(net, unit->residual.map, net->plan.write_residual[index]);
}

static void activation_written(const void *context, size_t first, size_t count, size_t channel,
                               size_t channels, float *scratch) {
    const activation_pass *pass = context;
    rl_batch_norm_activation_chunk(&pass->net->engine, &pass->norm, &pass->gradient, pass->chunk,
                                   first, count, channel, channels, scratch);
}

static void weight_gradient(rl_net *net, const rl_graph_unit *unit, const rl_pixel_source *dy) {
    float *dw = rl_net_tensor_in(net, net->gradients, unit->conv_weight);
    rl_slice_reader reader;
    const rl_pixel_source *x = rl_net_read(&reader, net, unit->input);
    if (unit->conv == RL_UNIT_CONV) {
        const rl_conv_shape shape = rl_graph_conv_shape(&net->graph, unit);
        rl_conv_weight_gradient(&net->engine, &shape, net->batch, x, dy, dw);
    } else {
        const rl_depthwise_shape shape = rl_unit_depthwise_shape(net, unit);
        rl_depthwise_weight_gradient(&net->engine, &shape, net->batch, x, dy, dw);
    }
}

/* Into the gradient of the unit's input, and on through the activation of the unit it completes. */
static void data_gradient(rl_net *net, size_t index, const rl_pixel_source *dy) {
    const rl_graph_unit *unit = &net->graph.units[index];
    const float *w = rl_net_tensor_in(net, net->parameters, unit->conv_weight);
    const size_t completed = net->plan.completes[index];
    rl_pixel_sink dx = {
        .y = rl_net_gradient_slice(net, unit->input),
        .ld = rl_net_ld(net, unit->input),
        .accumulate = rl_net_prepare_gradient(net, unit->input.map, net->plan.write_input[index])};
    activation_pass next;
    if (completed != RL_NO_UNIT) {
        set_activation_pass(&next, net, completed);
        prepare_residual(&next, net, completed);
        dx.written = activation_written;
        dx.context = &next;
        dx.also_read[0] = next.gradient.x.x;
        dx.also_read[1] = next.gradient.residual;
    }
    if (unit->conv == RL_UNIT_CONV) {
        const rl_conv_shape shape = rl_graph_conv_shape(&net->graph, unit);
        next.chunk = rl_conv_data_gradient_chunk(&shape);
        rl_conv_data_gradient(&net->engine, &shape, net->batch, dy, w, &dx);
    } else {
        const rl_depthwise_shape shape = rl_unit_depthwise_shape(net, unit);
        next.chunk = rl_depthwise_chunk(&shape);
        rl_depthwise_data_gradient(&net->engine, &shape, net->batch, dy, w, &dx);
    }
    if (completed != RL_NO_UNIT)
        rl_batch_norm_coefficients(&net->engine, &next.norm, &next.gradient, next.chunk);
}

void rl_unit_backward(rl_net *net, size_t index) {
    const rl_graph_unit *unit = &net->graph.units[index];
    double begin = rl_profile_begin(net->profile);
    activation_pass pass;
    set_activation_pass(&pass, net, index);
    if (!net->plan.completed[index]) {
        prepare_residual(&pass, net, index);
        rl_batch_norm_activation(&net->engine, &pass.norm, &pass.gradient);
    }
    const bool wanted = unit->input.map != 0; /* no one wants the gradient of the image */
    if (unit->conv == RL_UNIT_NO_CONV) {
        const bool accumulate =
            rl_net_prepare_gradient(net, unit->input.map, net->plan.write_input[index]);
        rl_batch_norm_input_gradient(&net->engine, &pass.norm, &pass.gradient,
                                     rl_net_gradient_slice(net, unit->input),
                                     rl_net_ld(net, unit->input), accumulate);
        rl_profile_end(net->profile, index, RL_PART_NORM_BACKWARD, &begin);
        return;
    }
    rl_batch_norm_input_gradient(&net->engine, &pass.norm, &pass.gradient, pass.gradient.dy,
                                 pass.gradient.ldy, false);
    rl_profile_end(net->profile, index, RL_PART_NORM_BACKWARD, &begin);
    const rl_pixel_source dy = {.x = pass.gradient.dy, .ld = pass.gradient.ldy};
    weight_gradient(net, unit, &dy);
    rl_profile_end(net->profile, index, RL_PART_WEIGHT_GRADIENT, &begin);
    if (wanted) {
        data_gradient(net, index, &dy);
        rl_profile_end(net->profile, index, RL_PART_DATA_GRADIENT, &begin);
    }
}
