/* The network is described a second time from its spec: a description is cheap, and what measures a
 * network then needs nothing of its inside. */
#include "nn/profile_report.h"

#include "base/error.h"
#include "base/memory.h"
#include "nn/graph.h"

#include <stdio.h>
#include <string.h>

/* The parts of a Ghost Module, as resnet.c names them. */
static const char *const ghost_parts[] = {".primary_conv.", ".cheap_operation."};

/* "layer1.0.conv1.primary_conv.0" -> "layer1.0.conv1"; other names as they are. */
static void set_module(rl_profile_row *row) {
    snprintf(row->module, sizeof row->module, "%s", row->conv.name);
    for (size_t i = 0; i < sizeof ghost_parts / sizeof *ghost_parts; i++) {
        char *part = strstr(row->module, ghost_parts[i]);
        if (part)
            *part = '\0';
    }
}

/* A unit without convolution finishes what the units before it wrote into its input. */
static void inherit_module(rl_profile_row *rows, const rl_graph *graph, size_t unit) {
    for (size_t i = unit; i-- > 0;)
        if (graph->units[i].output.map == graph->units[unit].input.map) {
            memcpy(rows[unit].module, rows[i].module, sizeof rows[unit].module);
            return;
        }
}

/* Of a unit that has no tensors, and so no name among the layers. */
static rl_net_layer activation_layer(const rl_profile_row *row, rl_map out) {
    rl_net_layer layer = {
        .channels = out.channels, .height = out.height, .width = out.width, .type = "activation"};
    memcpy(layer.name, row->module, sizeof layer.name);
    return layer;
}

/* The layers come in the order of the units: convolution, then batch norm; the head's at last. */
static void fill_rows(rl_profile_row *rows, const rl_graph *graph, const rl_net_layer *layers) {
    for (size_t i = 0; i < graph->unit_count; i++) {
        const rl_graph_unit *unit = &graph->units[i];
        rows[i].inputs = unit->input.channels;
        rows[i].reads_image = unit->input.map == 0;
        rows[i].joint = unit->conv == RL_UNIT_DEPTHWISE;
        if (unit->conv_weight != RL_NO_TENSOR)
            rows[i].conv = *layers++;
        if (unit->gamma != RL_NO_TENSOR)
            rows[i].norm = *layers++;
        if (unit->conv_weight != RL_NO_TENSOR)
            set_module(&rows[i]);
        else
            inherit_module(rows, graph, i);
        if (unit->conv_weight == RL_NO_TENSOR && unit->gamma == RL_NO_TENSOR)
            rows[i].norm = activation_layer(&rows[i], rl_graph_output_map(graph, unit));
    }
    rl_profile_row *head = &rows[graph->unit_count];
    head->conv = *layers;
    head->joint = true;
    head->inputs = graph->features.channels;
    set_module(head);
}

rl_status rl_profile_describe(const rl_model_spec *spec, rl_profile_row **rows, size_t *count,
                              rl_error *error) {
    *rows = NULL;
    *count = 0;
    rl_net_layer *layers;
    size_t layer_count;
    rl_status status = rl_net_describe(spec, &layers, &layer_count, error);
    if (status != RL_OK)
        return status;
    rl_graph graph;
    status = rl_graph_build(&graph, spec, error);
    if (status == RL_OK) {
        *rows = rl_alloc(graph.unit_count + 1, sizeof **rows);
        if (*rows) {
            *count = graph.unit_count + 1;
            fill_rows(*rows, &graph, layers);
        } else {
            status = rl_fail_memory(error, "the description of a profile");
        }
        rl_graph_clear(&graph);
    }
    rl_free(layers);
    return status;
}
