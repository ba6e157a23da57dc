/* Weights of other programs: what a file of names and tensors does not say about its network is
 * taken from the options, and said. Width and classes are not taken but read: the tensors have
 * them. Nothing else is guessed from the tensors; names that show another model make a hint. */
#include "base/buffer.h"
#include "base/error.h"
#include "base/text.h"
#include "nn/activation.h"
#include "run/config.h"
#include "run/model_file.h"

#include <string.h>

/* a byte: weights of another network than the options name get as far as a list of differences */
#define MOST_PARAMETERS 8.0

/* *size = the first dimension of a tensor that every network of ours has. */
static rl_status read_first_dimension(size_t *size, const rl_safetensors *file, const char *path,
                                      const char *name, size_t rank, size_t maximum,
                                      const rl_model_spec *spec, rl_error *error) {
    const rl_tensor *tensor = rl_model_weights_find(file, name);
    const char *hint = rl_model_weights_hint(file, spec);
    if (!tensor)
        return rl_fail(error, RL_ERROR_MISMATCH,
                       "%s: has no tensor '%s', expected the names of the usual CIFAR ResNet in "
                       "PyTorch%s%s",
                       path, name, hint ? "; " : "", hint ? hint : "");
    if (tensor->rank != rank || tensor->shape[0] < 1 || tensor->shape[0] > maximum)
        return rl_fail(error, RL_ERROR_MISMATCH,
                       "%s: tensor '%s' is no weight of this network, expected %zu dimensions, the "
                       "first from 1 to %zu",
                       path, name, rank, maximum);
    *size = (size_t)tensor->shape[0];
    return RL_OK;
}

static rl_status find_normalization(rl_normalization *normalization, const char *path,
                                    const rl_config *config, const rl_dataset *data,
                                    rl_error *error) {
    if (!data && strcmp(config->normalize, "dataset") == 0)
        return rl_fail(error, RL_ERROR_ARGUMENT,
                       "%s: does not say how its images were normalised; give --normalize cifar10, "
                       "imagenet or none, or --data with the images it was trained on",
                       path);
    return rl_normalization_find(normalization, config->normalize, data, error);
}

/* The names of the classes, of which the tensors say how many there are. */
static rl_status name_classes(rl_model_info *info, size_t count, const char *path,
                              const rl_dataset *data, rl_error *error) {
    if (data && rl_dataset_class_count(data) != count)
        return rl_fail(error, RL_ERROR_MISMATCH, "%s: is for %zu classes, but the data have %zu",
                       path, count, rl_dataset_class_count(data));
    return rl_model_info_name_classes(info, count, data, error);
}

rl_status rl_model_info_assume(rl_model_info *info, const rl_safetensors *file, const char *path,
                               const rl_config *config, const rl_dataset *data, rl_error *error) {
    size_t width = 0, classes = 0;
    *info = (rl_model_info){0};
    rl_model_spec spec;
    rl_config_model_spec(config, 2, &spec);
    rl_status status = rl_config_check(config, error);
    if (status == RL_OK)
        status =
            read_first_dimension(&width, file, path, "conv1.weight", 4, RL_MAX_WIDTH, &spec, error);
    if (status == RL_OK)
        status = read_first_dimension(&classes, file, path, "linear.weight", 2, UINT16_MAX, &spec,
                                      error);
    if (status == RL_OK) {
        info->spec = spec;
        info->spec.width = width;
        status = name_classes(info, classes, path, data, error);
    }
    if (status == RL_OK)
        status = rl_model_info_check_size(&info->spec, file, path, "its tensors' shapes",
                                          MOST_PARAMETERS, error);
    if (status == RL_OK)
        status = find_normalization(&info->normalization, path, config, data, error);
    if (status != RL_OK)
        rl_model_info_clear(info);
    return status;
}

rl_status rl_model_info_assumptions(char **line, const rl_model_info *info, const char *path,
                                    const rl_config *config, rl_error *error) {
    const rl_model_spec *spec = &info->spec;
    char slope[32];
    rl_buffer text = {0};
    rl_buffer_print(&text, "%s does not say which network it is: taken for %s, activation %s", path,
                    spec->model, rl_activations[spec->activation].name);
    if (spec->activation == RL_ACTIVATION_LEAKY_RELU)
        rl_buffer_print(&text, " with slope %s",
                        rl_text_from_double(slope, sizeof slope, config->negative_slope));
    if (strstr(spec->model, "ghost"))
        rl_buffer_print(&text, ", ghost ratio %zu, depthwise size %zu, %s inside",
                        spec->ghost_ratio, spec->ghost_dw_size,
                        spec->ghost_activation_follows_model ? "the same" : "relu");
    rl_buffer_print(&text, ", pixels normalised by '%s'; its shapes say width %zu, %zu classes",
                    config->normalize, spec->width, spec->class_count);
    *line = NULL;
    const rl_status status = rl_buffer_status(&text, "a line about a model", error);
    if (status == RL_OK)
        *line = text.text; /* rl_free releases it */
    else
        rl_buffer_clear(&text);
    return status;
}
