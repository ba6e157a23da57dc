/* The speed of a model: times of its steps summed up by layer, by kind of work and as a share of
 * what the machine could do. Medians throughout, each of its own, since what disturbs a step
 * disturbs only some of its parts. */
#include "base/error.h"
#include "base/memory.h"
#include "nn/peak.h"
#include "run/bench_steps.h"
#include "run/machine.h"
#include "run/statistics.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MAX_STEPS = 10000, AUTO_IMAGES = 640, AUTO_MINIMUM = 5, AUTO_MAXIMUM = 100 };

/* The parts of a step beside those of the profile. */
enum { EXTRA_LOSS, EXTRA_OPTIMIZER, EXTRA_REST, EXTRA_COUNT };

static const char *const part_names[RL_PART_COUNT] = {"forward", "norm forward", "norm backward",
                                                      "weight gradient", "data gradient"};

typedef struct {
    rl_bench *bench;
    const rl_bench_times *times;
    bool training;
    double *values; /* [steps] to take the median of */
} report;

static bool is_norm(rl_profile_part part) {
    return part == RL_PART_NORM_FORWARD || part == RL_PART_NORM_BACKWARD;
}

static bool is_forward(rl_profile_part part) {
    return part == RL_PART_FORWARD || part == RL_PART_NORM_FORWARD;
}

static uint64_t pass_macs(const report *r, size_t row, rl_profile_part part) {
    const rl_profile_row *from = &r->times->rows[row];
    if (is_norm(part) || (part == RL_PART_DATA_GRADIENT && (from->joint || from->reads_image)))
        return 0;
    return from->joint && part == RL_PART_WEIGHT_GRADIENT ? 2 * from->conv.macs : from->conv.macs;
}

static double operations(const rl_bench *bench, uint64_t macs) {
    return 2.0 * (double)macs * (double)bench->batch_size;
}

static double pass_ms(const report *r, size_t row, rl_profile_part part) {
    for (size_t step = 0; step < r->times->steps; step++)
        r->values[step] = rl_bench_seconds(r->times, step, row, part);
    return 1e3 * rl_median(r->values, r->times->steps);
}

/* A pass that took no time and had nothing to compute is none: it was done elsewhere. So is that
 * for the gradient of the image, which no one needs. */
static void add_pass(const report *r, size_t row, rl_profile_part part) {
    const rl_profile_row *from = &r->times->rows[row];
    const double ms = pass_ms(r, row, part);
    const uint64_t macs = pass_macs(r, row, part);
    const bool no_one_needs = from->reads_image && part == RL_PART_DATA_GRADIENT;
    if (no_one_needs || (ms == 0 && macs == 0))
        return;
    const rl_net_layer *layer = is_norm(part) ? &from->norm : &from->conv;
    if (!layer->name[0])
        layer = is_norm(part) ? &from->conv : &from->norm;
    const bool both = from->joint && part == RL_PART_WEIGHT_GRADIENT;
    rl_bench_layer *to = &r->bench->layers[r->bench->layer_count++];
    *to = (rl_bench_layer){.pass = both ? "gradients" : part_names[part],
                           .inputs = from->inputs,
                           .channels = layer->channels,
                           .height = layer->height,
                           .width = layer->width,
                           .macs = macs,
                           .layers = 1,
                           .ms = ms};
    memcpy(to->name, layer->name, sizeof to->name);
    memcpy(to->type, layer->type, sizeof to->type);
    memcpy(to->module, from->module, sizeof to->module);
}

static void add_layers(const report *r) {
    for (size_t row = 0; row < r->times->row_count; row++) {
        r->bench->macs += r->times->rows[row].conv.macs;
        for (rl_profile_part part = 0; part < RL_PART_COUNT; part++)
            if (r->training || is_forward(part))
                add_pass(r, row, part);
    }
}

static double part_seconds(const rl_bench_times *times, size_t step, rl_profile_part part) {
    double seconds = 0;
    for (size_t row = 0; row < times->row_count; row++)
        seconds += rl_bench_seconds(times, step, row, part);
    return seconds;
}

static double extra_seconds(const rl_bench_times *times, size_t step, int extra) {
    if (extra == EXTRA_LOSS)
        return times->loss[step];
    if (extra == EXTRA_OPTIMIZER)
        return times->optimizer[step];
    double rest = times->whole[step] - times->loss[step] - times->optimizer[step];
    for (rl_profile_part part = 0; part < RL_PART_COUNT; part++)
        rest -= part_seconds(times, step, part);
    return fmax(rest, 0); /* rounding, where nothing is left */
}

static void add_part(const report *r, const char *name) {
    r->bench->parts[r->bench->part_count++] =
        (rl_bench_part){.name = name, .ms = 1e3 * rl_median(r->values, r->times->steps)};
}

static void add_parts(const report *r) {
    static const char *const extra_names[EXTRA_COUNT] = {"loss", "optimizer", "rest"};
    const rl_bench_times *times = r->times;
    for (rl_profile_part part = 0; part < RL_PART_COUNT; part++) {
        for (size_t step = 0; step < times->steps; step++)
            r->values[step] = part_seconds(times, step, part);
        if (r->training || is_forward(part))
            add_part(r, part_names[part]);
    }
    for (int extra = r->training ? 0 : EXTRA_REST; extra < EXTRA_COUNT; extra++) {
        for (size_t step = 0; step < times->steps; step++)
            r->values[step] = extra_seconds(times, step, extra);
        add_part(r, extra_names[extra]);
    }
    double sum = 0;
    for (size_t i = 0; i < r->bench->part_count; i++)
        sum += r->bench->parts[i].ms;
    for (size_t i = 0; i < r->bench->part_count; i++)
        r->bench->parts[i].share = sum > 0 ? r->bench->parts[i].ms / sum : 0;
}

