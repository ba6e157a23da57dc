/* reslab summary: the layers of a model, without making it. */
#include "commands.h"

#include "base/json.h"
#include "print.h"

#include <stdlib.h>
#include <string.h>

static const cli_flag flags[] = {
    {"classes", "N", "Number of classes (default 10)"}, {"json", NULL, "Print JSON"}, {0}};

/* The model's options, and those that decide the memory of a training step. `model` is the operand,
 * `init` would read weights. */
static bool takes(const rl_option *option) {
    if (strcmp(option->group, "Model") == 0)
        return strcmp(option->name, "model") != 0 && strcmp(option->name, "init") != 0;
    return strcmp(option->name, "batch-size") == 0 || strcmp(option->name, "optimizer") == 0;
}

static json_t *summary_json(const char *model, const rl_summary *summary) {
    json_t *layers = json_array();
    for (size_t i = 0; i < rl_summary_layer_count(summary); i++) {
        const rl_layer *layer = rl_summary_layer(summary, i);
        json_t *row =
            json_pack("{s:o, s:o, s:[III], s:I, s:I, s:I}", "name", json_text(layer->name), "type",
                      json_text(layer->type), "output", (json_int_t)layer->channels,
                      (json_int_t)layer->height, (json_int_t)layer->width, "parameters",
                      (json_int_t)layer->parameters, "macs", (json_int_t)layer->macs,
                      "output_bytes", (json_int_t)layer->output_bytes);
        rl_json_append(&layers, row);
    }
    return json_pack("{s:o, s:I, s:I, s:I, s:o}", "model", json_text(model),           //
                     "parameters", (json_int_t)rl_summary_parameters(summary),         //
                     "macs", (json_int_t)rl_summary_macs(summary),                     //
                     "training_bytes", (json_int_t)rl_summary_training_bytes(summary), //
                     "layers", layers);
}

static void print_layer(const rl_layer *layer) {
    char shape[64], parameters[32], macs[32], memory[32];
    snprintf(shape, sizeof shape, "%zu x %zu x %zu", layer->channels, layer->height, layer->width);
    format_grouped(parameters, sizeof parameters, layer->parameters);
    format_grouped(macs, sizeof macs, layer->macs);
    format_bytes(memory, sizeof memory, layer->output_bytes);
    printf("%-36s %-18s %14s %12s %13s %12s\n", layer->name, layer->type, shape, parameters, macs,
           memory);
}

static int print_summary(const rl_config *config, const rl_summary *summary) {
    char text[32];
    uint64_t macs = rl_summary_macs(summary);
    printf("%-36s %-18s %14s %12s %13s %12s\n", "layer", "type", "output", "parameters", "MACs",
           "memory");
    for (size_t i = 0; i < rl_summary_layer_count(summary); i++)
        print_layer(rl_summary_layer(summary, i));
    format_grouped(text, sizeof text, rl_summary_parameters(summary));
    printf("\nparameters       %s\n", text);
    format_grouped(text, sizeof text, macs);
    printf("MACs             %s an image (%.1f M multiply-adds)\n", text, (double)macs / 1e6);
    format_bytes(text, sizeof text, rl_summary_training_bytes(summary));
    printf("training memory  %s", text);
    printf(" at batch size %s", rl_config_get(config, "batch-size"));
    printf(" with %s\n", rl_config_get(config, "optimizer"));
    return EXIT_SUCCESS;
}

static int run_summary(const cli_arguments *arguments) {
    const char *model = arguments_operand(arguments, 0);
    uint64_t classes;
    if (!arguments_number(arguments, "classes", 10, 2, 1000000, &classes))
        return EXIT_USAGE;
    rl_error error;
    rl_summary *summary = NULL;
    rl_config *config = rl_config_create();
    int code;
    if (!config)
        return fail_memory();
    if (rl_config_set(config, "model", model, &error) != RL_OK ||
        arguments_apply(arguments, config, &error) != RL_OK ||
        rl_summary_create(&summary, config, classes, &error) != RL_OK)
        code = fail(&error);
    else if (arguments_flag(arguments, "json"))
        code = print_json(summary_json(model, summary));
    else
        code = print_summary(config, summary);
    rl_summary_free(summary);
    rl_config_free(config);
    return code;
}

const cli_command summary_command = {
    .name = "summary",
    .operands = "MODEL",
    .summary = "Print the layers, parameters and operations of a model",
    .notes = "MODEL is a name that the option --model of 'reslab train' takes. MACs are the\n"
             "multiply-adds of convolutions and the linear layer for one image.\n",
    .operands_minimum = 1,
    .operands_maximum = 1,
    .flags = flags,
    .takes = takes,
    .run = run_summary,
};
