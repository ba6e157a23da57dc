/* All memory is allocated before the first step; a step only writes times into its place. The
 * weights and images are random: speed does not depend on what they show, as long as no number
 * becomes subnormal, and those of a freshly initialised network on normal noise do not. */
#include "run/bench_steps.h"

#include "base/clock.h"
#include "base/cores.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/random.h"
#include "nn/initialize.h"
#include "run/machine.h"

enum { IMAGE_FLOATS = RL_IMAGE_BYTES };

typedef struct {
    rl_bench_times *times;
    rl_net *net;
    rl_optimizer *optimizer; /* NULL: inference */
    float *images;
    uint16_t *labels;
    size_t batch;
    double lr;
} bench_run;

static void draw_images(const bench_run *run, uint64_t seed) {
    for (size_t n = 0; n < run->batch; n++) {
        rl_random random = rl_random_stream(seed, RL_RANDOM_BENCH, 0, n);
        for (size_t i = 0; i < IMAGE_FLOATS; i++)
            run->images[n * IMAGE_FLOATS + i] = rl_random_normal(&random);
        run->labels[n] = (uint16_t)rl_random_below(&random, RL_BENCH_CLASSES);
    }
}

/* The same work in the same order as a step of `reslab train`. */
static void train_step(const bench_run *run, size_t step) {
    rl_bench_times *times = run->times;
    size_t correct;
    rl_net_forward_train(run->net, run->images, run->batch);
    double begin = rl_clock_seconds();
    rl_net_loss(run->net, run->labels, 0, true, &correct);
    times->loss[step] = rl_clock_seconds() - begin;
    rl_net_backward(run->net);
    begin = rl_clock_seconds();
    rl_optimizer_clip(run->optimizer, rl_optimizer_gradient_norm(run->optimizer));
    rl_optimizer_step(run->optimizer, run->lr);
    times->optimizer[step] = rl_clock_seconds() - begin;
}

static void take_step(const bench_run *run, size_t step) {
    rl_bench_times *times = run->times;
    rl_profile profile = {times->profile + step * times->row_count * RL_PART_COUNT};
    rl_net_set_profile(run->net, &profile);
    const double begin = rl_clock_seconds();
    if (run->optimizer)
        train_step(run, step);
    else
        rl_net_forward_eval(run->net, run->images, run->batch);
    times->whole[step] = rl_clock_seconds() - begin;
    rl_net_set_profile(run->net, NULL);
}

static rl_status allocate_times(rl_bench_times *times, size_t steps, rl_error *error) {
    size_t cells;
    times->steps = steps;
    if (rl_multiply(steps + 1, times->row_count * RL_PART_COUNT, &cells))
        times->profile = rl_alloc(cells, sizeof *times->profile);
    times->whole = rl_alloc(steps + 1, sizeof *times->whole);
    times->loss = rl_alloc(steps + 1, sizeof *times->loss);
    times->optimizer = rl_alloc(steps + 1, sizeof *times->optimizer);
    return times->profile && times->whole && times->loss && times->optimizer
               ? RL_OK
               : rl_fail_memory(error, "the times of the steps");
}

static rl_status allocate_images(bench_run *run, rl_error *error) {
    size_t floats;
    if (rl_multiply(run->batch, IMAGE_FLOATS, &floats))
        run->images = rl_alloc_floats(floats);
    run->labels = rl_alloc(run->batch, sizeof *run->labels);
    return run->images && run->labels ? RL_OK : rl_fail_memory(error, "a batch of images");
}

static rl_status create_run(bench_run *run, const rl_config *config, const rl_model_spec *spec,
                            bool training, rl_error *error) {
    rl_status status =
        rl_net_create(&run->net, spec, run->batch, training ? RL_NET_TRAIN : RL_NET_INFERENCE,
                      rl_threads_usable((int)config->threads), error);
    if (status != RL_OK)
        return status;
    rl_net_initialize(run->net, config->init_scheme, config->seed);
    if (training) {
        rl_optimizer_options options;
        rl_config_optimizer(config, &options);
        status = rl_optimizer_create(&run->optimizer, run->net, &options, error);
    }
    return status == RL_OK ? allocate_images(run, error) : status;
}

static void clear_run(bench_run *run) {
    rl_optimizer_free(run->optimizer);
    rl_net_free(run->net);
    rl_free(run->images);
    rl_free(run->labels);
}

rl_status rl_bench_take_steps(rl_bench_times *times, const rl_config *config, bool training,
                              size_t steps, rl_error *error) {
    *times = (rl_bench_times){0};
    rl_model_spec spec;
    rl_config_model_spec(config, RL_BENCH_CLASSES, &spec);
    bench_run run = {.times = times, .batch = config->batch_size, .lr = config->lr};
    rl_status status = rl_profile_describe(&spec, &times->rows, &times->row_count, error);
    if (status == RL_OK)
        status = allocate_times(times, steps, error);
    if (status == RL_OK)
        status = create_run(&run, config, &spec, training, error);
    if (status == RL_OK) {
        draw_images(&run, config->seed);
        take_step(&run, steps); /* to warm up */
        for (size_t step = 0; step < steps; step++)
            take_step(&run, step);
        times->peak_memory = rl_machine_peak_memory();
        times->instruction_set = rl_net_kernels(run.net)->name;
        times->threads = rl_net_threads(run.net);
    }
    clear_run(&run);
    if (status != RL_OK)
        rl_bench_times_clear(times);
    return status;
}

void rl_bench_times_clear(rl_bench_times *times) {
    rl_free(times->rows);
    rl_free(times->profile);
    rl_free(times->whole);
    rl_free(times->loss);
    rl_free(times->optimizer);
    *times = (rl_bench_times){0};
}
