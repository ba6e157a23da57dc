#include "bench_output.h"

#include "base/json.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static void print_rate(double gflops, double share) {
    if (isnan(gflops))
        printf(" %9s %8s", "-", "-");
    else
        printf(" %9.1f %7.1f%%", gflops, 100 * share);
}

static void print_header(const bench_report *report) {
    const rl_bench *bench = report->bench;
    char text[32];
    printf("model    %s, width ", bench->model);
    printf("%s, ", rl_config_get(report->config, "width"));
    printf("%s: ", rl_config_get(report->config, "activation"));
    format_grouped(text, sizeof text, bench->macs);
    printf("%s multiply-adds an image\nmachine  ", text);
    print_text(stdout, bench->cpu);
    printf(", %d thread%s, %s kernels: at most %.1f GFLOP/s, measured in registers\n",
           bench->threads, bench->threads == 1 ? "" : "s", bench->instruction_set,
           bench->peak_gflops);
    printf("step     %.3f ms for %zu image%s (median of %zu): %.1f images/s\n", bench->ms_per_step,
           bench->batch_size, bench->batch_size == 1 ? "" : "s", bench->steps,
           bench->images_per_second);
    printf("         %.1f GFLOP/s direct-equivalent, %.1f%% of the peak\n", bench->gflops,
           100 * bench->gflops / bench->peak_gflops);
    format_bytes(text, sizeof text, bench->peak_memory_bytes);
    printf("memory   %s at most\n", text);
}

static void print_layers(const rl_bench *bench) {
    printf("\n%-34s %-14s %-15s %10s %9s %8s\n", "layer", "type", "pass", "ms", "GFLOP/s",
           "of peak");
    for (size_t i = 0; i < bench->layer_count; i++) {
        const rl_bench_layer *layer = &bench->layers[i];
        printf("%-34s %-14s %-15s %10.3f", layer->name, layer->type, layer->pass, layer->ms);
        print_rate(layer->gflops, layer->share_of_peak);
        putchar('\n');
    }
}

static void print_parts(const rl_bench *bench) {
    printf("\n%-34s %10s %9s\n", "where the step's time goes", "ms", "share");
    for (size_t i = 0; i < bench->part_count; i++) {
        const rl_bench_part *part = &bench->parts[i];
        printf("%-34s %10.3f %8.1f%%\n", part->name, part->ms, 100 * part->share);
    }
}

/* The passes of a shape stand next to each other under the name of its first layer; a line for
 * them all. Returns how many there are. */
/* Gradients that one pass computes together have one rate. */
static size_t print_shape(const rl_bench *bench, size_t first) {
    static const char *const passes[] = {"forward", "weight gradient", "data gradient"};
    const rl_bench_layer *layer = &bench->layers[first];
    char channels[48], output[48];
    snprintf(channels, sizeof channels, "%zu -> %zu", layer->inputs, layer->channels);
    snprintf(output, sizeof output, "%zu x %zu", layer->height, layer->width);
    printf("%-15s %12s %9s %6zu ", layer->type, channels, output, layer->layers);
    size_t end = first;
    while (end < bench->layer_count && strcmp(bench->layers[end].name, layer->name) == 0)
        end++;
    for (size_t pass = 0; pass < sizeof passes / sizeof *passes; pass++) {
        double gflops = NAN, share = NAN;
        for (size_t i = first; i < end; i++)
            if (strcmp(bench->layers[i].pass, passes[pass]) == 0 ||
                (pass > 0 && strcmp(bench->layers[i].pass, "gradients") == 0)) {
                gflops = bench->layers[i].gflops;
                share = bench->layers[i].share_of_peak;
            }
        print_rate(gflops, share);
    }
    putchar('\n');
    return end - first;
}

static void print_shapes(const rl_bench *bench) {
    printf("\nGFLOP/s, share of the peak%19s %18s %18s %18s\n", "", "forward", "weight gradient",
           "data gradient");
    printf("%-15s %12s %9s %6s\n", "convolution", "channels", "output", "layers");
    for (size_t i = 0; i < bench->layer_count;)
        i += print_shape(bench, i);
}

static void print_pair(const char *name, const rl_bench_pair *pair) {
    printf("%-15s %10.3f %10.3f %7.2fx %9.3f %8.3f %9.3f %8.3f %8.3f %7.2fx\n", name,
           (double)pair->plain_macs * 1e-6, (double)pair->ghost_macs * 1e-6,
           (double)pair->plain_macs / (double)pair->ghost_macs, pair->plain_ms, pair->plain_norm_ms,
           pair->ghost_ms, pair->ghost_cheap_ms, pair->ghost_norm_ms,
           pair->plain_ms / pair->ghost_ms);
}

