/* The formats that models are exported in, and what of the options each has. */
#include "run/export.h"

#include "base/error.h"
#include "base/text.h"

#include <string.h>

enum { DEFAULT_OPSET = 17 }; /* what runtimes in use have known for years */

/* 20 has an operator for GELU; its file is of a version that runtimes before 2023 refuse. */
static const int opsets[] = {17, 20};

static rl_status save_safetensors(const rl_model *model, const char *path,
                                  const rl_export_options *options, rl_error *error) {
    (void)options;
    return rl_model_save(model, path, error);
}

static const struct {
    const char *name;
    rl_export_writer *write;
    bool is_graph; /* has opset, fold_batch_norm, pixels, softmax */
} formats[] = {
    {"onnx", rl_export_onnx, true},
    {"safetensors", save_safetensors, false},
};
enum { FORMAT_COUNT = sizeof formats / sizeof *formats };

static rl_status unknown_format(const char *format, rl_error *error) {
    const char *names[FORMAT_COUNT];
    char valid[64];
    for (size_t i = 0; i < FORMAT_COUNT; i++)
        names[i] = formats[i].name;
    rl_text_list(valid, sizeof valid, names, FORMAT_COUNT);
    return rl_fail(error, RL_ERROR_ARGUMENT, "format '%s' is unknown; expected %s", format, valid);
}

static rl_status check_graph_options(rl_export_options *options, rl_error *error) {
    if (options->opset == 0)
        options->opset = DEFAULT_OPSET;
    for (size_t i = 0; i < sizeof opsets / sizeof *opsets; i++)
        if (opsets[i] == options->opset)
            return RL_OK;
    return rl_fail(error, RL_ERROR_ARGUMENT, "opset %d is not written; expected %d or %d",
                   options->opset, opsets[0], opsets[1]);
}

const char *rl_export_format_name(size_t index) {
    return index < FORMAT_COUNT ? formats[index].name : NULL;
}

/* The row of a format's name; without one, of what follows the last dot of `path`, else the first.
 * FORMAT_COUNT for an unknown name. */
static size_t find_format(const char *name, const char *path) {
    const char *dot = strrchr(path, '.');
    const char *wanted = name ? name : dot ? dot + 1 : "";
    size_t row = 0;
    while (row < FORMAT_COUNT && strcmp(formats[row].name, wanted) != 0)
        row++;
    return row == FORMAT_COUNT && !name ? 0 : row;
}

rl_status rl_model_export(const rl_model *model, const char *path, const rl_export_options *options,
                          rl_error *error) {
    rl_export_options used = options ? *options : (rl_export_options){0};
    const size_t row = find_format(used.format, path);
    if (row == FORMAT_COUNT)
        return unknown_format(used.format, error);
    if (!formats[row].is_graph &&
        (used.opset || used.fold_batch_norm || used.pixels || used.softmax))
        return rl_fail(error, RL_ERROR_ARGUMENT,
                       "format '%s' holds weights and no operators: opset, fold-bn, pixels and "
                       "softmax are for onnx",
                       formats[row].name);
    if (formats[row].is_graph) {
        const rl_status status = check_graph_options(&used, error);
        if (status != RL_OK)
            return status;
    }
    return formats[row].write(model, path, &used, error);
}
