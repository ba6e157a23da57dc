/* What a network's training step fuses, from its graph. */
#include "nn/plan_fusion.h"

static bool reads_sources(const rl_graph *graph, const rl_graph_unit *unit) {
    if (unit->conv != RL_UNIT_CONV)
        return true;
    const rl_conv_shape shape = rl_graph_conv_shape(graph, unit);
    return rl_conv_reads_sources(&shape);
}

/* A map is deferred when every unit that writes it is a convolution with the same activation and no
 * residual, and every reader can compute it as it reads. Residuals are read by elementwise passes
 * that are bound by memory already; the head reads memory. */
static bool is_deferred(const rl_graph *graph, size_t map) {
    bool written = false;
    rl_activation_kind activation = RL_ACTIVATION_NONE;
    for (size_t i = 0; i < graph->unit_count; i++) {
        const rl_graph_unit *unit = &graph->units[i];
        if (unit->output.map == map) {
            if (unit->conv == RL_UNIT_NO_CONV || unit->residual.map != RL_NO_MAP ||
                (written && unit->activation != activation))
                return false;
            written = true;
            activation = unit->activation;
        }
        if (unit->residual.map == map)
            return false;
        if (unit->input.map == map && !reads_sources(graph, unit))
            return false;
    }
    return written && graph->features.map != map;
}

static bool same_slice(rl_slice a, rl_slice b) {
    return a.map == b.map && a.first == b.first && a.channels == b.channels;
}

static bool overlap(rl_slice a, rl_slice b) {
    return a.map == b.map && a.first < b.first + b.channels && b.first < a.first + a.channels;
}

/* The reader whose backward pass is the last to add to the gradient of a unit's output: the first
 * one going forward. It can go on through the unit's activation if it has a data gradient and reads
 * just that output. A residual's gradient would be written before its turn if other units came in
 * between. */
static size_t completing_unit(const rl_graph *graph, size_t i) {
    const rl_graph_unit *unit = &graph->units[i];
    for (size_t r = i + 1; r < graph->unit_count; r++) {
        const rl_graph_unit *reader = &graph->units[r];
        if (overlap(reader->residual, unit->output))
            return RL_NO_UNIT;
        if (!overlap(reader->input, unit->output))
            continue;
        const bool next = r == i + 1 || unit->residual.map == RL_NO_MAP;
        return reader->conv != RL_UNIT_NO_CONV && same_slice(reader->input, unit->output) && next
                   ? r
                   : RL_NO_UNIT;
    }
    return RL_NO_UNIT;
}

void rl_plan_fuse(rl_plan *plan, const rl_graph *graph, bool training) {
    for (size_t m = 0; m < graph->map_count; m++) {
        plan->deferred[m] = training && is_deferred(graph, m);
        plan->writer[m] = RL_NO_UNIT;
    }
    for (size_t i = 0; i < graph->unit_count; i++) {
        plan->completes[i] = RL_NO_UNIT;
        plan->completed[i] = false;
    }
    for (size_t i = graph->unit_count; i-- > 0;) {
        plan->writer[graph->units[i].output.map] = i;
        const size_t r = training ? completing_unit(graph, i) : RL_NO_UNIT;
        if (r != RL_NO_UNIT) {
            plan->completes[r] = i;
            plan->completed[i] = true;
        }
    }
}
