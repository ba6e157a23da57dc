/* reslab plot: curves of runs over epochs, as a picture. */
#include "commands.h"

#include "base/text.h"
#include "print.h"

#include <stdlib.h>
#include <string.h>

static const cli_flag flags[] = {
    {"curve", "NAME",
     "What to draw: train-loss, test-loss, train-accuracy or test-accuracy (default "
     "test-accuracy)"},
    {"log", NULL, "Draw a logarithmic scale"},
    {"output", "FILE", "Where to write the picture: a name that ends in .svg or .png"},
    {0}};

static const char *const curve_names[] = {
    [RL_CURVE_TRAIN_LOSS] = "train-loss",
    [RL_CURVE_TEST_LOSS] = "test-loss",
    [RL_CURVE_TRAIN_ACCURACY] = "train-accuracy",
    [RL_CURVE_TEST_ACCURACY] = "test-accuracy",
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

static int read_and_plot(const cli_arguments *arguments, rl_run_record **runs, size_t curve,
                         const char *path) {
    const size_t count = arguments_operand_count(arguments);
    rl_error error;
    for (size_t i = 0; i < count; i++)
        if (rl_run_record_read(&runs[i], arguments_operand(arguments, i), &error) != RL_OK)
            return fail(&error);
    const bool log_scale = arguments_flag(arguments, "log");
    if (rl_plot_runs((const rl_run_record *const *)runs, count, (rl_curve)curve, log_scale, path,
                     &error) != RL_OK)
        return fail(&error);
    return EXIT_SUCCESS;
}

static int run(const cli_arguments *arguments) {
    const char *name = arguments_flag(arguments, "curve");
    const size_t curve = name ? find_curve(name) : RL_CURVE_TEST_ACCURACY;
    if (curve == CURVE_COUNT)
        return EXIT_USAGE;
    const char *path = arguments_flag(arguments, "output");
    if (!path)
        return usage_error("--output is missing: the file to write, .svg or .png");
    const size_t count = arguments_operand_count(arguments);
    rl_run_record **runs = calloc(count, sizeof(rl_run_record *));
    if (!runs)
        return fail_memory();
    const int code = read_and_plot(arguments, runs, curve, path);
    for (size_t i = 0; i < count; i++)
        rl_run_record_free(runs[i]);
    free(runs);
    return code;
}

const cli_command plot_command = {
    .name = "plot",
    .operands = "RUN...",
    .summary = "Draw curves of runs over epochs",
    .notes = "RUN is a run directory; a run in progress shows what it has so far.\n",
    .operands_minimum = 1,
    .operands_maximum = SIZE_MAX,
    .flags = flags,
    .run = run,
};
