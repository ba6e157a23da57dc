/* Lifetimes from the graph, then offsets first-fit, largest buffer first (greedy by size: Pisarchyk
 * and Lee 2020, arXiv:2001.03288). */
#include "nn/plan.h"

#include "base/error.h"
#include "base/memory.h"
#include "nn/plan_fusion.h"

#include <stdlib.h>

typedef struct {
    size_t floats;
    size_t begin, end; /* times, both inclusive; begin > end: never used */
    size_t offset;
    size_t *result;
} buffer;

typedef struct {
    const rl_graph *graph;
    const rl_plan *plan; /* what is fused */
    size_t units;
    bool training;
    buffer *map, *gradient, *raw; /* into one array */
    size_t count;
} lifetimes;

static size_t backward_time(const lifetimes *l, size_t unit) {
    return 2 * l->units - unit;
}

static void touch(buffer *b, size_t time) {
    if (b->begin > b->end) {
        b->begin = b->end = time;
        return;
    }
    b->begin = rl_min(b->begin, time);
    b->end = rl_max(b->end, time);
}

/* A use of a map's values, or of what they are computed from. */
static void touch_values(lifetimes *l, size_t map, size_t time) {
    if (!l->plan->deferred[map]) {
        touch(&l->map[map], time);
        return;
    }
    const rl_graph_unit *writer = &l->graph->units[l->plan->writer[map]];
    if (writer->conv == RL_UNIT_NO_CONV)
        touch_values(l, writer->input.map, time);
    else
        touch(&l->raw[map], time);
}

static void touch_gradient(lifetimes *l, size_t map, size_t time) {
    touch(&l->gradient[l->plan->gradient_of[map]], time);
}

/* A unit's forward pass reads its input and residual and writes its output. */
static void live_forward(lifetimes *l, size_t i) {
    const rl_graph_unit *unit = &l->graph->units[i];
    touch_values(l, unit->input.map, i);
    touch_values(l, unit->output.map, i);
    if (unit->residual.map != RL_NO_MAP)
        touch_values(l, unit->residual.map, i);
    if (l->training && unit->conv != RL_UNIT_NO_CONV)
        touch(&l->raw[unit->output.map], i);
}

/* Backward through the activation reads what it was taken of, and works on the gradients of output
 * and residual. */
static void live_activation_backward(lifetimes *l, size_t i, size_t time) {
    const rl_graph_unit *unit = &l->graph->units[i];
    touch_gradient(l, unit->output.map, time);
    if (unit->conv == RL_UNIT_NO_CONV)
        touch_values(l, unit->input.map, time);
    else
        touch(&l->raw[unit->output.map], time);
    if (unit->residual.map != RL_NO_MAP) {
        touch_values(l, unit->residual.map, time);
        touch_gradient(l, unit->residual.map, time);
    }
}

/* The rest reads the convolution's input and output and works on the gradients of output and
 * input. */
static void live_backward(lifetimes *l, size_t i) {
    const rl_graph_unit *unit = &l->graph->units[i];
    const size_t time = backward_time(l, i);
    live_activation_backward(l, i, time);
    touch_values(l, unit->input.map, time);
    touch_gradient(l, unit->input.map, time);
    if (l->plan->completes[i] != RL_NO_UNIT)
        live_activation_backward(l, l->plan->completes[i], time);
    if (l->plan->serves[i] != RL_NO_UNIT)
        touch_gradient(l, l->graph->units[l->plan->serves[i]].output.map, time);
}

static void measure(lifetimes *l) {
    for (size_t i = 0; i < l->units; i++) {
        live_forward(l, i);
        if (l->training)
            live_backward(l, i);
    }
    const size_t features = l->graph->features.map;
    touch_values(l, features, l->units);
    if (l->training)
        touch_gradient(l, features, l->units);
    /* The input image is the caller's, and no one wants its gradient. */
    l->map[0] = l->gradient[0] = (buffer){.begin = 1};
}

static int larger_first(const void *a, const void *b) {
    const buffer *x = *(buffer *const *)a, *y = *(buffer *const *)b;
    if (x->floats != y->floats)
        return x->floats < y->floats ? 1 : -1;
    return (x > y) - (x < y);
}

/* The lowest offset at which `b` meets no placed buffer that lives at the same time. */
static size_t first_fit(buffer *const *placed, size_t count, const buffer *b) {
    size_t offset = 0;
    for (bool moved = true; moved;) {
        moved = false;
        for (size_t i = 0; i < count; i++) {
            const buffer *p = placed[i];
            const bool same_time = p->begin <= b->end && b->begin <= p->end;
            const bool same_place =
                p->offset < offset + b->floats && offset < p->offset + p->floats;
            if (same_time && same_place) {
                offset = p->offset + p->floats;
                moved = true;
            }
        }
    }
    return offset;
}

static size_t place(buffer **order, size_t count) {
    qsort(order, count, sizeof *order, larger_first);
    size_t floats = 0;
    for (size_t i = 0; i < count; i++) {
        order[i]->offset = first_fit(order, i, order[i]);
        *order[i]->result = order[i]->offset;
        floats = rl_max(floats, order[i]->offset + order[i]->floats);
    }
    return floats;
}

static void place_all(rl_plan *plan, const rl_graph *graph, buffer **order, size_t count) {
    plan->floats = place(order, count);
    for (size_t m = 0; m < graph->map_count; m++)
        plan->gradient[m] = plan->gradient[plan->gradient_of[m]];
}

static bool map_floats(const rl_map *map, size_t batch, size_t *floats) {
    size_t pixels;
    return rl_multiply(map->height * map->width, map->channels, &pixels) &&
           rl_multiply(pixels, batch, floats) && *floats < SIZE_MAX / 64;
}

