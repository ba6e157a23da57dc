/* CIFAR-10 in its official binary layout: data_batch_1..5.bin, test_batch.bin and, optionally,
 * batches.meta.txt with the class names, in the given folder or in its cifar-10-batches-bin.
 *
 * Batches may have any positive number of records, so that cut-down copies work. CIFAR-100 and the
 * Python pickles are not read. */
#include "data/cifar10.h"

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "data/dataset_build.h"

#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#define TRAIN_BATCHES 5
#define BATCHES (TRAIN_BATCHES + 1)
#define BATCH_LIMIT ((size_t)1 << 30)
#define NAMES_LIMIT 4096

static const char *const batch_names[BATCHES] = {
    "data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin",
    "data_batch_4.bin", "data_batch_5.bin", "test_batch.bin",
};

static const char *const official_names[RL_CIFAR10_CLASSES] = {
    "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck",
};

typedef struct {
    char path[PATH_MAX];
    size_t count; /* records */
} batch_file;

rl_status rl_cifar10_count(size_t *count, const char *path, uint64_t size, rl_error *error) {
    *count = 0;
    if (size == 0)
        return rl_fail_at(error, RL_ERROR_FORMAT, 0,
                          "%s: the file is empty, expected records of %d bytes", path,
                          RL_CIFAR10_RECORD);
    if (size > BATCH_LIMIT)
        return rl_fail(error, RL_ERROR_FORMAT, "%s: %llu bytes, expected at most %zu", path,
                       (unsigned long long)size, BATCH_LIMIT);
    uint64_t rest = size % RL_CIFAR10_RECORD;
    if (rest)
        return rl_fail_at(error, RL_ERROR_FORMAT, (long long)(size - rest),
                          "%s: the last record, at byte %llu, has %llu bytes, expected %d "
                          "(a label and 32x32 RGB)",
                          path, (unsigned long long)(size - rest), (unsigned long long)rest,
                          RL_CIFAR10_RECORD);
    *count = (size_t)(size / RL_CIFAR10_RECORD);
    return RL_OK;
}

rl_status rl_cifar10_parse(const uint8_t *records, size_t count, uint8_t *pixels, uint16_t *labels,
                           const char *path, rl_error *error) {
    const size_t plane = (size_t)RL_IMAGE_SIDE * RL_IMAGE_SIDE;
    for (size_t r = 0; r < count; r++) {
        const uint8_t *record = records + r * RL_CIFAR10_RECORD;
        if (record[0] >= RL_CIFAR10_CLASSES)
            return rl_fail_at(error, RL_ERROR_FORMAT, (long long)(r * RL_CIFAR10_RECORD),
                              "%s: label %d at byte %zu, expected 0 to %d", path, record[0],
                              r * RL_CIFAR10_RECORD, RL_CIFAR10_CLASSES - 1);
        labels[r] = record[0];
        uint8_t *image = pixels + r * RL_IMAGE_BYTES;
        for (size_t i = 0; i < plane; i++)
            for (size_t c = 0; c < RL_IMAGE_CHANNELS; c++)
                image[i * RL_IMAGE_CHANNELS + c] = record[1 + c * plane + i];
    }
    return RL_OK;
}

rl_status rl_cifar10_parse_names(char *text, const char *names[RL_CIFAR10_CLASSES],
                                 const char *path, rl_error *error) {
    size_t count = 0;
    char *rest = NULL;
    for (char *line = strtok_r(text, "\r\n", &rest); line; line = strtok_r(NULL, "\r\n", &rest)) {
        if (count < RL_CIFAR10_CLASSES)
            names[count] = line;
        count++;
    }
    if (count != RL_CIFAR10_CLASSES)
        return rl_fail(error, RL_ERROR_FORMAT, "%s: %zu class names, expected %d", path, count,
                       RL_CIFAR10_CLASSES);
    return RL_OK;
}

/* The folder that holds the batches: `path` itself or its cifar-10-batches-bin. */
static bool find_folder(char folder[PATH_MAX], const char *path) {
    static const char *const places[] = {"", "cifar-10-batches-bin"};
    char file[PATH_MAX];
    for (size_t p = 0; p < 2; p++) {
        if (rl_path_join(folder, PATH_MAX, path, places[p], NULL) != RL_OK)
            continue;
        for (size_t b = 0; b < BATCHES; b++)
            if (rl_path_join(file, sizeof file, folder, batch_names[b], NULL) == RL_OK &&
                rl_file_exists(file))
                return true;
    }
    return false;
}

