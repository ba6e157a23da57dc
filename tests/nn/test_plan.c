/* The memory plan: buffers that live at the same time never share memory, and sharing pays. */
#include "nn/nets.h"

#include "nn/plan.h"

typedef struct {
    size_t begin, end; /* times */
    size_t offset, floats;
} life;

static void extend(life *l, size_t time) {
    l->begin = l->begin < time ? l->begin : time;
    l->end = l->end > time ? l->end : time;
}

/* Times at which a training step or a forward pass uses map m: written down anew from the
 * definition of the step, not taken from plan.c. What is fused is the plan's own choice. */
static void uses(const rl_graph *graph, const rl_plan *plan, bool training, size_t m, life *value,
                 life *raw, life *gradient) {
    const size_t units = graph->unit_count;
    for (size_t i = 0; i < units; i++) {
        const rl_graph_unit *unit = &graph->units[i];
        const size_t back = 2 * units - i;
        const bool read = unit->input.map == m || unit->residual.map == m;
        const bool written = unit->output.map == m;
        life *kept = plan->deferred[m] ? raw : value;
        if (read || written)
            extend(kept, i);
        if (!training)
            continue;
        if (read)
            extend(kept, back);
        if (written && unit->conv != RL_UNIT_NO_CONV) {
            extend(raw, i);
            extend(raw, back);
        }
        if (read || written)
            extend(gradient, back);
        /* The step back through the activation may come earlier, with another unit's. */
        for (size_t r = 0; r < units; r++)
            if (plan->completes[r] == i && (written || unit->residual.map == m)) {
                extend(gradient, 2 * units - r);
                extend(written ? raw : kept, 2 * units - r);
            }
        /* A unit that begins another one's input gradient reads the gradient of its output. */
        for (size_t r = 0; r < units; r++)
            if (plan->serves[r] == i && written)
                extend(gradient, 2 * units - r);
    }
    if (graph->features.map == m) {
        extend(value, units);
        if (training)
            extend(gradient, units);
    }
}

/* The gradients that share a buffer with map m's live as one. */
static life gradient_life(const rl_graph *graph, const rl_plan *plan, bool training, size_t m) {
    life all = {SIZE_MAX, 0, plan->gradient[m], 0};
    for (size_t other = 1; other < graph->map_count; other++)
        if (plan->gradient_of[other] == m) {
            life value = {SIZE_MAX, 0, 0, 0}, raw = value, gradient = value;
            uses(graph, plan, training, other, &value, &raw, &gradient);
            assert_true(plan->gradient[other] == plan->gradient[m]);
            all.begin = gradient.begin < all.begin ? gradient.begin : all.begin;
            all.end = gradient.end > all.end ? gradient.end : all.end;
        }
    return all;
}

static size_t lives_of(const rl_graph *graph, const rl_plan *plan, size_t batch, bool training,
                       life *lives) {
    size_t count = 0;
    for (size_t m = 1; m < graph->map_count; m++) {
        life value = {SIZE_MAX, 0, plan->map[m], 0}, raw = {SIZE_MAX, 0, plan->raw[m], 0};
        life gradient = {SIZE_MAX, 0, plan->gradient[m], 0};
        uses(graph, plan, training, m, &value, &raw, &gradient);
        assert_true((gradient.begin == SIZE_MAX) == (plan->gradient[m] == RL_NO_BUFFER));
        gradient = gradient_life(graph, plan, training, m);
        value.floats = raw.floats = gradient.floats =
            batch * graph->maps[m].height * graph->maps[m].width * graph->maps[m].channels;
        const life all[] = {value, raw, gradient};
        for (size_t i = 0; i < 3; i++)
            if (all[i].begin != SIZE_MAX && all[i].offset != RL_NO_BUFFER)
                lives[count++] = all[i];
        assert_true((value.begin == SIZE_MAX) == (plan->map[m] == RL_NO_BUFFER));
    }
    return count;
}

