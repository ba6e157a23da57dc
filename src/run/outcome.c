/* What is measured once, when a run is done. Training images in test mode: the accuracy of training
 * is a mean over an epoch, under batch statistics and augmentation, and cannot be held against the
 * test accuracy. And each test image's outcome, in a file of its own. Both can be made again from
 * the last checkpoint. */
#include "run/outcome.h"

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/notice.h"
#include "format/safetensors.h"
#include "run/testing.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TENSOR "correct"
#define EPOCHS "run.epochs"
#define FINGERPRINT "run.fingerprint"

/* Training images tested, at most: half a point of standard error, and little time beside an epoch.
 */
enum { SAMPLE = 5000 };

static rl_status write_correct(const rl_training *t, rl_error *error) {
    char path[RL_PATH_SIZE], epochs[24];
    const size_t images = rl_loader_image_count(t->test);
    const rl_tensor tensor = {.name = TENSOR,
                              .dtype = RL_DTYPE_U8,
                              .rank = 1,
                              .shape = {images},
                              .data = t->correct,
                              .size = images};
    const char *const metadata[] = {RL_SAFETENSORS_CHECKSUM,
                                    "",
                                    EPOCHS,
                                    epochs,
                                    FINGERPRINT,
                                    rl_dataset_fingerprint(t->dataset),
                                    NULL};
    snprintf(epochs, sizeof epochs, "%" PRIu64, t->position.epoch);
    const rl_status status = rl_run_directory_file(&t->directory, RL_CORRECT_FILE, path, error);
    return status == RL_OK ? rl_safetensors_write(path, &tensor, 1, metadata, error) : status;
}

/* Evenly from all of those trained on, in file order: of every class where that order has them one
 * after the other. */
static uint32_t *choose_sample(const rl_training *t, size_t *count) {
    const size_t images = rl_loader_image_count(t->train);
    *count = rl_min(images, SAMPLE);
    uint32_t *chosen = rl_alloc(*count, sizeof *chosen);
    for (size_t i = 0; chosen && i < *count; i++) {
        const size_t at = i * images / *count;
        chosen[i] = t->holdout.kept ? t->holdout.kept[at] : (uint32_t)at;
    }
    return chosen;
}

static rl_status test_sample(rl_training *t, rl_error *error) {
    size_t count;
    rl_loader *loader = NULL;
    uint32_t *chosen = choose_sample(t, &count);
    rl_status status =
        chosen ? rl_training_test_loader(&loader, t, RL_SPLIT_TRAIN, chosen, count, error)
               : rl_fail_memory(error, "a sample of the training images");
    if (status == RL_OK)
        status = rl_training_test_on(t, loader, &t->trained, NULL);
    rl_loader_free(loader);
    rl_free(chosen);
    return status;
}

rl_status rl_outcome_make(rl_training *t, rl_error *error) {
    rl_tested tested;
    rl_status status = test_sample(t, error);
    if (status == RL_OK && t->test && t->correct_epoch != t->position.epoch)
        status = rl_training_test_on(t, t->test, &tested, t->correct);
    if (status == RL_STOPPED)
        return rl_fail(error, RL_STOPPED, "stopped"); /* the last epoch is saved */
    t->correct_epoch = t->position.epoch;
    return status == RL_OK && t->test ? write_correct(t, error) : status;
}

static rl_status record_trained(const rl_training *t, rl_error *error) {
    const rl_status status = rl_record_trained(t, error);
    if (status == RL_OK)
        rl_notice("%s/" RL_SUMMARY_FILE
                  ": had no figures of training images in test mode, which are "
                  "added from the checkpoint",
                  t->directory.path);
    return status;
}

rl_status rl_outcome_mend(rl_training *t, rl_error *error) {
    char path[RL_PATH_SIZE];
    rl_safetensors *file = NULL;
    rl_status status = rl_run_directory_file(&t->directory, RL_CORRECT_FILE, path, error);
    if (status != RL_OK)
        return status;
    const bool is_there = rl_file_exists(path);
    const bool is_good = !t->test || (is_there && rl_safetensors_read(&file, path, NULL) == RL_OK);
    const bool has_trained = rl_record_has_trained(t);
    rl_safetensors_free(file);
    if (is_good && has_trained)
        return RL_OK;
    status = rl_outcome_make(t, error);
    if (status == RL_OK && !has_trained)
        status = record_trained(t, error);
    if (status == RL_OK && !is_good)
        rl_notice("%s: was %s, and is made anew from the checkpoint", path,
                  is_there ? "damaged" : "missing");
    return status;
}

static rl_status fail_content(const char *path, rl_error *error) {
    return rl_fail(error, RL_ERROR_FORMAT,
                   "%s: is not of this run's last epoch; move it away, and 'reslab train --resume' "
                   "makes it anew",
                   path);
}

/* Made anew by other kernels, a few images may have changed sides. */
static const double tolerance = 0.01;

static rl_status take(uint8_t **correct, const rl_safetensors *file, const char *path,
                      size_t images, double accuracy, rl_error *error) {
    const rl_tensor *tensor = rl_safetensors_find(file, TENSOR);
    size_t right = 0;
    if (!tensor || tensor->dtype != RL_DTYPE_U8 || tensor->size != images || images == 0)
        return fail_content(path, error);
    const uint8_t *bytes = tensor->data;
    for (size_t i = 0; i < images; i++) {
        if (bytes[i] > 1)
            return fail_content(path, error);
        right += bytes[i];
    }
    if (!(fabs((double)right / (double)images - accuracy) <= tolerance))
        return fail_content(path, error);
    *correct = rl_alloc(images, 1);
    if (!*correct)
        return rl_fail_memory(error, path);
    memcpy(*correct, bytes, images);
    return RL_OK;
}

rl_status rl_correct_read(uint8_t **correct, const char *path, size_t epochs, size_t images,
                          double accuracy, rl_error *error) {
    rl_safetensors *file;
    *correct = NULL;
    if (!rl_file_exists(path))
        return RL_OK;
    rl_status status = rl_safetensors_read(&file, path, error);
    if (status != RL_OK)
        return status;
    const char *text = rl_safetensors_metadata(file, EPOCHS);
    if (!text || !rl_safetensors_metadata(file, RL_SAFETENSORS_CHECKSUM))
        status = fail_content(path, error);
    else if (strtoull(text, NULL, 10) == epochs)
        status = take(correct, file, path, images, accuracy, error);
    rl_safetensors_free(file);
    return status;
}
