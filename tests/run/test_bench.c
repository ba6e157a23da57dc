/* Benches: that the figures agree with each other and with the summary of the model. How fast
 * anything is, is no matter of tests. */
#include "run/runs.h"

#include <math.h>

enum { CLASSES = 10, BATCH = 4 };

static rl_config *config_of(const char *model) {
    rl_config *config = rl_config_create();
    assert_non_null(config);
    set(config, "model", model);
    set(config, "width", "8");
    set(config, "batch-size", "4");
    set(config, "threads", "2");
    return config;
}

static rl_bench *run(const char *model, rl_bench_kind kind, size_t steps) {
    rl_config *config = config_of(model);
    rl_bench *bench;
    rl_error error;
    if (rl_bench_run(&bench, config, kind, steps, &error) != RL_OK)
        fail_msg("%s", error.message);
    rl_config_free(config);
    return bench;
}

static void assert_near(double value, double expected) {
    if (!(fabs(value - expected) <= 1e-9 * fabs(expected)))
        fail_msg("%.17g, expected %.17g", value, expected);
}

static void figures_agree(const rl_bench *bench) {
    assert_true(bench->ms_per_step > 0 && bench->peak_gflops > 0 && bench->peak_memory_bytes > 0);
    assert_true(bench->cpu[0] && bench->instruction_set[0]);
    assert_int_equal(bench->threads, 2);
    assert_int_equal(bench->batch_size, BATCH);
    assert_near(bench->images_per_second, BATCH * 1e3 / bench->ms_per_step);
    const double passes = bench->kind == RL_BENCH_INFER ? 1 : 3;
    assert_near(bench->gflops,
                passes * 2 * (double)bench->macs * BATCH / bench->ms_per_step * 1e-6);
    for (size_t i = 0; i < bench->layer_count; i++) {
        const rl_bench_layer *layer = &bench->layers[i];
        assert_true(layer->name[0] && layer->type[0] && layer->module[0] && layer->ms >= 0);
        assert_true(layer->inputs && layer->channels && layer->height && layer->width);
        if (layer->macs == 0 || layer->ms == 0) {
            assert_true(isnan(layer->gflops) && isnan(layer->share_of_peak));
            continue;
        }
        assert_near(layer->gflops, 2.0 * (double)layer->macs * BATCH / layer->ms * 1e-6);
        assert_near(layer->share_of_peak, layer->gflops / bench->peak_gflops);
    }
    double shares = 0;
    for (size_t i = 0; i < bench->part_count; i++) {
        assert_true(bench->parts[i].ms >= 0);
        shares += bench->parts[i].share;
    }
    assert_near(shares, 1);
}

static rl_summary *summary_of(const char *model) {
    rl_config *config = config_of(model);
    rl_summary *summary;
    assert_int_equal(rl_summary_create(&summary, config, CLASSES, NULL), RL_OK);
    rl_config_free(config);
    return summary;
}

static const rl_bench_layer *find(const rl_bench *bench, const char *name, const char *pass) {
    for (size_t i = 0; i < bench->layer_count; i++)
        if (strcmp(bench->layers[i].name, name) == 0 && strcmp(bench->layers[i].pass, pass) == 0)
            return &bench->layers[i];
    return NULL;
}

/* The pass has so many multiply-adds; with 0, there is none. */
static void assert_pass(const rl_bench *bench, const char *name, const char *pass, uint64_t macs) {
    const rl_bench_layer *layer = find(bench, name, pass);
    assert_int_equal(layer ? layer->macs : 0, macs);
    assert_int_equal(layer != NULL, macs > 0);
}

/* Every layer that multiplies has all its passes, with the operations of the summary. */
static void layers_are_complete(const rl_bench *bench) {
    rl_summary *summary = summary_of(bench->model);
    const size_t count = rl_summary_layer_count(summary);
    uint64_t counted = 0;
    for (size_t i = 0; i < count; i++) {
        const rl_layer *layer = rl_summary_layer(summary, i);
        if (layer->macs == 0)
            continue;
        const rl_bench_layer *forward = find(bench, layer->name, "forward");
        assert_non_null(forward);
        assert_int_equal(forward->macs, layer->macs);
        assert_string_equal(forward->type, layer->type);
        assert_int_equal(forward->channels, layer->channels);
        const bool training = bench->kind == RL_BENCH_TRAIN;
        const bool joint = i + 1 == count || strncmp(layer->type, "depthwise", 9) == 0;
        assert_pass(bench, layer->name, "weight gradient", training && !joint ? layer->macs : 0);
        assert_pass(bench, layer->name, "data gradient",
                    training && !joint && i > 0 ? layer->macs : 0);
        assert_pass(bench, layer->name, "gradients", training && joint ? 2 * layer->macs : 0);
    }
    for (size_t i = 0; i < bench->layer_count; i++)
        if (strcmp(bench->layers[i].pass, "forward") == 0)
            counted += bench->layers[i].macs;
    assert_int_equal(counted, rl_summary_macs(summary));
    assert_int_equal(bench->macs, rl_summary_macs(summary));
    rl_summary_free(summary);
}

