/* The one building block, backward. It works in the gradient buffer of the output: dL/dy becomes
 * the gradient in front of the activation, then that of the convolution's output. The first step
 * may have been done by the data gradient that completed dL/dy, while it was in the cache. */
#include "nn/depthwise.h"
#include "nn/net_internal.h"

#include "base/memory.h"

/* A unit's step back through its activation, with everything it needs in one place. */
typedef struct {
    const rl_net *net;
    rl_batch_norm norm;
    rl_batch_norm_gradient gradient;
    rl_slice_reader reader;
    size_t chunk;
    size_t first_channel; /* of the unit in the slice that the running pass writes */
} activation_pass;

/* What the activation was taken of, and the gradients around it. */
static void set_activation_pass(activation_pass *pass, rl_net *net, size_t index) {
    const rl_graph_unit *unit = &net->graph.units[index];
    const rl_net_place dy = rl_net_gradient(net, unit->output), raw = rl_net_raw(net, unit->output);
    pass->net = net;
    pass->norm = rl_unit_norm(net, index);
    pass->gradient =
        (rl_batch_norm_gradient){.dy = dy.first,
                                 .ldy = dy.ld,
                                 .d_gamma = rl_net_tensor_in(net, net->gradients, unit->gamma),
                                 .d_beta = rl_net_tensor_in(net, net->gradients, unit->beta)};
    if (unit->conv == RL_UNIT_NO_CONV)
        pass->gradient.x = *rl_net_read(&pass->reader, net, unit->input);
    else
        pass->gradient.x = (rl_pixel_source){.x = raw.first, .ld = raw.ld};
}

/* Whether the residual's gradient stays in the place of the output's. */
static bool is_residual_gradient(const rl_net *net, size_t index) {
    const rl_graph_unit *unit = &net->graph.units[index];
    return unit->residual.map != RL_NO_MAP &&
           net->plan.gradient_of[unit->residual.map] == net->plan.gradient_of[unit->output.map];
}

/* The residual's gradient is written along, unless it stays where it is. */
static void prepare_residual(activation_pass *pass, rl_net *net, size_t index) {
    const rl_graph_unit *unit = &net->graph.units[index];
    if (unit->residual.map == RL_NO_MAP)
        return;
    pass->gradient.residual = rl_net_slice(net, unit->residual);
    pass->gradient.ld_residual = pass->gradient.ld_d_residual = rl_net_ld(net, unit->residual);
    if (is_residual_gradient(net, index))
        return;
    pass->gradient.d_residual = rl_net_gradient(net, unit->residual).first;
    pass->gradient.accumulate_residual =
        rl_net_prepare_gradient(net, unit->residual.map, net->plan.write_residual[index]);
}

/* Of the channels written, those of the unit. */
static void activation_written(const void *context, size_t first, size_t count, size_t channel,
                               size_t channels, float *scratch) {
    const activation_pass *pass = context;
    const size_t begin = rl_max(channel, pass->first_channel);
    const size_t end = rl_min(channel + channels, pass->first_channel + pass->norm.C);
    if (begin < end)
        rl_batch_norm_activation_chunk(&pass->net->engine, &pass->norm, &pass->gradient,
                                       pass->chunk, first, count, begin - pass->first_channel,
                                       end - begin, scratch);
}

/* The gradient of a slice of the unit's input, added or not, to go on through the activation of the
 * unit that it completes: `next` is that step, or NULL for none. */
static rl_pixel_sink sink_to(rl_net *net, rl_slice slice, bool accumulate,
                             const activation_pass *next) {
    const rl_net_place to = rl_net_gradient(net, slice);
    rl_pixel_sink dx = {.y = to.first, .ld = to.ld, .accumulate = accumulate};
    if (!next)
        return dx;
    dx.written = activation_written;
    dx.context = next;
    dx.also_read[0] = (rl_pixel_hint){next->gradient.x.x, next->gradient.x.ld};
    dx.also_read[1] = next->gradient.x.also_read;
    dx.also_read[2] = (rl_pixel_hint){next->gradient.residual, next->gradient.ld_residual};
    return dx;
}

