/* reslab bench: how fast a model runs on this machine, and where the time goes. */
#include "commands.h"

#include "base/text.h"
#include "bench_output.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_REPEATS = 10000 };

static const cli_flag flags[] = {
    {"repeats", "N",
     "Timed steps, after one to warm up (1 to 10000; default as many as 640 images make, 5 to "
     "100)"},
    {"alone", NULL, "Of a Ghost model, do not time the plain one beside it"},
    {"json", NULL, "Print JSON"},
    {0}};

static const char *const kind_names[] = {"train", "infer", "kernels"};
static const rl_bench_kind kinds[] = {RL_BENCH_TRAIN, RL_BENCH_INFER, RL_BENCH_KERNELS};
enum { KIND_COUNT = sizeof kinds / sizeof *kinds };

/* The model's options, and how it is run. `init` would read weights. */
static bool takes(const rl_option *option) {
    if (strcmp(option->group, "Model") == 0)
        return strncmp(option->name, "init", 4) != 0;
    return strcmp(option->name, "batch-size") == 0 || strcmp(option->name, "threads") == 0;
}

/* The kind that `word` names; NULL: the first. Prints what is wrong and returns false otherwise. */
static bool find_kind(const char *word, size_t *index) {
    for (*index = 0; word && *index < KIND_COUNT; ++*index)
        if (strcmp(word, kind_names[*index]) == 0)
            return true;
    if (!word)
        return true;
    char list[64];
    const char *nearest = rl_text_nearest(word, kind_names, KIND_COUNT);
    rl_text_list(list, sizeof list, kind_names, KIND_COUNT);
    usage_error("unknown bench '%s'; expected %s%s%s%s", word, list,
                nearest ? " (did you mean '" : "", nearest ? nearest : "", nearest ? "'?)" : "");
    return false;
}

static int print_report(const cli_arguments *arguments, const bench_report *report) {
    return arguments_flag(arguments, "json") ? bench_print_json(report) : bench_print(report);
}

/* Times the network without Ghost Modules too, and prints both. */
static int compare_with_plain(const cli_arguments *arguments, bench_report *report,
                              const char *plain_model) {
    rl_error error;
    rl_bench *plain = NULL;
    rl_bench_comparison *comparison = NULL;
    rl_config *config = rl_config_copy(report->config);
    int code;
    if (!config)
        return fail_memory();
    if (rl_config_set(config, "model", plain_model, &error) != RL_OK ||
        rl_bench_run(&plain, config, report->bench->kind, report->bench->steps, &error) != RL_OK ||
        rl_bench_compare(&comparison, plain, report->bench, &error) != RL_OK) {
        code = fail(&error);
    } else {
        report->plain = plain;
        report->comparison = comparison;
        code = print_report(arguments, report);
    }
    rl_bench_comparison_free(comparison);
    rl_bench_free(plain);
    rl_config_free(config);
    return code;
}

static int bench(const cli_arguments *arguments, const rl_config *config, size_t kind,
                 size_t repeats) {
    rl_error error;
    rl_bench *measured;
    if (rl_bench_run(&measured, config, kinds[kind], repeats, &error) != RL_OK)
        return fail(&error);
    bench_report report = {.command = kind_names[kind], .config = config, .bench = measured};
    const char *plain = rl_bench_plain_model(measured->model);
    bool compares = plain && kinds[kind] != RL_BENCH_KERNELS && !arguments_flag(arguments, "alone");
    int code =
        compares ? compare_with_plain(arguments, &report, plain) : print_report(arguments, &report);
    rl_bench_free(measured);
    return code;
}

static int run_bench(const cli_arguments *arguments) {
    size_t kind;
    uint64_t repeats;
    if (!find_kind(arguments_operand(arguments, 0), &kind) ||
        !arguments_number(arguments, "repeats", 0, 1, MAX_REPEATS, &repeats))
        return EXIT_USAGE;
    rl_config *config = rl_config_create();
    if (!config)
        return fail_memory();
    rl_error error;
    int code = arguments_apply(arguments, config, &error) == RL_OK
                   ? bench(arguments, config, kind, repeats)
                   : fail(&error);
    rl_config_free(config);
    return code;
}

const cli_command bench_command = {
    .name = "bench",
    .operands = "[train|infer|kernels]",
    .summary = "Time a model on this machine, layer by layer, on random images",
    .notes =
        "train (the default) times training steps: forward, loss, backward, the optimizer\n"
        "momentum. infer times forward passes. kernels times training steps and reports the\n"
        "shapes of convolutions only. Run nothing else meanwhile.\n"
        "\n"
        "All times are medians over the timed steps. GFLOP/s are direct-equivalent: two\n"
        "operations for each multiply-add of the direct algorithm, whichever algorithm ran; a\n"
        "training step counts three times its forward pass. The peak is measured too: what\n"
        "the same threads and instruction set do in registers. Norm passes are what batch norm,\n"
        "residual and activation take as passes of their own.\n"
        "\n"
        "Of a Ghost model, train and infer time the plain model as well, and print for each\n"
        "Ghost Module what it saves in multiply-adds and in time.\n",
    .operands_minimum = 0,
    .operands_maximum = 1,
    .flags = flags,
    .takes = takes,
    .run = run_bench,
};