static bool recognize(const char *path) {
    char folder[PATH_MAX];
    return find_folder(folder, path);
}

/* Path and record count of one batch, from its size alone. */
static rl_status measure_batch(batch_file *batch, const char *folder, const char *name,
                               rl_error *error) {
    rl_status status = rl_path_join(batch->path, sizeof batch->path, folder, name, error);
    if (status != RL_OK)
        return status;
    struct stat info;
    if (stat(batch->path, &info) != 0)
        return rl_fail_errno(error,
                             "%s: a CIFAR-10 folder must hold data_batch_1.bin to "
                             "data_batch_5.bin and test_batch.bin",
                             batch->path);
    if (!S_ISREG(info.st_mode))
        return rl_fail(error, RL_ERROR_FORMAT, "%s: not a regular file, expected CIFAR-10 records",
                       batch->path);
    return rl_cifar10_count(&batch->count, batch->path, (uint64_t)info.st_size, error);
}

/* Reads one batch into images `first`.. of the set. */
static rl_status read_batch(const batch_file *batch, rl_image_set *set, size_t first,
                            rl_error *error) {
    uint8_t *records = NULL;
    size_t size, count;
    rl_status status = rl_file_read(batch->path, BATCH_LIMIT, &records, &size, error);
    if (status != RL_OK)
        return status;
    status = rl_cifar10_count(&count, batch->path, size, error);
    if (status == RL_OK && count != batch->count)
        status = rl_fail(error, RL_ERROR_IO, "%s: the file changed while it was being read",
                         batch->path);
    if (status == RL_OK)
        status = rl_cifar10_parse(records, count, set->pixels + first * RL_IMAGE_BYTES,
                                  set->labels + first, batch->path, error);
    rl_free(records);
    return status;
}

static rl_status read_split(rl_image_set *set, const batch_file *batches, size_t count,
                            rl_error *error) {
    size_t images = 0;
    for (size_t b = 0; b < count; b++)
        images += batches[b].count;
    rl_status status = rl_image_set_allocate(set, images, error);
    size_t first = 0;
    for (size_t b = 0; status == RL_OK && b < count; b++) {
        status = read_batch(&batches[b], set, first, error);
        first += batches[b].count;
    }
    return status;
}

static rl_status read_names(rl_dataset *dataset, const char *folder, rl_error *error) {
    char path[PATH_MAX];
    rl_status status = rl_path_join(path, sizeof path, folder, "batches.meta.txt", error);
    if (status != RL_OK)
        return status;
    if (!rl_file_exists(path))
        return rl_dataset_name_classes(dataset, folder, official_names, RL_CIFAR10_CLASSES, error);

    uint8_t *text = NULL;
    size_t size;
    const char *names[RL_CIFAR10_CLASSES];
    status = rl_file_read(path, NAMES_LIMIT, &text, &size, error);
    if (status == RL_OK)
        status = rl_cifar10_parse_names((char *)text, names, path, error);
    if (status == RL_OK)
        status = rl_dataset_name_classes(dataset, path, names, RL_CIFAR10_CLASSES, error);
    rl_free(text);
    return status;
}

static rl_status read_folder(rl_dataset *dataset, const char *path,
                             const rl_dataset_request *request, rl_error *error) {
    (void)request;
    char folder[PATH_MAX];
    if (!find_folder(folder, path))
        return rl_fail(error, RL_ERROR_IO, "%s: no CIFAR-10 batches here", path);
    batch_file *batches = rl_alloc(BATCHES, sizeof *batches);
    if (!batches)
        return rl_fail_memory(error, "reading CIFAR-10");

    /* All sizes first: a broken file is then reported at once, before a long read. */
    rl_status status = RL_OK;
    for (size_t b = 0; status == RL_OK && b < BATCHES; b++)
        status = measure_batch(&batches[b], folder, batch_names[b], error);
    if (status == RL_OK)
        status = read_names(dataset, folder, error);
    if (status == RL_OK)
        status = read_split(&dataset->split[RL_SPLIT_TRAIN], batches, TRAIN_BATCHES, error);
    if (status == RL_OK)
        status = read_split(&dataset->split[RL_SPLIT_TEST], batches + TRAIN_BATCHES, 1, error);
    rl_free(batches);
    dataset->flip_keeps_label = true;
    return status;
}

const rl_dataset_format rl_format_cifar10 = {
    .name = "cifar10",
    .help = "a folder in CIFAR-10 binary layout (data_batch_1.bin to data_batch_5.bin, "
            "test_batch.bin)",
    .recognize = recognize,
    .read = read_folder,
};