static bool same_work(const rl_bench_layer *a, const rl_bench_layer *b) {
    return a->inputs == b->inputs && a->channels == b->channels && a->height == b->height &&
           a->width == b->width && strcmp(a->type, b->type) == 0 && strcmp(a->pass, b->pass) == 0;
}

/* Keeps the passes of convolutions, those of one shape as one. */
static void reduce_to_shapes(rl_bench *bench) {
    size_t kept = 0;
    for (size_t i = 0; i < bench->layer_count; i++) {
        const rl_bench_layer layer = bench->layers[i];
        if (layer.macs == 0 || strcmp(layer.type, "linear") == 0)
            continue;
        size_t at = 0;
        while (at < kept && !same_work(&bench->layers[at], &layer))
            at++;
        if (at == kept) {
            bench->layers[kept++] = layer;
        } else {
            bench->layers[at].ms += layer.ms;
            bench->layers[at].layers++;
        }
    }
    bench->layer_count = kept;
    for (size_t i = 0; i < kept; i++)
        bench->layers[i].ms /= (double)bench->layers[i].layers;
}

static void rate_layers(rl_bench *bench) {
    for (size_t i = 0; i < bench->layer_count; i++) {
        rl_bench_layer *layer = &bench->layers[i];
        const bool counts = layer->macs > 0 && layer->ms > 0;
        layer->gflops = counts ? operations(bench, layer->macs) / layer->ms * 1e-6 : NAN;
        layer->share_of_peak = layer->gflops / bench->peak_gflops;
    }
}

static rl_status sum_up(rl_bench *bench, const rl_bench_times *times, rl_error *error) {
    const report r = {.bench = bench,
                      .times = times,
                      .training = bench->kind != RL_BENCH_INFER,
                      .values = rl_alloc(times->steps, sizeof(double))};
    bench->layers = rl_alloc(times->row_count * RL_PART_COUNT, sizeof *bench->layers);
    bench->parts = rl_alloc(RL_PART_COUNT + EXTRA_COUNT, sizeof *bench->parts);
    if (!r.values || !bench->layers || !bench->parts) {
        rl_free(r.values);
        return rl_fail_memory(error, "the figures of a bench");
    }
    memcpy(r.values, times->whole, times->steps * sizeof *r.values);
    bench->ms_per_step = 1e3 * rl_median(r.values, times->steps);
    bench->images_per_second = (double)bench->batch_size / bench->ms_per_step * 1e3;
    add_layers(&r);
    add_parts(&r);
    rl_free(r.values);
    bench->gflops =
        (r.training ? 3 : 1) * operations(bench, bench->macs) / bench->ms_per_step * 1e-6;
    bench->instruction_set = times->instruction_set;
    bench->threads = times->threads;
    bench->peak_memory_bytes = times->peak_memory;
    if (bench->kind == RL_BENCH_KERNELS)
        reduce_to_shapes(bench);
    return RL_OK;
}

static rl_status measure(rl_bench *bench, const rl_config *config, rl_error *error) {
    rl_bench_times times;
    rl_status status =
        rl_bench_take_steps(&times, config, bench->kind != RL_BENCH_INFER, bench->steps, error);
    if (status == RL_OK)
        status = sum_up(bench, &times, error);
    rl_bench_times_clear(&times);
    double flops;
    if (status == RL_OK)
        status = rl_measure_peak_flops(&flops, bench->threads, error);
    if (status == RL_OK) {
        bench->peak_gflops = flops * 1e-9;
        rate_layers(bench);
    }
    return status;
}

rl_status rl_bench_run(rl_bench **result, const rl_config *config, rl_bench_kind kind, size_t steps,
                       rl_error *error) {
    *result = NULL;
    rl_status status = rl_config_check(config, error);
    if (status != RL_OK)
        return status;
    if (steps > MAX_STEPS)
        return rl_fail(error, RL_ERROR_ARGUMENT, "a bench of %zu steps: expected at most %d", steps,
                       MAX_STEPS);
    rl_bench *bench = rl_alloc(1, sizeof *bench);
    if (!bench)
        return rl_fail_memory(error, "a bench");
    const size_t some = rl_min(AUTO_IMAGES / config->batch_size, AUTO_MAXIMUM);
    bench->kind = kind;
    bench->model = config->model;
    bench->batch_size = config->batch_size;
    bench->steps = steps > 0 ? steps : rl_max(some, AUTO_MINIMUM);
    rl_machine_cpu(bench->cpu, sizeof bench->cpu);
    status = measure(bench, config, error);
    if (status != RL_OK) {
        rl_bench_free(bench);
        return status;
    }
    *result = bench;
    return RL_OK;
}

void rl_bench_free(rl_bench *bench) {
    if (!bench)
        return;
    rl_free(bench->layers);
    rl_free(bench->parts);
    rl_free(bench);
}
