/* Opening a checkpoint, before there is a network to fill. What its header claims is held against
 * the model that it describes, and its bytes against their checksum, before any of it is used. */
#include "base/error.h"
#include "run/model_file.h"
#include "run/training.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Optimizer state and the weights beside an average, as multiples of the model: three at most. */
enum { MOST_BESIDE = 4 };

/* Everything that rl_model_differences passes over must be of a size that goes with the model. */
static rl_status check_extent(const rl_safetensors *file, const char *path, rl_error *error) {
    double model = 0, beside = 0;
    for (size_t i = 0; i < rl_safetensors_count(file); i++) {
        const rl_tensor *tensor = rl_safetensors_at(file, i);
        const bool extra = strncmp(tensor->name, "optimizer.", strlen("optimizer.")) == 0 ||
                           strncmp(tensor->name, "run.", strlen("run.")) == 0;
        *(extra ? &beside : &model) += (double)tensor->size;
    }
    return beside <= MOST_BESIDE * model + 4096
               ? RL_OK
               : rl_fail(error, RL_ERROR_FORMAT,
                         "%s: has %.0f bytes beside a model of %.0f, expected a checkpoint", path,
                         beside, model);
}

static rl_status check_header(const rl_safetensors *file, const char *path, rl_error *error) {
    rl_model_info info;
    rl_differences differences;
    rl_status status = rl_model_info_read(&info, file, path, error);
    if (status != RL_OK)
        return status;
    status = rl_model_differences(&differences, &info.spec, file, error);
    if (status == RL_OK && differences.count)
        status = rl_model_mismatch(&info.spec, file, path, &differences, error);
    rl_buffer_clear(&differences.lines);
    rl_model_info_clear(&info);
    return status == RL_OK ? check_extent(file, path, error) : status;
}

rl_status rl_checkpoint_open(rl_safetensors **result, const char *path, rl_error *error) {
    rl_safetensors *file;
    *result = NULL;
    rl_status status = rl_model_file_open(&file, path, error);
    if (status == RL_OK)
        status = check_header(file, path, error);
    if (status == RL_OK)
        status = rl_safetensors_load(file, error);
    if (status == RL_OK)
        *result = file;
    else
        rl_safetensors_free(file);
    return status;
}

/* A number that counts, exact as a double, at `index` of the position's. */
static bool read_count(const rl_tensor *position, size_t index, uint64_t *count) {
    double value;
    if ((index + 1) * sizeof value > position->size)
        return false;
    memcpy(&value, (const char *)position->data + index * sizeof value, sizeof value);
    if (!(value >= 0 && value < 0x1p53 && value == floor(value)))
        return false;
    *count = (uint64_t)value;
    return true;
}

static void take_digest(char digest[RL_DIGEST_TEXT], const rl_safetensors *file, const char *key) {
    const char *text = rl_safetensors_metadata(file, key);
    snprintf(digest, RL_DIGEST_TEXT, "%s", text ? text : "");
}

rl_status rl_checkpoint_mark(rl_metrics_mark *mark, const rl_safetensors *file, const char *path,
                             rl_error *error) {
    const rl_tensor *position = rl_safetensors_find(file, "run.position");
    *mark = (rl_metrics_mark){0};
    if (!position || position->dtype != RL_DTYPE_F64 ||
        !read_count(position, 0, &mark->epochs.rows) || !read_count(position, 2, &mark->steps.rows))
        return rl_fail(error, RL_ERROR_FORMAT,
                       "%s: no tensor 'run.position' that says where the run is", path);
    mark->epochs.steps = mark->steps.steps = mark->steps.rows;
    take_digest(mark->epochs.digest, file, RL_EPOCHS_DIGEST);
    take_digest(mark->steps.digest, file, RL_STEPS_DIGEST);
    return RL_OK;
}