static void training_and_inference_add_up(void **state) {
    (void)state;
    static const char *const models[] = {"resnet18", "resnet18-ghost"};
    for (size_t m = 0; m < 2; m++)
        for (rl_bench_kind kind = RL_BENCH_TRAIN; kind <= RL_BENCH_INFER; kind++) {
            rl_bench *bench = run(models[m], kind, 2 + m); /* an even and an odd number */
            assert_string_equal(bench->model, models[m]);
            assert_int_equal(bench->steps, 2 + m);
            assert_int_equal(bench->part_count, kind == RL_BENCH_TRAIN ? 8 : 3);
            figures_agree(bench);
            layers_are_complete(bench);
            rl_bench_free(bench);
        }
}

static void shapes_cover_all_convolutions(void **state) {
    (void)state;
    rl_bench *bench = run("resnet18", RL_BENCH_KERNELS, 1);
    rl_summary *summary = summary_of("resnet18");
    figures_agree(bench);
    size_t layers = 0, convolutions = 0;
    uint64_t macs = 0;
    for (size_t i = 0; i < bench->layer_count; i++) {
        const rl_bench_layer *layer = &bench->layers[i];
        for (size_t j = 0; j < i; j++)
            assert_false(strcmp(bench->layers[j].name, layer->name) == 0 &&
                         strcmp(bench->layers[j].pass, layer->pass) == 0);
        if (strcmp(layer->pass, "forward") == 0) {
            layers += layer->layers;
            macs += layer->layers * layer->macs;
        }
    }
    for (size_t i = 0; i < rl_summary_layer_count(summary); i++)
        convolutions += strncmp(rl_summary_layer(summary, i)->type, "conv", 4) == 0;
    assert_int_equal(layers, convolutions);
    assert_int_equal(macs + 64 * CLASSES, rl_summary_macs(summary)); /* but the linear layer */
    assert_true(find(bench, "layer1.0.conv1", "data gradient")->layers == 4);
    rl_summary_free(summary);
    rl_bench_free(bench);
}

/* Milliseconds of a module's passes: all, or those that multiply nothing. */
static double module_ms(const rl_bench *bench, const char *module, bool norms_only) {
    double ms = 0;
    for (size_t i = 0; i < bench->layer_count; i++)
        if (strcmp(bench->layers[i].module, module) == 0 &&
            (!norms_only || bench->layers[i].macs == 0))
            ms += bench->layers[i].ms;
    return ms;
}

