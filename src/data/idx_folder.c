/* A folder of IDX files, as MNIST, Fashion-MNIST and others come: images and labels of both splits
 * under the names of the originals, plain or gzipped, in the given folder or in its raw, where
 * torchvision puts them. Where a file is there twice, the plain one is read.
 *
 * Labels are read first: the classes follow from them, and so does how many images there must be.
 * Images are unpacked one at a time, straight into the data set. */
#include "data/dataset.h"

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "data/dataset_build.h"
#include "data/grey.h"
#include "data/idx.h"
#include "data/idx_labels.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#define FILE_LIMIT ((size_t)1 << 30)

/* Names of the files: the beginning says which, the ending how. Some archives have a dot in the
 * place of the hyphen. */
static const char *const image_files[2] = {"train-images", "t10k-images"};
static const char *const label_files[2] = {"train-labels", "t10k-labels"};
static const char *const image_endings[] = {"-idx3-ubyte", ".idx3-ubyte", "-idx3-ubyte.gz",
                                            ".idx3-ubyte.gz", NULL};
static const char *const label_endings[] = {"-idx1-ubyte", ".idx1-ubyte", "-idx1-ubyte.gz",
                                            ".idx1-ubyte.gz", NULL};

#define FILES                                                                                      \
    "train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte and "                \
    "t10k-labels-idx1-ubyte"

/* The path of a file under any of its names. */
static bool find_file(char path[PATH_MAX], const char *folder, const char *file,
                      const char *const *endings) {
    char name[64];
    for (size_t i = 0; endings[i]; i++) {
        snprintf(name, sizeof name, "%s%s", file, endings[i]);
        if (rl_path_join(path, PATH_MAX, folder, name, NULL) == RL_OK && rl_file_exists(path))
            return true;
    }
    return false;
}

/* The folder that holds any of the files: `path` itself or its raw. */
static bool find_folder(char folder[PATH_MAX], const char *path) {
    static const char *const places[] = {"", "raw"};
    char file[PATH_MAX];
    for (size_t p = 0; p < sizeof places / sizeof *places; p++) {
        if (rl_path_join(folder, PATH_MAX, path, places[p], NULL) != RL_OK)
            continue;
        for (size_t s = 0; s < 2; s++)
            if (find_file(file, folder, image_files[s], image_endings) ||
                find_file(file, folder, label_files[s], label_endings))
                return true;
    }
    return false;
}

static bool recognize(const char *path) {
    char folder[PATH_MAX];
    return find_folder(folder, path);
}

static rl_status fail_missing(const char *folder, const char *file, const char *ending,
                              rl_error *error) {
    char name[64], path[PATH_MAX];
    snprintf(name, sizeof name, "%s%s", file, ending);
    rl_status status = rl_path_join(path, sizeof path, folder, name, error);
    if (status != RL_OK)
        return status;
    return rl_fail(error, RL_ERROR_IO,
                   "%s: no such file, nor with .gz; a folder of IDX files must hold " FILES, path);
}

static rl_status check_count(const rl_idx *idx, const rl_idx_labels *labels, const char *path,
                             rl_error *error) {
    const size_t count = rl_idx_get_shape(idx).count;
    if (count == labels->count)
        return RL_OK;
    return rl_fail(error, RL_ERROR_FORMAT, "%s: %zu images, expected %zu, one for each label in %s",
                   path, count, labels->count, labels->path);
}

/* All images of a file into `set`, one at a time through a buffer for its grey and RGB pixels. */
static rl_status unpack_images(rl_image_set *set, rl_idx *idx, rl_error *error) {
    const rl_idx_shape shape = rl_idx_get_shape(idx);
    const size_t size = shape.height * shape.width;
    uint8_t *grey = rl_alloc(size, 1 + RL_IMAGE_CHANNELS);
    rl_status status = grey ? RL_OK : rl_fail_memory(error, "reading the images");
    for (size_t i = 0; status == RL_OK && i < shape.count; i++) {
        status = rl_idx_read(idx, grey, 1, error);
        if (status == RL_OK)
            status = rl_grey_fit(grey, shape.width, shape.height, grey + size,
                                 set->pixels + i * RL_IMAGE_BYTES, error);
    }
    rl_free(grey);
    return status;
}

