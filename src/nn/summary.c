#include "nn/summary.h"

#include "base/error.h"
#include "base/memory.h"
#include "nn/graph.h"
#include "nn/plan.h"

#include <stdio.h>
#include <string.h>

/* "layer1.0.conv1.weight" -> "layer1.0.conv1" */
static void module_name(char *name, size_t size, const rl_net_tensor *tensor) {
    const char *dot = strrchr(tensor->name, '.');
    snprintf(name, size, "%.*s", (int)(dot - tensor->name), tensor->name);
}

static rl_net_layer layer_of(const rl_graph *graph, size_t tensor, rl_map out) {
    rl_net_layer layer = {.channels = out.channels,
                          .height = out.height,
                          .width = out.width,
                          .parameters = graph->tensors[tensor].count};
    module_name(layer.name, sizeof layer.name, &graph->tensors[tensor]);
    return layer;
}

static rl_net_layer conv_layer(const rl_graph *graph, const rl_graph_unit *unit, rl_map out) {
    rl_net_layer layer = layer_of(graph, unit->conv_weight, out);
    layer.macs = (uint64_t)out.height * out.width * layer.parameters;
    const bool depthwise = unit->conv == RL_UNIT_DEPTHWISE;
    snprintf(layer.type, sizeof layer.type, "%s %zux%zu%s", depthwise ? "depthwise" : "conv",
             unit->kernel, unit->kernel, !depthwise && unit->stride == 2 ? " /2" : "");
    return layer;
}

static rl_net_layer norm_layer(const rl_graph *graph, const rl_graph_unit *unit, rl_map out) {
    rl_net_layer layer = layer_of(graph, unit->gamma, out);
    layer.parameters += graph->tensors[unit->beta].count;
    snprintf(layer.type, sizeof layer.type, "batch norm");
    return layer;
}

static rl_net_layer linear_layer(const rl_graph *graph) {
    rl_net_layer layer =
        layer_of(graph, graph->linear_weight, (rl_map){1, 1, graph->spec.class_count});
    layer.macs = layer.parameters;
    layer.parameters += graph->tensors[graph->linear_bias].count;
    snprintf(layer.type, sizeof layer.type, "linear");
    return layer;
}

rl_status rl_net_describe(const rl_model_spec *spec, rl_net_layer **layers, size_t *count,
                          rl_error *error) {
    *layers = NULL;
    *count = 0;
    rl_graph graph;
    const rl_status status = rl_graph_build(&graph, spec, error);
    if (status != RL_OK)
        return status;
    rl_net_layer *list = rl_alloc(2 * graph.unit_count + 1, sizeof *list);
    if (!list) {
        rl_graph_clear(&graph);
        return rl_fail_memory(error, "the summary of the network");
    }
    size_t n = 0;
    for (size_t i = 0; i < graph.unit_count; i++) {
        const rl_graph_unit *unit = &graph.units[i];
        const rl_map out = rl_graph_output_map(&graph, unit);
        if (unit->conv_weight != RL_NO_TENSOR)
            list[n++] = conv_layer(&graph, unit, out);
        if (unit->gamma != RL_NO_TENSOR)
            list[n++] = norm_layer(&graph, unit, out);
    }
    list[n++] = linear_layer(&graph);
    rl_graph_clear(&graph);
    *layers = list;
    *count = n;
    return RL_OK;
}

rl_status rl_net_memory(const rl_model_spec *spec, size_t max_batch, rl_net_mode mode,
                        uint64_t *parameter_bytes, uint64_t *activation_bytes, rl_error *error) {
    *parameter_bytes = *activation_bytes = 0;
    rl_graph graph;
    rl_status status = rl_graph_build(&graph, spec, error);
    if (status != RL_OK)
        return status;
    rl_plan plan;
    status = rl_plan_create(&plan, &graph, max_batch, mode, error);
    if (status == RL_OK) {
        *parameter_bytes = graph.parameter_floats * sizeof(float);
        *activation_bytes = plan.floats * sizeof(float);
        rl_plan_clear(&plan);
    }
    rl_graph_clear(&graph);
    return status;
}
