/* reslab export: a trained model for other programs. */
#include "commands.h"

#include "load_model.h"
#include "print.h"

#include <stdlib.h>
#include <string.h>

static const cli_flag flags[] = {
    {"output", "FILE", "File to write (-o); needed"},
    {"format", "NAME", "onnx or safetensors (default: what FILE ends in, else onnx)"},
    {"opset", "N", "ONNX: version of the operators, 17 or 20 (default 17)"},
    {"fold-bn", NULL, "ONNX: fold batch norms into the convolutions before them"},
    {"pixels", NULL, "ONNX: take pixels, uint8 0..255, and normalise them in the graph"},
    {"softmax", NULL, "ONNX: give probabilities instead of logits"},
    {0}};

static bool takes(const rl_option *option) {
    return strcmp(option->name, "threads") == 0 || option_is_of_data(option) ||
           option_describes_weights(option);
}

static int run_export(const cli_arguments *arguments) {
    const char *path = arguments_flag(arguments, "output");
    uint64_t opset;
    if (!path)
        return usage_error("option '--output' is needed: the file to write");
    if (!arguments_number(arguments, "opset", 0, 1, 1000, &opset))
        return EXIT_USAGE;
    const rl_export_options options = {.format = arguments_flag(arguments, "format"),
                                       .opset = (int)opset,
                                       .fold_batch_norm = arguments_flag(arguments, "fold-bn"),
                                       .pixels = arguments_flag(arguments, "pixels"),
                                       .softmax = arguments_flag(arguments, "softmax")};
    rl_error error;
    rl_model *model;
    if (rl_output_check(path, &error) != RL_OK)
        return fail(&error);
    int code = load_model(arguments, arguments_operand(arguments, 0), &model);
    if (code == EXIT_SUCCESS && rl_model_export(model, path, &options, &error) != RL_OK)
        code = fail(&error);
    rl_model_free(model);
    return code;
}

const cli_command export_command = {
    .name = "export",
    .operands = "RUN_OR_FILE",
    .summary = "Write a trained model for other programs: ONNX",
    .notes = "The ONNX model takes \"images\", [batch, 3, 32, 32]: float, normalised as its\n"
             "metadata say, or pixels with --pixels. It gives \"logits\", or with --softmax\n"
             "\"probabilities\", [batch, classes]. Class names are in its metadata.\n"
             "Weights that another program saved do not say what they are: --model,\n"
             "--activation and --normalize do then, and --data gives the names of the classes.\n"
             "With --format safetensors the file that is written says it.\n",
    .operands_minimum = 1,
    .operands_maximum = 1,
    .flags = flags,
    .takes = takes,
    .run = run_export,
};
