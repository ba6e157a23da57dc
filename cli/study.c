/* Opens studies for the commands on them. */
#include "study.h"

#include "print.h"

#include <stdlib.h>
#include <string.h>

bool study_takes(const rl_option *option) {
    return strcmp(option->name, "seed") != 0 && strcmp(option->name, "out") != 0;
}

int study_open(const cli_arguments *arguments, rl_study **study) {
    rl_error error;
    *study = NULL;
    const char **overrides = arguments_pairs(arguments);
    if (!overrides)
        return fail_memory();
    const rl_status status =
        rl_study_open_with(study, arguments_operand(arguments, 0), overrides, &error);
    free(overrides);
    return status == RL_OK ? EXIT_SUCCESS : fail(&error);
}
