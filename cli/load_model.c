/* A file of reslab's describes itself, and options that say otherwise are refused rather than
 * ignored; for a file of another program they count, and what was taken for granted is said. */
#include "load_model.h"

#include "place.h"
#include "print.h"

#include <stdlib.h>
#include <string.h>

bool option_describes_weights(const rl_option *option) {
    static const char *const names[] = {
        "model",         "activation",     "negative-slope",   "ghost-ratio",
        "ghost-dw-size", "ghost-outer-bn", "ghost-activation", "normalize"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(option->name, names[i]) == 0)
            return true;
    return false;
}

/* The first given option that has no use for a file that describes itself; NULL for none. */
static const char *useless_option(const cli_arguments *arguments, bool data_are_used) {
    const rl_option *option;
    for (size_t i = 0; (option = rl_option_at(i)); i++)
        if ((option_describes_weights(option) || (!data_are_used && option_is_of_data(option))) &&
            arguments_gives(arguments, option->name))
            return option->name;
    return NULL;
}

static int load(const cli_arguments *arguments, const char *path, const rl_config *config,
                const rl_dataset *data, bool data_are_used, rl_model **model) {
    rl_error error;
    if (rl_model_load_as(model, path, config, data, &error) != RL_OK)
        return fail(&error);
    const char *assumed = rl_model_assumptions(*model);
    if (assumed) {
        print_error("%s", assumed);
        return EXIT_SUCCESS;
    }
    const char *useless = useless_option(arguments, data_are_used);
    if (!useless)
        return EXIT_SUCCESS;
    rl_model_free(*model);
    *model = NULL;
    return usage_error("option '--%s' is for weights that do not say what they are; '%s' does",
                       useless, path);
}

int load_model_for(const cli_arguments *arguments, const char *path, const rl_config *config,
                   const rl_dataset *data, rl_model **model) {
    return load(arguments, path, config, data, true, model);
}

int load_model(const cli_arguments *arguments, const char *path, rl_model **model) {
    rl_error error;
    rl_dataset *data = NULL;
    *model = NULL;
    if (place_expect_model(path) != EXIT_SUCCESS)
        return EXIT_FAILURE;
    rl_config *config = rl_config_create();
    if (!config)
        return fail_memory();
    int code;
    if (arguments_apply(arguments, config, &error) != RL_OK ||
        (arguments_gives(arguments, "data") &&
         rl_dataset_open_config(&data, config, &error) != RL_OK))
        code = fail(&error);
    else
        code = load(arguments, path, config, data, false, model);
    rl_dataset_free(data);
    rl_config_free(config);
    return code;
}
