/* What a network's training step fuses, from its graph. */
#include "nn/plan_fusion.h"

static bool reads_sources(const rl_graph *graph, const rl_graph_unit *unit) {
    if (unit->conv != RL_UNIT_CONV)
        return true;
    const rl_conv_shape shape = rl_graph_conv_shape(graph, unit);
    return rl_conv_reads_sources(&shape);
}

/* Whether a unit without a convolution can be left to its readers: its input must have the same
 * layout and no later reader, so that evaluation can work in place. */
static bool is_last_reader(const rl_graph *graph, size_t i) {
    const rl_graph_unit *unit = &graph->units[i];
    for (size_t r = i + 1; r < graph->unit_count; r++)
        if (graph->units[r].input.map == unit->input.map ||
            graph->units[r].residual.map == unit->input.map)
            return false;
    return unit->input.map != 0 && unit->input.first == 0 &&
           graph->maps[unit->input.map].channels == graph->maps[unit->output.map].channels;
}

/* A map is deferred when the units that write it have no residual and the same activation, and
 * every reader can compute it as it reads. Residuals are read by elementwise passes that are bound
 * by memory already; the head reads memory. */
static bool is_deferred(const rl_graph *graph, size_t map) {
    const rl_graph_unit *writer = NULL;
    for (size_t i = 0; i < graph->unit_count; i++) {
        const rl_graph_unit *unit = &graph->units[i];
        if (unit->output.map == map) {
            if (unit->residual.map != RL_NO_MAP ||
                (writer && unit->activation != writer->activation) ||
                (unit->conv == RL_UNIT_NO_CONV && (writer || !is_last_reader(graph, i))))
                return false;
            writer = unit;
        }
        if (unit->residual.map == map)
            return false;
        if (unit->input.map == map && !reads_sources(graph, unit))
            return false;
    }
    return writer && graph->features.map != map;
}

static bool contains(rl_slice a, rl_slice b) {
    return a.map == b.map && a.first <= b.first && b.first + b.channels <= a.first + a.channels;
}

/* Where a deferred map falls into two parts: after the first of its two writers' channels. Readers
 * must be able to do with parts: they read one part, or compute what they read and, without a
 * convolution, write the gradient of both. 0: it stays whole. */
static size_t split_of(const rl_graph *graph, size_t map) {
    rl_slice part[2];
    size_t writers = 0;
    for (size_t i = 0; i < graph->unit_count; i++)
        if (graph->units[i].output.map == map) {
            if (writers == 2 || graph->units[i].conv == RL_UNIT_NO_CONV)
                return 0;
            part[writers++] = graph->units[i].output;
        }
    if (writers != 2 || part[0].first != 0 || part[1].first != part[0].channels)
        return 0;
    for (size_t i = 0; i < graph->unit_count; i++) {
        const rl_graph_unit *unit = &graph->units[i];
        if (unit->input.map == map && unit->conv != RL_UNIT_NO_CONV &&
            !contains(part[0], unit->input) && !contains(part[1], unit->input))
            return 0;
    }
    return part[0].channels;
}

static bool overlap(rl_slice a, rl_slice b) {
    return a.map == b.map && a.first < b.first + b.channels && b.first < a.first + a.channels;
}

/* The reader whose backward pass is the last to add to the gradient of a unit's output: the first
 * one going forward. It can go on through the activation of one unit whose output it reads whole. A
 * residual's gradient would be written before its turn if other units came in
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
        return contains(reader->input, unit->output) && next ? r : RL_NO_UNIT;
    }
    return RL_NO_UNIT;
}

static bool is_whole(const rl_graph *graph, rl_slice slice) {
    return slice.channels == graph->maps[slice.map].channels;
}

/* Whether the gradient of unit i's residual can stay where the gradient in front of the activation
 * is: the unit must not work on it in place, and be the first to add to the residual's gradient. */
static bool shares_gradient(const rl_graph *graph, size_t i) {
    const rl_graph_unit *unit = &graph->units[i];
    if (unit->residual.map == RL_NO_MAP || unit->residual.map == 0 ||
        unit->residual.map == graph->features.map || !is_whole(graph, unit->residual) ||
        !is_whole(graph, unit->output) || !reads_sources(graph, unit))
        return false;
    for (size_t r = i + 1; r < graph->unit_count; r++)
        if (graph->units[r].input.map == unit->residual.map ||
            graph->units[r].residual.map == unit->residual.map)
            return false;
    return true;
}

/* Whether unit i sees the first channels of its input for the next unit, too. That one must be the
 * last to read the map, and so the first to write its gradient, going back. */
static bool serves_next(const rl_graph *graph, size_t i) {
    const rl_graph_unit *unit = &graph->units[i], *next = unit + 1;
    if (i + 1 == graph->unit_count || unit->conv != RL_UNIT_DEPTHWISE ||
        next->conv != RL_UNIT_NO_CONV || unit->input.map != next->input.map ||
        unit->input.first != 0 || !is_whole(graph, next->input))
        return false;
    for (size_t r = i + 2; r < graph->unit_count; r++)
        if (graph->units[r].input.map == unit->input.map ||
            graph->units[r].residual.map == unit->input.map)
            return false;
    return next->residual.map != unit->input.map && graph->features.map != unit->input.map;
}

void rl_plan_fuse(rl_plan *plan, const rl_graph *graph, bool training) {
    for (size_t m = 0; m < graph->map_count; m++) {
        plan->deferred[m] = training && is_deferred(graph, m);
        plan->split[m] = plan->deferred[m] ? split_of(graph, m) : 0;
        plan->writer[m] = RL_NO_UNIT;
        plan->gradient_of[m] = m;
    }
    for (size_t i = 0; i < graph->unit_count; i++) {
        plan->completes[i] = plan->serves[i] = RL_NO_UNIT;
        plan->completed[i] = false;
        plan->served[i] = 0;
    }
    for (size_t i = graph->unit_count; i-- > 0;) {
        plan->writer[graph->units[i].output.map] = i;
        if (training && shares_gradient(graph, i))
            plan->gradient_of[graph->units[i].residual.map] =
                plan->gradient_of[graph->units[i].output.map];
        if (training && serves_next(graph, i)) {
            plan->serves[i] = i + 1;
            plan->served[i + 1] = graph->units[i].input.channels;
        }
        const size_t r = training ? completing_unit(graph, i) : RL_NO_UNIT;
        if (r != RL_NO_UNIT && plan->completes[r] == RL_NO_UNIT) {
            plan->completes[r] = i;
            plan->completed[i] = true;
        }
    }
}
