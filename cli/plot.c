/* reslab plot: curves of runs over epochs, as a picture. */
#include "commands.h"

#include "base/text.h"
#include "print.h"
#include "run_list.h"

#include <stdlib.h>
#include <string.h>

static const cli_flag flags[] = {
    {"curve", "NAME",
     "What to draw: train-loss (what each run lowers), train-cross-entropy (without label "
     "smoothing), test-loss, train-accuracy or test-accuracy (default test-accuracy)"},
    {"log", NULL, "Draw a logarithmic scale"},
    {"output", "FILE", "Where to write the picture: a name that ends in .svg or .png"},
    {0}};

static const char *const curve_names[] = {
    [RL_CURVE_TRAIN_LOSS] = "train-loss",
    [RL_CURVE_TEST_LOSS] = "test-loss",
    [RL_CURVE_TRAIN_ACCURACY] = "train-accuracy",
    [RL_CURVE_TEST_ACCURACY] = "test-accuracy",
    [RL_CURVE_TRAIN_CROSS_ENTROPY] = "train-cross-entropy",
};
enum { CURVE_COUNT = sizeof curve_names / sizeof *curve_names };

/* CURVE_COUNT, after saying so, where there is no such curve. */
static size_t find_curve(const char *name) {
    for (size_t i = 0; i < CURVE_COUNT; i++)
        if (strcmp(name, curve_names[i]) == 0)
            return i;
    char list[100];
    rl_text_list(list, sizeof list, curve_names, CURVE_COUNT);
    usage_error("--curve: '%s' is no curve; expected %s", name, list);
    return CURVE_COUNT;
}

static int plot(const cli_arguments *arguments, const run_list *runs, size_t curve,
                const char *path) {
    rl_error error;
    const bool log_scale = arguments_flag(arguments, "log");
    if (rl_plot_runs((const rl_run_record *const *)runs->records, runs->count, (rl_curve)curve,
                     log_scale, path, &error) != RL_OK)
        return fail(&error);
    return runs->code;
}

static int run(const cli_arguments *arguments) {
    const char *name = arguments_flag(arguments, "curve");
    const size_t curve = name ? find_curve(name) : RL_CURVE_TEST_ACCURACY;
    if (curve == CURVE_COUNT)
        return EXIT_USAGE;
    const char *path = arguments_flag(arguments, "output");
    if (!path)
        return usage_error("--output is missing: the file to write, .svg or .png");
    rl_error error;
    if (rl_output_check(path, &error) != RL_OK)
        return fail(&error);
    run_list runs;
    int code = run_list_read(arguments, &runs);
    if (code == 0)
        code = plot(arguments, &runs, curve, path);
    run_list_free(&runs);
    return code;
}

const cli_command plot_command = {
    .name = "plot",
    .operands = "RUN...",
    .summary = "Draw curves of runs over epochs",
    .notes =
        "RUN is a run directory, or the folder of a study, which stands for its runs; a run in\n"
        "progress shows what it has so far. One that diverged is said to have, and has no point\n"
        "where a figure is not finite.\n",
    .operands_minimum = 1,
    .operands_maximum = SIZE_MAX,
    .flags = flags,
    .run = run,
};