static rl_gradient_write next_write(const rl_graph *graph, rl_slice slice, bool *written) {
    if (slice.map == RL_NO_MAP || written[slice.map])
        return RL_WRITE_ADD;
    written[slice.map] = true;
    return slice.channels == graph->maps[slice.map].channels ? RL_WRITE_OVERWRITE
                                                             : RL_WRITE_CLEAR_AND_ADD;
}

/* In the order of the backward pass; a unit writes its residual's gradient before its input's. */
static rl_status assign_writes(rl_plan *plan, const rl_graph *graph, rl_error *error) {
    bool *written = rl_alloc(graph->map_count, sizeof *written);
    if (!written)
        return rl_fail_memory(error, "the memory plan of the network");
    plan->write_features = next_write(graph, graph->features, written);
    for (size_t i = graph->unit_count; i-- > 0;) {
        plan->write_residual[i] = next_write(graph, graph->units[i].residual, written);
        plan->write_input[i] = next_write(graph, graph->units[i].input, written);
    }
    rl_free(written);
    return RL_OK;
}

static rl_status allocate(rl_plan *plan, const rl_graph *graph, rl_error *error) {
    const size_t maps = graph->map_count, units = graph->unit_count;
    plan->map = rl_alloc(maps, sizeof *plan->map);
    plan->gradient = rl_alloc(maps, sizeof *plan->gradient);
    plan->raw = rl_alloc(maps, sizeof *plan->raw);
    plan->deferred = rl_alloc(maps, sizeof *plan->deferred);
    plan->writer = rl_alloc(maps, sizeof *plan->writer);
    plan->split = rl_alloc(maps, sizeof *plan->split);
    plan->gradient_of = rl_alloc(maps, sizeof *plan->gradient_of);
    plan->completes = rl_alloc(units, sizeof *plan->completes);
    plan->completed = rl_alloc(units, sizeof *plan->completed);
    plan->serves = rl_alloc(units, sizeof *plan->serves);
    plan->served = rl_alloc(units, sizeof *plan->served);
    plan->write_input = rl_alloc(units, sizeof *plan->write_input);
    plan->write_residual = rl_alloc(units, sizeof *plan->write_residual);
    if (!plan->map || !plan->gradient || !plan->raw || !plan->deferred || !plan->writer ||
        !plan->split || !plan->gradient_of || !plan->completes || !plan->completed ||
        !plan->serves || !plan->served || !plan->write_input || !plan->write_residual)
        return rl_fail_memory(error, "the memory plan of the network");
    for (size_t m = 0; m < maps; m++)
        plan->map[m] = plan->gradient[m] = plan->raw[m] = RL_NO_BUFFER;
    return RL_OK;
}

/* Sizes all buffers that are ever used and lists them in `order`; false on overflow. */
static bool size_buffers(rl_plan *plan, lifetimes *l, size_t batch, buffer **order, size_t *used) {
    const rl_graph *graph = l->graph;
    *used = 0;
    for (size_t i = 0; i < l->count; i++) {
        buffer *b = &l->map[i]; /* map, gradient, raw lie one after the other */
        if (b->begin > b->end)
            continue;
        const size_t map = i % graph->map_count;
        size_t *const offsets[] = {plan->map, plan->gradient, plan->raw};
        b->result = &offsets[i / graph->map_count][map];
        if (!map_floats(&graph->maps[map], batch, &b->floats))
            return false;
        b->floats = rl_round_up(b->floats, RL_ALIGNMENT / sizeof(float));
        order[(*used)++] = b;
    }
    return true;
}

rl_status rl_plan_create(rl_plan *plan, const rl_graph *graph, size_t max_batch, rl_net_mode mode,
                         rl_error *error) {
    *plan = (rl_plan){0};
    lifetimes l = {.graph = graph,
                   .plan = plan,
                   .units = graph->unit_count,
                   .training = mode == RL_NET_TRAIN,
                   .count = 3 * graph->map_count};
    buffer *buffers = rl_alloc(l.count, sizeof *buffers);
    buffer **order = rl_alloc(l.count, sizeof *order);
    rl_status status = allocate(plan, graph, error);
    if (status == RL_OK && (!buffers || !order))
        status = rl_fail_memory(error, "the memory plan of the network");
    if (status == RL_OK) {
        for (size_t i = 0; i < l.count; i++)
            buffers[i].begin = 1; /* end 0: not used yet */
        l.map = buffers;
        l.gradient = l.map + graph->map_count;
        l.raw = l.gradient + graph->map_count;
        rl_plan_fuse(plan, graph, l.training);
        measure(&l);
        size_t used;
        if (size_buffers(plan, &l, max_batch, order, &used))
            place_all(plan, graph, order, used);
        else
            status =
                rl_fail(error, RL_ERROR_MEMORY, "a batch of %zu images is too large", max_batch);
    }
    if (status == RL_OK)
        status = assign_writes(plan, graph, error);
    rl_free(buffers);
    rl_free(order);
    if (status != RL_OK)
        rl_plan_clear(plan);
    return status;
}

void rl_plan_clear(rl_plan *plan) {
    rl_free(plan->map);
    rl_free(plan->gradient);
    rl_free(plan->raw);
    rl_free(plan->deferred);
    rl_free(plan->writer);
    rl_free(plan->split);
    rl_free(plan->gradient_of);
    rl_free(plan->completes);
    rl_free(plan->completed);
    rl_free(plan->serves);
    rl_free(plan->served);
    rl_free(plan->write_input);
    rl_free(plan->write_residual);
    *plan = (rl_plan){0};
}