/* Smaller images are centred and lose nothing. */
static rl_status note_size(rl_dataset *dataset, const char *path, rl_idx_shape shape,
                           rl_error *error) {
    if (rl_max(shape.width, shape.height) <= RL_IMAGE_SIDE)
        return RL_OK;
    const size_t side = rl_min(shape.width, shape.height);
    return rl_dataset_add_note(dataset, error, "%s: %zu images of %zux%zu were %s%s", path,
                               shape.count, shape.width, shape.height,
                               shape.width == shape.height ? "" : "cropped to the centre square, ",
                               side > RL_IMAGE_SIDE   ? "shrunk to 32x32"
                               : side < RL_IMAGE_SIDE ? "enlarged to 32x32"
                                                      : "left at 32x32");
}

static rl_status read_images(rl_dataset *dataset, rl_image_set *set, const rl_idx_labels *labels,
                             const char *path, rl_error *error) {
    uint8_t *bytes = NULL;
    size_t size;
    rl_idx *idx = NULL;
    rl_status status = rl_file_read(path, FILE_LIMIT, &bytes, &size, error);
    if (status == RL_OK)
        status = rl_idx_open(&idx, RL_IDX_IMAGES, bytes, size, path, error);
    if (status == RL_OK)
        status = check_count(idx, labels, path, error);
    if (status == RL_OK)
        status = rl_image_set_allocate(set, labels->count, error);
    if (status == RL_OK)
        status = note_size(dataset, path, rl_idx_get_shape(idx), error);
    if (status == RL_OK)
        status = unpack_images(set, idx, error);
    for (size_t i = 0; status == RL_OK && i < labels->count; i++)
        set->labels[i] = labels->values[i];
    rl_idx_free(idx);
    rl_free(bytes);
    return status;
}

static rl_status read_labels(rl_idx_labels labels[2], const char *folder, rl_error *error) {
    char path[PATH_MAX];
    rl_status status = RL_OK;
    for (size_t s = 0; status == RL_OK && s < 2; s++)
        status = find_file(path, folder, label_files[s], label_endings)
                     ? rl_idx_labels_read(&labels[s], path, error)
                     : fail_missing(folder, label_files[s], label_endings[0], error);
    return status;
}

static rl_status read_parts(rl_dataset *dataset, rl_idx_labels labels[2], const char *folder,
                            rl_error *error) {
    char images[2][PATH_MAX];
    for (size_t s = 0; s < 2; s++)
        if (!find_file(images[s], folder, image_files[s], image_endings))
            return fail_missing(folder, image_files[s], image_endings[0], error);
    rl_status status = read_labels(labels, folder, error);
    if (status == RL_OK)
        status = rl_idx_labels_name(dataset, labels, folder, error);
    for (size_t s = 0; status == RL_OK && s < 2; s++)
        status = read_images(dataset, &dataset->split[s], &labels[s], images[s], error);
    return status;
}

static rl_status read_folder(rl_dataset *dataset, const char *path,
                             const rl_dataset_request *request, rl_error *error) {
    (void)request;
    char folder[PATH_MAX];
    if (!find_folder(folder, path))
        return rl_fail(error, RL_ERROR_IO, "%s: no IDX files here", path);
    rl_idx_labels *labels = rl_alloc(2, sizeof *labels);
    if (!labels)
        return rl_fail_memory(error, "reading the labels");
    rl_status status = read_parts(dataset, labels, folder, error);
    for (size_t s = 0; s < 2; s++)
        rl_idx_labels_clear(&labels[s]);
    rl_free(labels);
    return status;
}

const rl_dataset_format rl_format_idx = {
    .name = "idx",
    .help =
        "a folder of MNIST's IDX files (train-images-idx3-ubyte, ..., plain or .gz; grey, centred "
        "on black where smaller than 32x32)",
    .recognize = recognize,
    .read = read_folder,
};
