#include "nn/graph.h"

#include "base/error.h"
#include "base/memory.h"

#include <stdio.h>
#include <string.h>

enum { IMAGE_SIDE = 32, IMAGE_CHANNELS = 3, ALIGN_FLOATS = RL_ALIGNMENT / sizeof(float) };

/* Room for one more element; NULL (and out_of_memory) when there is none. */
static void *append(rl_graph *graph, void **items, size_t *count, size_t *capacity, size_t size) {
    if (*count == *capacity) {
        const size_t wanted = *capacity ? 2 * *capacity : 32;
        char *grown = rl_alloc(wanted, size);
        if (!grown) {
            graph->out_of_memory = true;
            return NULL;
        }
        if (*count)
            memcpy(grown, *items, *count * size);
        rl_free(*items);
        *items = grown;
        *capacity = wanted;
    }
    return (char *)*items + (*count)++ * size;
}

size_t rl_graph_add_map(rl_graph *graph, size_t height, size_t width, size_t channels) {
    rl_map *map =
        append(graph, (void **)&graph->maps, &graph->map_count, &graph->map_capacity, sizeof *map);
    if (!map)
        return 0;
    *map = (rl_map){height, width, channels};
    return graph->map_count - 1;
}

static size_t add_tensor(rl_graph *graph, const char *module, const char *name,
                         rl_net_tensor tensor) {
    rl_net_tensor *slot = append(graph, (void **)&graph->tensors, &graph->tensor_count,
                                 &graph->tensor_capacity, sizeof *slot);
    if (!slot)
        return RL_NO_TENSOR;
    snprintf(tensor.name, sizeof tensor.name, "%s.%s", module, name);
    tensor.count = 1;
    for (size_t i = 0; i < tensor.rank; i++)
        tensor.count *= tensor.shape[i];
    size_t *floats = tensor.role == RL_TENSOR_PARAMETER   ? &graph->parameter_floats
                     : tensor.role == RL_TENSOR_STATISTIC ? &graph->statistic_floats
                                                          : NULL;
    if (floats) {
        tensor.offset = *floats;
        *floats += rl_round_up(tensor.count, ALIGN_FLOATS);
    }
    *slot = tensor;
    return graph->tensor_count - 1;
}

static size_t add_vector(rl_graph *graph, const char *module, const char *name, rl_tensor_role role,
                         size_t channels) {
    return add_tensor(graph, module, name,
                      (rl_net_tensor){.role = role, .rank = 1, .shape = {channels}});
}

static void add_conv_tensor(rl_graph *graph, rl_graph_unit *unit, const rl_unit_spec *spec) {
    const bool dense = spec->conv == RL_UNIT_CONV;
    const size_t inputs = dense ? unit->input.channels : 1;
    unit->conv_weight =
        add_tensor(graph, spec->conv_name, "weight",
                   (rl_net_tensor){.role = RL_TENSOR_PARAMETER,
                                   .layout = dense ? RL_LAYOUT_CONV : RL_LAYOUT_DEPTHWISE,
                                   .rank = 4,
                                   .shape = {spec->channels, inputs, spec->kernel, spec->kernel},
                                   .fan_in = inputs * spec->kernel * spec->kernel});
}

static void add_norm_tensors(rl_graph *graph, rl_graph_unit *unit, const rl_unit_spec *spec) {
    const char *module = spec->norm_name;
    const size_t C = spec->channels;
    unit->gamma = add_vector(graph, module, "weight", RL_TENSOR_PARAMETER, C);
    unit->beta = add_vector(graph, module, "bias", RL_TENSOR_PARAMETER, C);
    unit->running_mean = add_vector(graph, module, "running_mean", RL_TENSOR_STATISTIC, C);
    unit->running_var = add_vector(graph, module, "running_var", RL_TENSOR_STATISTIC, C);
    add_tensor(graph, module, "num_batches_tracked", (rl_net_tensor){.role = RL_TENSOR_COUNTER});
}

rl_map rl_graph_output_map(const rl_graph *graph, const rl_graph_unit *unit) {
    const rl_map in = graph->maps[unit->input.map];
    const size_t stride = unit->conv == RL_UNIT_CONV ? unit->stride : 1;
    return (rl_map){rl_conv_out(in.height, stride), rl_conv_out(in.width, stride),
                    unit->output.channels};
}

