/* reslab weights: does a file of weights fit a network, and if not, why not. */
#include "commands.h"

#include "load_model.h"
#include "place.h"
#include "print.h"

#include <stdlib.h>
#include <string.h>

static bool takes(const rl_option *option) {
    return option_describes_weights(option) && strcmp(option->name, "normalize") != 0;
}

static void print_line(const char *line, void *context) {
    ++*(size_t *)context;
    print_text(stdout, line);
    putchar('\n');
}

static int run_weights(const cli_arguments *arguments) {
    const char *path = arguments_operand(arguments, 0);
    rl_error error;
    if (place_expect(path, PLACE(RL_PATH_FILE), "a file of weights") != EXIT_SUCCESS)
        return EXIT_FAILURE;
    rl_config *config = rl_config_create();
    if (!config)
        return fail_memory();
    size_t differences = 0;
    rl_status status = arguments_apply(arguments, config, &error);
    if (status == RL_OK)
        status = rl_weights_compare(path, config, print_line, &differences, &error);
    rl_config_free(config);
    if (status != RL_OK && differences == 0)
        return fail(&error);
    if (differences == 0)
        puts("The weights fit.");
    return differences ? EXIT_FAILURE : EXIT_SUCCESS;
}

const cli_command weights_command = {
    .name = "weights",
    .operands = "FILE",
    .summary = "List in what a file of weights differs from a network",
    .notes = "FILE is a safetensors file: reslab's own, which says which network it is, or one of\n"
             "another program, for which --model does. Width and number of classes are the\n"
             "file's. Every tensor that is missing, has another shape or type, or belongs to no\n"
             "layer is a line; the exit code is 1 where there are any.\n",
    .operands_minimum = 1,
    .operands_maximum = 1,
    .takes = takes,
    .run = run_weights,
};