/* Makes `next` ready where the gradient of the unit's input completes that of a unit's output. */
static bool prepare_next(rl_net *net, size_t index, activation_pass *next) {
    const size_t completed = net->plan.completes[index];
    if (completed == RL_NO_UNIT)
        return false;
    set_activation_pass(next, net, completed);
    prepare_residual(next, net, completed);
    next->first_channel =
        net->graph.units[completed].output.first - net->graph.units[index].input.first;
    return true;
}

static rl_pixel_sink input_sink(rl_net *net, size_t index, activation_pass *next) {
    const rl_slice input = net->graph.units[index].input;
    const bool accumulate = rl_net_prepare_gradient(net, input.map, net->plan.write_input[index]);
    return sink_to(net, input, accumulate, prepare_next(net, index, next) ? next : NULL);
}

static void finish_completed(rl_net *net, size_t index, const activation_pass *next) {
    if (net->plan.completes[index] != RL_NO_UNIT)
        rl_batch_norm_coefficients(&net->engine, &next->norm, &next->gradient, next->chunk);
}

/* `channels` channels of a unit without a convolution, from `channel` on. */
typedef struct {
    rl_batch_norm norm;
    rl_batch_norm_gradient gradient;
    rl_slice input;
    rl_slice_reader reader;
} norm_part;

static void set_norm_part(norm_part *part, rl_net *net, size_t index, size_t channel,
                          size_t channels) {
    const rl_slice input = net->graph.units[index].input;
    const rl_net_place dy = rl_net_gradient(net, net->graph.units[index].output);
    const rl_batch_norm whole = rl_unit_norm(net, index);
    part->norm = rl_batch_norm_part(&whole, channel, channels);
    part->input = (rl_slice){input.map, input.first + channel, channels};
    part->gradient = (rl_batch_norm_gradient){
        .x = *rl_net_read(&part->reader, net, part->input), .dy = dy.first + channel, .ldy = dy.ld};
}

/* A unit without a convolution: a map in parts takes a pass for each, unless another unit sees to
 * it. */
static void norm_backward(rl_net *net, size_t index) {
    const rl_slice input = net->graph.units[index].input;
    const size_t split = net->plan.split[input.map];
    const bool accumulate = rl_net_prepare_gradient(net, input.map, net->plan.write_input[index]);
    activation_pass next = {0};
    const bool completes = prepare_next(net, index, &next);
    const size_t first = next.first_channel;
    for (size_t channel = net->plan.served[index], end; channel < input.channels; channel = end) {
        const size_t at = input.first + channel;
        end = at < split ? rl_min(split - input.first, input.channels) : input.channels;
        norm_part part;
        set_norm_part(&part, net, index, channel, end - channel);
        const bool here = completes && channel <= first && first < end;
        next.chunk = rl_batch_norm_chunk(end - channel);
        next.first_channel = first - channel;
        const rl_pixel_sink dx = sink_to(net, part.input, accumulate, here ? &next : NULL);
        rl_batch_norm_input_gradient(&net->engine, &part.norm, &part.gradient, &dx);
        if (here)
            finish_completed(net, index, &next);
    }
}

/* What a unit serves another one with: the input gradient of the first channels. */
typedef struct {
    const rl_net *net;
    norm_part part;
    rl_net_place dx;
} served_gradient;

static void begin_gradient(const void *context, size_t first, size_t count, const float *x,
                           size_t ldx) {
    const served_gradient *s = context;
    rl_batch_norm_input_gradient_range(&s->net->engine, &s->part.norm, &s->part.gradient, x, ldx,
                                       first, count, s->dx.first + first * s->dx.ld, s->dx.ld);
}

