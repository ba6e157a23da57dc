/* The memory plan: buffers that live at the same time never share memory, and sharing pays. */
#include "nn/nets.h"

#include "nn/plan.h"

typedef struct {
    size_t begin, end; /* times */
    size_t offset, floats;
} life;

/* Lifetimes written down anew from the definition of a training step, not taken from plan.c. */
static size_t lives_of(const rl_graph *graph, const rl_plan *plan, size_t batch, bool training,
                       life *lives) {
    const size_t units = graph->unit_count;
    size_t count = 0;
    for (size_t m = 1; m < graph->map_count; m++) {
        life value = {SIZE_MAX, 0, plan->map[m], 0}, gradient = {SIZE_MAX, 0, plan->gradient[m], 0};
        for (size_t i = 0; i < units; i++) {
            const rl_graph_unit *unit = &graph->units[i];
            const bool read = unit->input.map == m || unit->residual.map == m;
            const bool written = unit->output.map == m;
            const size_t last = training && read ? 2 * units - i : i;
            if (read || written) {
                value.begin = value.begin < i ? value.begin : i;
                value.end = value.end > last ? value.end : last;
                gradient.begin = gradient.begin < 2 * units - i ? gradient.begin : 2 * units - i;
                gradient.end = gradient.end > 2 * units - i ? gradient.end : 2 * units - i;
            }
        }
        if (graph->features.map == m) {
            value.end = value.end > units ? value.end : units;
            gradient.begin = units;
        }
        value.floats = gradient.floats =
            batch * graph->maps[m].height * graph->maps[m].width * graph->maps[m].channels;
        lives[count++] = value;
        if (training)
            lives[count++] = gradient;
    }
    for (size_t i = 0; training && i < units; i++)
        if (graph->units[i].conv != RL_UNIT_NO_CONV) {
            const rl_map out = rl_graph_output_map(graph, &graph->units[i]);
            lives[count++] = (life){i, 2 * units - i, plan->conv[i],
                                    batch * out.height * out.width * out.channels};
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
    check_plan("resnet18", RL_NET_TRAIN, 0.7);
    check_plan("resnet34-ghost", RL_NET_TRAIN, 0.7);
    check_plan("resnet18", RL_NET_INFERENCE, 0.4);
    check_plan("resnet18-ghost", RL_NET_INFERENCE, 0.4);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(buffers_never_collide)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