static void ghost_is_compared_by_module(void **state) {
    (void)state;
    assert_string_equal(rl_bench_plain_model("resnet18-ghost"), "resnet18");
    assert_string_equal(rl_bench_plain_model("resnet34-ghost"), "resnet34");
    assert_null(rl_bench_plain_model("resnet18"));
    assert_null(rl_bench_plain_model("vgg-ghost"));
    rl_bench *plain = run("resnet18", RL_BENCH_TRAIN, 1);
    rl_bench *ghost = run("resnet18-ghost", RL_BENCH_TRAIN, 1);
    rl_bench_comparison *comparison;
    assert_int_equal(rl_bench_compare(&comparison, plain, ghost, NULL), RL_OK);
    assert_int_equal(comparison->count, 16); /* two convolutions in each of eight blocks */
    rl_bench_pair sum = {.name = ""};
    for (size_t i = 0; i < comparison->count; i++) {
        const rl_bench_pair *pair = &comparison->pairs[i];
        assert_int_equal(pair->plain_macs, find(plain, pair->name, "forward")->macs);
        assert_true(pair->ghost_macs < pair->plain_macs && pair->ghost_ms > 0);
        assert_near(pair->plain_ms, module_ms(plain, pair->name, false));
        assert_near(pair->ghost_ms, module_ms(ghost, pair->name, false));
        assert_near(pair->plain_norm_ms, module_ms(plain, pair->name, true));
        assert_near(pair->ghost_norm_ms, module_ms(ghost, pair->name, true));
        assert_true(pair->ghost_norm_ms + pair->ghost_cheap_ms < pair->ghost_ms);
        sum.plain_macs += pair->plain_macs;
        sum.ghost_macs += pair->ghost_macs;
        sum.plain_ms += pair->plain_ms;
        sum.ghost_ms += pair->ghost_ms;
        sum.ghost_norm_ms += pair->ghost_norm_ms;
        sum.ghost_cheap_ms += pair->ghost_cheap_ms;
    }
    assert_string_equal(comparison->pairs[0].name, "layer1.0.conv1");
    assert_int_equal(comparison->total.ghost_macs, sum.ghost_macs);
    assert_near(comparison->total.ghost_ms, sum.ghost_ms);
    assert_near(comparison->total.plain_ms, sum.plain_ms);
    assert_near(comparison->total.ghost_norm_ms, sum.ghost_norm_ms);
    assert_near(comparison->total.ghost_cheap_ms, sum.ghost_cheap_ms);
    /* What is no Ghost Module is the same in both. */
    assert_int_equal(plain->macs - sum.plain_macs, ghost->macs - sum.ghost_macs);
    rl_bench_comparison_free(comparison);
    rl_memory_fail_after(1);
    assert_int_equal(rl_bench_compare(&comparison, plain, ghost, NULL), RL_ERROR_MEMORY);
    rl_memory_fail_after(-1);
    assert_null(comparison);
    assert_int_equal(rl_bench_compare(&comparison, plain, plain, NULL), RL_ERROR_MISMATCH);
    rl_bench_free(ghost);
    ghost = run("resnet34-ghost", RL_BENCH_TRAIN, 1);
    rl_error error;
    assert_int_equal(rl_bench_compare(&comparison, plain, ghost, &error), RL_ERROR_MISMATCH);
    assert_non_null(strstr(error.message, "layer1.2.conv1"));
    plain->kind = RL_BENCH_INFER;
    assert_int_equal(rl_bench_compare(&comparison, plain, ghost, NULL), RL_ERROR_ARGUMENT);
    assert_null(comparison);
    rl_bench_comparison_free(NULL);
    rl_bench_free(plain);
    rl_bench_free(ghost);
}

static void number_of_steps(void **state) {
    (void)state;
    rl_config *config = config_of("resnet18");
    rl_bench *bench = (rl_bench *)config; /* any pointer that is not NULL */
    rl_error error;
    set(config, "width", "1");
    set(config, "batch-size", "320");
    assert_int_equal(rl_bench_run(&bench, config, RL_BENCH_INFER, 10001, &error),
                     RL_ERROR_ARGUMENT);
    assert_null(bench);
    assert_non_null(strstr(error.message, "10001"));
    assert_int_equal(rl_bench_run(&bench, config, RL_BENCH_INFER, 0, NULL), RL_OK);
    assert_int_equal(bench->steps, 5);
    rl_bench_free(bench);
    set(config, "batch-size", "1");
    assert_int_equal(rl_bench_run(&bench, config, RL_BENCH_INFER, 0, NULL), RL_OK);
    assert_int_equal(bench->steps, 100);
    rl_bench_free(bench);
    set(config, "ghost-dw-size", "2");
    assert_int_equal(rl_bench_run(&bench, config, RL_BENCH_INFER, 1, NULL), RL_ERROR_ARGUMENT);
    assert_null(bench);
    rl_bench_free(NULL);
    rl_config_free(config);
}

static void failing_allocations(void **state) {
    (void)state;
    rl_config *config = config_of("resnet18-ghost");
    set(config, "width", "2");
    set(config, "batch-size", "1");
    rl_status status = RL_ERROR_MEMORY;
    long n = 0;
    for (; status != RL_OK && n < 1000; n++) {
        rl_bench *bench;
        rl_memory_fail_after(n);
        status = rl_bench_run(&bench, config, RL_BENCH_TRAIN, 1, NULL);
        rl_memory_fail_after(-1);
        assert_int_equal(status, bench ? RL_OK : RL_ERROR_MEMORY);
        rl_bench_free(bench);
    }
    assert_true(n > 20 && status == RL_OK);
    rl_config_free(config);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(training_and_inference_add_up),
        cmocka_unit_test(shapes_cover_all_convolutions),
        cmocka_unit_test(ghost_is_compared_by_module),
        cmocka_unit_test(number_of_steps),
        cmocka_unit_test(failing_allocations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
