/* Models for use: made from a configuration, or loaded from a file or a run directory. Training has
 * a net of its own (train.c); here is inference only, in batches of bounded size. */
#include "run/model.h"

#include "base/cores.h"
#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "nn/initialize.h"
#include "run/config.h"
#include "run/run_directory.h"

#include <string.h>

#define IMAGE_FLOATS ((size_t)RL_IMAGE_BYTES)
#define INFERENCE_BATCH 64 /* large enough for full speed, small enough for one image */

static rl_status info_from_dataset(rl_model_info *info, const rl_config *config,
                                   const rl_dataset *dataset, rl_error *error) {
    size_t classes = rl_dataset_class_count(dataset);
    rl_config_model_spec(config, classes, &info->spec);
    rl_status status =
        rl_normalization_find(&info->normalization, config->normalize, dataset, error);
    if (status) {
        return status;
    }
    return rl_model_info_name_classes(info, classes, dataset, error);
}

static rl_status weights_from_file(rl_net *net, const char *path, rl_error *error) {
    rl_safetensors *file;
    rl_status status = rl_model_file_open(&file, path, error);
    if (!status) {
        status = rl_model_weights_read(net, file, path, error);
    }
    rl_safetensors_free(file);
    return status;
}

rl_status rl_model_build(rl_net **net, rl_model_info *info, const rl_config *config,
                         const rl_dataset *dataset, rl_net_mode mode, size_t max_batch,
                         rl_error *error) {
    *net = NULL;
    *info = (rl_model_info){0};
    rl_status status = rl_config_check(config, error);
    if (!status) {
        status = info_from_dataset(info, config, dataset, error);
    }
    if (!status) {
        status = rl_net_create(net, &info->spec, max_batch, mode,
                               rl_threads_usable((int)config->threads), error);
    }
    if (!status) {
        if (config->init[0]) {
            status = weights_from_file(*net, config->init, error);
        } else {
            rl_net_initialize(*net, config->init_scheme, config->seed);
        }
    }
    if (status) {
        rl_net_free(*net);
        *net = NULL;
        rl_model_info_clear(info);
        *info = (rl_model_info){0};
    }
    return status;
}

static rl_status alloc_batch(rl_model *model, size_t batch_size, rl_error *error) {
    size_t floats;
    model->batch_size = batch_size;
    if (rl_multiply(batch_size, IMAGE_FLOATS, &floats)) {
        model->images = rl_alloc_floats(floats);
    }
    return model->images ? RL_OK : rl_fail_memory(error, "a batch of images");
}

/* Ends a constructor: hands the model out, or frees it. */
static rl_status finish(rl_model **result, rl_model *model, rl_status status) {
    if (status) {
        rl_model_free(model);
        model = NULL;
    }
    *result = model;
    return status;
}

rl_status rl_model_create(rl_model **result, const rl_config *config, const rl_dataset *dataset,
                          rl_error *error) {
    *result = NULL;
    rl_model *model = rl_alloc(1, sizeof *model);
    if (!model) {
        return rl_fail_memory(error, "a model");
    }
    size_t batch = rl_min(config->batch_size, INFERENCE_BATCH);
    rl_status status =
        rl_model_build(&model->net, &model->info, config, dataset, RL_NET_INFERENCE, batch, error);
    if (!status) {
        status = alloc_batch(model, batch, error);
    }
    return finish(result, model, status);
}

/* *file = the file to load for `path`: itself, or the model of a run directory (in `buffer`). */
static rl_status model_path(const char **file, char buffer[RL_PATH_SIZE], const char *path,
                            rl_error *error) {
    static const char *const names[] = {RL_MODEL_FILE, RL_CHECKPOINT_FILE};
    *file = path;
    if (!rl_file_is_folder(path)) {
        return RL_OK;
    }
    *file = buffer;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        rl_status status = rl_path_join(buffer, RL_PATH_SIZE, path, names[i], error);
        if (status || rl_file_exists(buffer)) {
            return status;
        }
    }
    return rl_fail(error, RL_ERROR_IO,
                   "%s: holds no " RL_MODEL_FILE "; expected a run directory or a model file",
                   path);
}

/* What the file does not say about itself is taken from `config` and `data`, if there are any. */
static rl_status describe(rl_model *model, const rl_safetensors *file, const char *path,
                          const rl_config *config, const rl_dataset *data, rl_error *error) {
    if (!config || rl_model_info_present(file))
        return rl_model_info_read(&model->info, file, path, error);
    rl_status status = rl_model_info_assume(&model->info, file, path, config, data, error);
    if (status == RL_OK)
        status = rl_model_info_assumptions(&model->assumptions, &model->info, path, config, error);
    return status;
}