rl_conv_shape rl_graph_conv_shape(const rl_graph *graph, const rl_graph_unit *unit) {
    const rl_map in = graph->maps[unit->input.map];
    return (rl_conv_shape){.height = in.height,
                           .width = in.width,
                           .C = unit->input.channels,
                           .ldx = in.channels,
                           .K = unit->output.channels,
                           .ldy = graph->maps[unit->output.map].channels,
                           .kernel = unit->kernel,
                           .stride = unit->stride};
}

rl_slice rl_graph_add_unit(rl_graph *graph, rl_slice input, const rl_unit_spec *spec) {
    rl_graph_unit unit = {.input = input,
                          .output = {.channels = spec->channels},
                          .residual = {.map = RL_NO_MAP},
                          .conv = spec->conv,
                          .kernel = spec->kernel,
                          .stride = spec->stride,
                          .conv_weight = RL_NO_TENSOR,
                          .gamma = RL_NO_TENSOR,
                          .beta = RL_NO_TENSOR,
                          .running_mean = RL_NO_TENSOR,
                          .running_var = RL_NO_TENSOR,
                          .activation = spec->activation};
    if (graph->out_of_memory)
        return (rl_slice){0};
    if (spec->residual)
        unit.residual = *spec->residual;
    if (spec->conv == RL_UNIT_DEPTHWISE)
        unit.multiplier = spec->channels / input.channels;
    if (spec->conv != RL_UNIT_NO_CONV)
        add_conv_tensor(graph, &unit, spec);
    if (spec->norm_name)
        add_norm_tensors(graph, &unit, spec);
    if (spec->into) {
        unit.output = *spec->into;
    } else {
        const rl_map map = rl_graph_output_map(graph, &unit);
        unit.output.map = rl_graph_add_map(graph, map.height, map.width, map.channels);
    }
    rl_graph_unit *slot = append(graph, (void **)&graph->units, &graph->unit_count,
                                 &graph->unit_capacity, sizeof *slot);
    if (slot)
        *slot = unit;
    return unit.output;
}

void rl_graph_add_head(rl_graph *graph, rl_slice features, const char *linear_name) {
    const size_t C = features.channels, K = graph->spec.class_count;
    graph->features = features;
    graph->linear_weight = add_tensor(graph, linear_name, "weight",
                                      (rl_net_tensor){.role = RL_TENSOR_PARAMETER,
                                                      .layout = RL_LAYOUT_LINEAR,
                                                      .rank = 2,
                                                      .shape = {K, C},
                                                      .fan_in = C});
    graph->linear_bias = add_tensor(
        graph, linear_name, "bias",
        (rl_net_tensor){.role = RL_TENSOR_PARAMETER, .rank = 1, .shape = {K}, .fan_in = C});
}

rl_status rl_graph_build(rl_graph *graph, const rl_model_spec *spec, rl_error *error) {
    *graph = (rl_graph){.spec = *spec};
    const rl_model_builder *builder = rl_model_builder_find(spec->model);
    if (!builder)
        return rl_fail(error, RL_ERROR_ARGUMENT, "no model is named '%s'", spec->model);
    if (spec->class_count < 2 || spec->class_count > UINT16_MAX)
        return rl_fail(error, RL_ERROR_ARGUMENT, "%zu classes: expected 2 to %d", spec->class_count,
                       UINT16_MAX);
    if (spec->width < 1 || spec->ghost_ratio < 2 || spec->ghost_dw_size % 2 == 0 ||
        spec->ghost_dw_size > RL_MAX_KERNEL)
        return rl_fail(error, RL_ERROR_ARGUMENT,
                       "width %zu, ghost ratio %zu, ghost depthwise size %zu: expected a positive "
                       "width, a ratio of at least 2, an odd size of at most %d",
                       spec->width, spec->ghost_ratio, spec->ghost_dw_size, RL_MAX_KERNEL);
    const rl_slice image = {rl_graph_add_map(graph, IMAGE_SIDE, IMAGE_SIDE, IMAGE_CHANNELS), 0,
                            IMAGE_CHANNELS};
    builder->build(graph, &image);
    if (graph->out_of_memory) {
        rl_graph_clear(graph);
        return rl_fail_memory(error, "the description of the network");
    }
    return RL_OK;
}

void rl_graph_clear(rl_graph *graph) {
    rl_free(graph->maps);
    rl_free(graph->units);
    rl_free(graph->tensors);
    *graph = (rl_graph){0};
}