static void print_comparison(const bench_report *report) {
    const rl_bench *plain = report->plain, *ghost = report->bench;
    const rl_bench_comparison *comparison = report->comparison;
    printf(
        "\nwhat the Ghost Modules save against %s: millions of multiply-adds an image; ms a step, "
        "of\nwhich the cheap depthwise convolutions and the norm passes take\n\n",
        plain->model);
    printf("%-15s %10s %10s %8s %9s %8s %9s %8s %8s %8s\n", "module", "plain MACs", "ghost MACs",
           "theory", "plain ms", "norms", "ghost ms", "cheap", "norms", "measured");
    for (size_t i = 0; i < comparison->count; i++)
        print_pair(comparison->pairs[i].name, &comparison->pairs[i]);
    print_pair("these together", &comparison->total);
    printf("%-15s %10.3f %10.3f %7.2fx %9.3f %8s %9.3f %8s %8s %7.2fx\n", "whole network",
           (double)plain->macs * 1e-6, (double)ghost->macs * 1e-6,
           (double)plain->macs / (double)ghost->macs, plain->ms_per_step, "", ghost->ms_per_step,
           "", "", plain->ms_per_step / ghost->ms_per_step);
}

int bench_print(const bench_report *report) {
    print_header(report);
    if (report->bench->kind == RL_BENCH_KERNELS) {
        print_shapes(report->bench);
        return EXIT_SUCCESS;
    }
    print_layers(report->bench);
    print_parts(report->bench);
    if (report->comparison)
        print_comparison(report);
    return EXIT_SUCCESS;
}

static json_t *layers_json(const rl_bench *bench) {
    json_t *rows = json_array();
    for (size_t i = 0; i < bench->layer_count; i++) {
        const rl_bench_layer *layer = &bench->layers[i];
        json_t *row = json_pack(
            "{s:o, s:o, s:s, s:I, s:[III], s:I, s:I, s:o, s:o, s:o}", "name",
            json_text(layer->name), "type", json_text(layer->type), "pass", layer->pass, "inputs",
            (json_int_t)layer->inputs, "output", (json_int_t)layer->channels,
            (json_int_t)layer->height, (json_int_t)layer->width, "macs", (json_int_t)layer->macs,
            "layers", (json_int_t)layer->layers, "ms", json_number(layer->ms), "gflops",
            json_number(layer->gflops), "share_of_peak", json_number(layer->share_of_peak));
        rl_json_append(&rows, row);
    }
    return rows;
}

static json_t *parts_json(const rl_bench *bench) {
    json_t *rows = json_array();
    for (size_t i = 0; i < bench->part_count; i++)
        rl_json_append(&rows, json_pack("{s:s, s:o, s:o}", "name", bench->parts[i].name, "ms",
                                        json_number(bench->parts[i].ms), "share",
                                        json_number(bench->parts[i].share)));
    return rows;
}

static json_t *pair_json(const char *name, const rl_bench_pair *pair) {
    return json_pack(
        "{s:o, s:I, s:I, s:o, s:o, s:o, s:o, s:o}", "name", json_text(name), "plain_macs",
        (json_int_t)pair->plain_macs, "ghost_macs", (json_int_t)pair->ghost_macs, "plain_ms",
        json_number(pair->plain_ms), "ghost_ms", json_number(pair->ghost_ms), "plain_norm_ms",
        json_number(pair->plain_norm_ms), "ghost_norm_ms", json_number(pair->ghost_norm_ms),
        "ghost_cheap_ms", json_number(pair->ghost_cheap_ms));
}

static json_t *comparison_json(const bench_report *report) {
    const rl_bench_comparison *comparison = report->comparison;
    json_t *modules = json_array();
    for (size_t i = 0; i < comparison->count; i++)
        rl_json_append(&modules, pair_json(comparison->pairs[i].name, &comparison->pairs[i]));
    return json_pack("{s:s, s:I, s:o, s:o, s:o}", "model", report->plain->model, "macs",
                     (json_int_t)report->plain->macs, "ms_per_step",
                     json_number(report->plain->ms_per_step), "modules", modules, "total",
                     pair_json("total", &comparison->total));
}

int bench_print_json(const bench_report *report) {
    const rl_bench *bench = report->bench;
    json_t *object = json_pack(
        "{s:s, s:s, s:I, s:s, s:I, s:I, s:i, s:s, s:o, s:s, s:I, s:o, s:o, s:o, s:o, s:o, s:I}",
        "command", report->command, "model", bench->model, "width",
        (json_int_t)strtoull(rl_config_get(report->config, "width"), NULL, 10), "activation",
        rl_config_get(report->config, "activation"), "batch_size", (json_int_t)bench->batch_size,
        "repeats", (json_int_t)bench->steps, "threads", bench->threads, "isa",
        bench->instruction_set, "cpu", json_text(bench->cpu), "version", rl_version(), "macs",
        (json_int_t)bench->macs, "ms_per_step", json_number(bench->ms_per_step),
        "images_per_second", json_number(bench->images_per_second), "gflops",
        json_number(bench->gflops), "peak_gflops", json_number(bench->peak_gflops), "share_of_peak",
        json_number(bench->gflops / bench->peak_gflops), "peak_memory_bytes",
        (json_int_t)bench->peak_memory_bytes);
    rl_json_set(&object, "parts", parts_json(bench));
    rl_json_set(&object, "layers", layers_json(bench));
    if (report->comparison)
        rl_json_set(&object, "plain", comparison_json(report));
    return print_json(object);
}
