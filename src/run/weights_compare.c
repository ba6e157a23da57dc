/* All differences between a file of weights and a network, for those who have to find out why
 * weights do not load. Makes no network: it needs no more memory than the file. */
#include "base/error.h"
#include "run/config.h"
#include "run/model_file.h"

#include <string.h>

/* The first dimension of a tensor, where it can be the size asked for. */
static size_t first_dimension(const rl_safetensors *file, const char *name, size_t smallest,
                              size_t largest, size_t fallback) {
    const rl_tensor *tensor = rl_model_weights_find(file, name);
    if (!tensor || tensor->rank == 0 || tensor->shape[0] < smallest || tensor->shape[0] > largest)
        return fallback;
    return (size_t)tensor->shape[0];
}

static rl_status describe(rl_model_spec *spec, const rl_safetensors *file, const char *path,
                          const rl_config *config, rl_error *error) {
    rl_status status;
    if (rl_model_info_present(file)) {
        rl_model_info info;
        status = rl_model_info_read(&info, file, path, error);
        *spec = info.spec;
        if (status == RL_OK)
            rl_model_info_clear(&info);
        return status;
    }
    status = rl_config_check(config, error);
    if (status == RL_OK) {
        rl_config_model_spec(config, first_dimension(file, "linear.weight", 2, UINT16_MAX, 10),
                             spec);
        spec->width = first_dimension(file, "conv1.weight", 1, RL_MAX_WIDTH, spec->width);
    }
    return status;
}

static void tell_all(const rl_differences *differences, rl_difference_function *tell,
                     void *context) {
    char *line = differences->lines.text;
    for (size_t i = 0; i < differences->count; i++) {
        char *end = strchr(line, '\n');
        *end = '\0';
        tell(line, context);
        line = end + 1;
    }
}

/* RL_ERROR_MISMATCH where there are differences, which `tell` (which may be NULL) is told of. */
static rl_status compare(const rl_model_spec *spec, rl_safetensors *file, const char *path,
                         rl_difference_function *tell, void *context, rl_error *error) {
    rl_differences differences;
    rl_status status = rl_model_differences_load(&differences, spec, file, error);
    if (status == RL_OK && differences.count) {
        status = rl_model_mismatch(spec, file, path, &differences, error);
        if (tell)
            tell_all(&differences, tell, context);
    }
    rl_buffer_clear(&differences.lines);
    return status;
}

rl_status rl_weights_compare(const char *path, const rl_config *config,
                             rl_difference_function *tell, void *context, rl_error *error) {
    rl_safetensors *file;
    rl_model_spec spec;
    rl_status status = rl_model_file_open(&file, path, error);
    if (status == RL_OK)
        status = describe(&spec, file, path, config, error);
    if (status == RL_OK)
        status = compare(&spec, file, path, tell, context, error);
    rl_safetensors_free(file);
    return status;
}

rl_status rl_model_initial_weights_check(const rl_config *config, rl_error *error) {
    rl_safetensors *file;
    rl_model_spec spec;
    if (!config->init[0])
        return RL_OK;
    rl_status status = rl_model_file_open(&file, config->init, error);
    if (status == RL_OK) {
        rl_config_model_spec(config, first_dimension(file, "linear.weight", 2, UINT16_MAX, 10),
                             &spec);
        status = compare(&spec, file, config->init, NULL, NULL, error);
    }
    rl_safetensors_free(file);
    return status;
}