static void check_plan(const char *model, rl_net_mode mode, double share) {
    enum { BATCH = 3, MAX_LIVES = 512 };
    rl_model_spec spec = test_spec(model, 6, RL_ACTIVATION_RELU);
    rl_graph graph;
    rl_plan plan;
    life lives[MAX_LIVES];
    assert_int_equal(rl_graph_build(&graph, &spec, NULL), RL_OK);
    assert_int_equal(rl_plan_create(&plan, &graph, BATCH, mode, NULL), RL_OK);
    const size_t count = lives_of(&graph, &plan, BATCH, mode == RL_NET_TRAIN, lives);
    assert_true(count < MAX_LIVES);
    size_t sum = 0;
    for (size_t i = 0; i < count; i++) {
        assert_true(lives[i].offset + lives[i].floats <= plan.floats);
        sum += lives[i].floats;
        for (size_t j = 0; j < i; j++) {
            const bool same_time = lives[i].begin <= lives[j].end && lives[j].begin <= lives[i].end;
            const bool same_place = lives[i].offset < lives[j].offset + lives[j].floats &&
                                    lives[j].offset < lives[i].offset + lives[i].floats;
            assert_false(same_time && same_place);
        }
    }
    assert_true((double)plan.floats < share * (double)sum);
    rl_plan_clear(&plan);
    rl_graph_clear(&graph);
}

static void buffers_never_collide(void **state) {
    (void)state;
    check_plan("resnet18", RL_NET_TRAIN, 0.8);
    check_plan("resnet34-ghost", RL_NET_TRAIN, 0.8);
    check_plan("resnet18", RL_NET_INFERENCE, 0.4);
    check_plan("resnet18-ghost", RL_NET_INFERENCE, 0.4);
}

/* Maps that fall into the parts of two units, and how many there are. */
static size_t count_split(const char *model, rl_net_mode mode) {
    rl_model_spec spec = test_spec(model, 6, RL_ACTIVATION_RELU);
    rl_graph graph;
    rl_plan plan;
    size_t count = 0;
    assert_int_equal(rl_graph_build(&graph, &spec, NULL), RL_OK);
    assert_int_equal(rl_plan_create(&plan, &graph, 1, mode, NULL), RL_OK);
    for (size_t m = 0; m < graph.map_count; m++) {
        if (plan.split[m] == 0)
            continue;
        const rl_graph_unit *first = &graph.units[plan.writer[m]];
        assert_true(plan.deferred[m]);
        assert_int_equal(plan.split[m], first->output.channels);
        assert_true(plan.split[m] < graph.maps[m].channels);
        count++;
    }
    rl_plan_clear(&plan);
    rl_graph_clear(&graph);
    return count;
}

static void halves_of_ghost_modules_lie_apart(void **state) {
    (void)state;
    assert_int_equal(count_split("resnet18", RL_NET_TRAIN), 0);
    assert_int_equal(count_split("resnet18-ghost", RL_NET_TRAIN), 16);
    assert_int_equal(count_split("resnet18-ghost", RL_NET_INFERENCE), 0);
}

/* Depthwise units that see to the outer norm of the channels they read, and how many there are. */
static size_t count_serving(const char *model, rl_net_mode mode) {
    rl_model_spec spec = test_spec(model, 6, RL_ACTIVATION_RELU);
    rl_graph graph;
    rl_plan plan;
    size_t count = 0;
    assert_int_equal(rl_graph_build(&graph, &spec, NULL), RL_OK);
    assert_int_equal(rl_plan_create(&plan, &graph, 1, mode, NULL), RL_OK);
    for (size_t i = 0; i < graph.unit_count; i++) {
        const rl_graph_unit *unit = &graph.units[i];
        if (plan.serves[i] == RL_NO_UNIT)
            continue;
        assert_int_equal(plan.serves[i], i + 1);
        assert_int_equal(unit->conv, RL_UNIT_DEPTHWISE);
        assert_int_equal(unit[1].conv, RL_UNIT_NO_CONV);
        assert_int_equal(unit[1].input.map, unit->input.map);
        assert_int_equal(plan.served[i + 1], unit->input.channels);
        count++;
    }
    rl_plan_clear(&plan);
    rl_graph_clear(&graph);
    return count;
}

static void depthwise_units_serve_the_outer_norm(void **state) {
    (void)state;
    assert_int_equal(count_serving("resnet18", RL_NET_TRAIN), 0);
    assert_int_equal(count_serving("resnet18-ghost", RL_NET_TRAIN), 16);
    assert_int_equal(count_serving("resnet18-ghost", RL_NET_INFERENCE), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(buffers_never_collide),
                                       cmocka_unit_test(halves_of_ghost_modules_lie_apart),
                                       cmocka_unit_test(depthwise_units_serve_the_outer_norm)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