static rl_status load(rl_model **result, const char *path, int threads, const rl_config *config,
                      const rl_dataset *data, rl_error *error) {
    *result = NULL;
    char buffer[RL_PATH_SIZE];
    const char *file_path;
    rl_safetensors *file = NULL;
    rl_model *model = rl_alloc(1, sizeof *model);
    if (!model)
        return rl_fail_memory(error, "a model");
    rl_status status = model_path(&file_path, buffer, path, error);
    if (status == RL_OK)
        status = rl_model_file_open(&file, file_path, error);
    if (status == RL_OK)
        status = describe(model, file, file_path, config, data, error);
    if (status == RL_OK)
        status = rl_net_create(&model->net, &model->info.spec, INFERENCE_BATCH, RL_NET_INFERENCE,
                               rl_threads_usable(threads), error);
    if (status == RL_OK)
        status = rl_model_weights_read(model->net, file, file_path, error);
    if (status == RL_OK)
        status = alloc_batch(model, INFERENCE_BATCH, error);
    rl_safetensors_free(file);
    return finish(result, model, status);
}

rl_status rl_model_check(const char *path, rl_error *error) {
    char buffer[RL_PATH_SIZE];
    const char *file_path;
    rl_safetensors *file = NULL;
    rl_model_info info = {0};
    rl_status status = model_path(&file_path, buffer, path, error);
    if (status == RL_OK)
        status = rl_model_file_open(&file, file_path, error);
    if (status == RL_OK && rl_model_info_present(file))
        status = rl_model_info_read(&info, file, file_path, error);
    rl_model_info_clear(&info);
    rl_safetensors_free(file);
    return status;
}

rl_status rl_model_load(rl_model **model, const char *path, int threads, rl_error *error) {
    return load(model, path, threads, NULL, NULL, error);
}

rl_status rl_model_load_as(rl_model **model, const char *path, const rl_config *config,
                           const rl_dataset *data, rl_error *error) {
    return load(model, path, (int)config->threads, config, data, error);
}

const char *rl_model_assumptions(const rl_model *model) {
    return model->assumptions;
}

rl_status rl_model_save(const rl_model *model, const char *path, rl_error *error) {
    return rl_model_file_write(path, model->net, &model->info, NULL, error);
}

void rl_model_free(rl_model *model) {
    if (!model) {
        return;
    }
    rl_mirror_free(model->mirror);
    rl_net_free(model->net);
    rl_model_info_clear(&model->info);
    rl_free(model->images);
    rl_free(model->assumptions);
    rl_free(model);
}

size_t rl_model_class_count(const rl_model *model) {
    return model->info.spec.class_count;
}

const char *rl_model_class_name(const rl_model *model, size_t index) {
    return index < model->info.spec.class_count ? model->info.class_names[index] : NULL;
}

const char *rl_model_name(const rl_model *model) {
    return model->info.spec.model;
}

rl_status rl_model_set_mirror(rl_model *model, bool on, rl_error *error) {
    if (on && !model->mirror)
        return rl_mirror_create(&model->mirror, model->net, model->batch_size, error);
    if (!on) {
        rl_mirror_free(model->mirror);
        model->mirror = NULL;
    }
    return RL_OK;
}

void rl_model_forward(rl_model *model, const uint8_t *images, size_t count, bool mirrored) {
    for (size_t i = 0; i < count; i++) {
        rl_normalize_image(&model->info.normalization, images + i * RL_IMAGE_BYTES,
                           model->images + i * IMAGE_FLOATS);
    }
    if (mirrored)
        rl_mirror_forward_eval(model->mirror, model->images, count);
    else
        rl_net_forward_eval(model->net, model->images, count);
}

rl_status rl_model_not_finite(size_t image, size_t images, rl_error *error) {
    return rl_fail_at(error, RL_ERROR_DIVERGED, (long long)image,
                      "the model's logits for image %zu of %zu are not finite: its training "
                      "diverged, or its weights are damaged",
                      image + 1, images);
}

rl_status rl_model_logits(rl_model *model, const uint8_t *images, size_t count, float *logits,
                          rl_error *error) {
    size_t classes = model->info.spec.class_count;
    for (size_t done = 0; done < count;) {
        size_t batch = rl_min(model->batch_size, count - done);
        rl_model_forward(model, images + done * RL_IMAGE_BYTES, batch, model->mirror);
        memcpy(logits + done * classes, rl_net_logits(model->net),
               batch * classes * sizeof *logits);
        for (size_t i = done; i < done + batch; i++)
            if (rl_largest_logit(classes, logits + i * classes) == classes)
                return rl_model_not_finite(i, count, error);
        done += batch;
    }
    return RL_OK;
}

void rl_probabilities(size_t count, const float *logits, float *probabilities) {
    rl_softmax(count, logits, probabilities);
}