static void depthwise_backward(rl_net *net, size_t index, const activation_pass *pass) {
    const rl_graph_unit *unit = &net->graph.units[index];
    const rl_depthwise_shape shape = rl_unit_depthwise_shape(net, unit);
    const size_t serves = net->plan.serves[index];
    rl_slice_reader x;
    rl_batch_norm_reader dy;
    activation_pass next;
    served_gradient served = {.net = net, .dx = rl_net_gradient(net, unit->input)};
    const rl_pixel_observer observer = {.seen = begin_gradient, .context = &served};
    if (serves != RL_NO_UNIT)
        set_norm_part(&served.part, net, serves, 0, net->plan.served[serves]);
    const rl_pixel_sink dx = input_sink(net, index, &next);
    next.chunk = shape.height * shape.width;
    rl_depthwise_backward(
        &net->engine, &shape, net->batch, rl_net_read(&x, net, unit->input),
        serves == RL_NO_UNIT ? NULL : &observer,
        rl_batch_norm_read_input_gradient(&dy, &net->engine, &pass->norm, &pass->gradient),
        rl_net_tensor_in(net, net->parameters, unit->conv_weight),
        rl_net_tensor_in(net, net->gradients, unit->conv_weight), &dx);
    finish_completed(net, index, &next);
}

static void set_in_place(rl_pixel_source *source, const activation_pass *pass) {
    *source = (rl_pixel_source){.x = pass->gradient.dy, .ld = pass->gradient.ldy};
}

/* The gradient of the convolution's output, made in place where it cannot be computed as it is
 * read. The weight gradient, which comes first, keeps what it has computed where it may. */
static const rl_pixel_source *output_gradient(rl_net *net, size_t index, const rl_conv_shape *shape,
                                              const activation_pass *pass,
                                              rl_batch_norm_reader *reader) {
    if (rl_conv_reads_sources(shape)) {
        rl_batch_norm_read_input_gradient(reader, &net->engine, &pass->norm, &pass->gradient);
        if (rl_conv_weight_gradient_reads_once(shape) && pass->gradient.ldy == shape->K &&
            !is_residual_gradient(net, index))
            reader->source.keep = pass->gradient.dy;
        return &reader->source;
    }
    const rl_pixel_sink in_place = {.y = pass->gradient.dy, .ld = pass->gradient.ldy};
    rl_batch_norm_input_gradient(&net->engine, &pass->norm, &pass->gradient, &in_place);
    set_in_place(&reader->source, pass);
    return &reader->source;
}

static void conv_backward(rl_net *net, size_t index, const activation_pass *pass, double *begin) {
    const rl_graph_unit *unit = &net->graph.units[index];
    const rl_conv_shape shape = rl_graph_conv_shape(&net->graph, unit);
    rl_slice_reader x;
    rl_batch_norm_reader reader;
    const rl_pixel_source *dy = output_gradient(net, index, &shape, pass, &reader);
    rl_profile_end(net->profile, index, RL_PART_NORM_BACKWARD, begin);
    rl_conv_weight_gradient(&net->engine, &shape, net->batch, rl_net_read(&x, net, unit->input), dy,
                            rl_net_tensor_in(net, net->gradients, unit->conv_weight));
    rl_profile_end(net->profile, index, RL_PART_WEIGHT_GRADIENT, begin);
    if (reader.source.keep)
        set_in_place(&reader.source, pass);
    if (unit->input.map == 0) /* no one wants the gradient of the image */
        return;
    activation_pass next;
    const rl_pixel_sink dx = input_sink(net, index, &next);
    next.chunk = rl_conv_data_gradient_chunk(&shape);
    rl_conv_data_gradient(&net->engine, &shape, net->batch, dy,
                          rl_net_tensor_in(net, net->parameters, unit->conv_weight), &dx);
    finish_completed(net, index, &next);
    rl_profile_end(net->profile, index, RL_PART_DATA_GRADIENT, begin);
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
    if (unit->conv == RL_UNIT_CONV) {
        conv_backward(net, index, &pass, &begin);
    } else if (unit->conv == RL_UNIT_DEPTHWISE) {
        rl_profile_end(net->profile, index, RL_PART_NORM_BACKWARD, &begin);
        depthwise_backward(net, index, &pass);
        rl_profile_end(net->profile, index, RL_PART_WEIGHT_GRADIENT, &begin);
    } else {
        norm_backward(net, index);
        rl_profile_end(net->profile, index, RL_PART_NORM_BACKWARD, &begin);
    }
}
