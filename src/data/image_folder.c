/* Image files in folders: <path>/train/<class>/... and <path>/test/<class>/..., the layout of
 * torchvision's ImageFolder once for each split. Both splits must have the same classes.
 *
 * All images are decoded, cropped and resized at opening, on all cores: 32x32 images are small
 * enough to keep, and every later epoch is then free of decoding. */
#include "data/dataset.h"

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "data/dataset_build.h"
#include "data/folder_scan.h"
#include "data/parallel.h"

#include <limits.h>
#include <pthread.h>
#include <string.h>

static const char *const split_folders[2] = {"train", "test"};

static bool recognize(const char *path) {
    char folder[PATH_MAX];
    for (size_t s = 0; s < 2; s++)
        if (rl_path_join(folder, sizeof folder, path, split_folders[s], NULL) == RL_OK &&
            rl_file_is_folder(folder))
            return true;
    return false;
}

/* ---- Classes ---- */

/* The first class, in order, that only one of two sorted lists has; *extra says which list. */
static const char *find_difference(const rl_path_list classes[2], size_t *extra) {
    size_t i = 0, j = 0;
    while (i < classes[0].count || j < classes[1].count) {
        int order = i == classes[0].count   ? 1
                    : j == classes[1].count ? -1
                                            : strcmp(classes[0].items[i], classes[1].items[j]);
        if (order != 0) {
            *extra = order < 0 ? 0 : 1;
            return order < 0 ? classes[0].items[i] : classes[1].items[j];
        }
        i++;
        j++;
    }
    return NULL;
}

static rl_status list_classes(rl_path_list classes[2], const char *path, rl_error *error) {
    for (size_t s = 0; s < 2; s++) {
        char folder[PATH_MAX];
        rl_status status = rl_path_join(folder, sizeof folder, path, split_folders[s], error);
        if (status == RL_OK)
            status = rl_folder_list_subfolders(&classes[s], folder, error);
        if (status != RL_OK)
            return status;
        if (classes[s].count == 0)
            return rl_fail(error, RL_ERROR_FORMAT,
                           "%s: no class folders here, expected one folder of images a class",
                           folder);
    }
    size_t extra;
    const char *name = find_difference(classes, &extra);
    if (name)
        return rl_fail(error, RL_ERROR_FORMAT,
                       "data '%s': class '%s' is in %s/ but not in %s/, expected the same classes "
                       "in both",
                       path, name, split_folders[extra], split_folders[1 - extra]);
    return RL_OK;
}

/* ---- Images ---- */

typedef struct {
    const rl_path_list *files;
    uint8_t *pixels;
    pthread_mutex_t lock; /* over the two fields below */
    size_t failed;        /* lowest image that could not be read; files->count when none */
    rl_status status;
    rl_error *error;
} decoding;

static void record_failure(decoding *d, size_t index, rl_status status, const rl_error *why) {
    pthread_mutex_lock(&d->lock);
    if (index < d->failed) {
        d->failed = index;
        d->status = status;
        if (d->error)
            *d->error = *why;
    }
    pthread_mutex_unlock(&d->lock);
}

/* Each share stops at its own first failure, so the lowest of all is always found. */
static void decode_range(size_t begin, size_t end, void *context) {
    decoding *d = context;
    rl_error why;
    for (size_t i = begin; i < end; i++) {
        rl_status status = rl_image_read(d->files->items[i], d->pixels + i * RL_IMAGE_BYTES, &why);
        if (status != RL_OK) {
            record_failure(d, i, status, &why);
            return;
        }
    }
}

static rl_status decode_all(rl_image_set *set, const rl_path_list *files, rl_error *error) {
    decoding d = {.files = files,
                  .pixels = set->pixels,
                  .lock = PTHREAD_MUTEX_INITIALIZER,
                  .failed = files->count,
                  .status = RL_OK,
                  .error = error};
    rl_parallel_for(files->count, decode_range, &d);
    pthread_mutex_destroy(&d.lock);
    return d.status;
}

/* Lists the images of every class; class k ends before image ends[k]. */
static rl_status list_images(rl_path_list *files, size_t *ends, const rl_path_list *classes,
                             const char *split_folder, rl_error *error) {
    for (size_t k = 0; k < classes->count; k++) {
        char folder[PATH_MAX];
        const size_t first = files->count;
        rl_status status =
            rl_path_join(folder, sizeof folder, split_folder, classes->items[k], error);
        if (status == RL_OK)
            status = rl_folder_list_images(files, folder, error);
        if (status != RL_OK)
            return status;
        if (files->count == first)
            return rl_fail(error, RL_ERROR_FORMAT,
                           "%s: no images in this class, expected .jpg, .jpeg or .png files",
                           folder);
        ends[k] = files->count;
    }
    return RL_OK;
}

static rl_status read_split(rl_image_set *set, const rl_path_list *classes, const char *path,
                            const char *split_name, rl_error *error) {
    char folder[PATH_MAX];
    rl_status status = rl_path_join(folder, sizeof folder, path, split_name, error);
    if (status != RL_OK)
        return status;
    size_t *ends = rl_alloc(classes->count, sizeof *ends);
    if (!ends)
        return rl_fail_memory(error, "listing the images");
    rl_path_list files = {0};
    status = list_images(&files, ends, classes, folder, error);
    if (status == RL_OK)
        status = rl_image_set_allocate(set, files.count, error);
    if (status == RL_OK) {
        for (size_t i = 0, k = 0; i < files.count; i++) {
            while (i >= ends[k])
                k++;
            set->labels[i] = (uint16_t)k;
        }
        status = decode_all(set, &files, error);
    }
    rl_path_list_free(&files);
    rl_free(ends);
    return status;
}

static rl_status read_folders(rl_dataset *dataset, const char *path,
                              const rl_dataset_request *request, rl_error *error) {
    (void)request;
    rl_path_list classes[2] = {{0}, {0}};
    rl_status status = list_classes(classes, path, error);
    if (status == RL_OK)
        status = rl_dataset_name_classes(dataset, path, (const char *const *)classes[0].items,
                                         classes[0].count, error);
    for (size_t s = 0; status == RL_OK && s < 2; s++)
        status = read_split(&dataset->split[s], &classes[0], path, split_folders[s], error);
    rl_path_list_free(&classes[0]);
    rl_path_list_free(&classes[1]);
    dataset->flip_keeps_label = true; /* the usual assumption for photographs */
    return status;
}

const rl_dataset_format rl_format_image_folder = {
    .name = "image-folder",
    .help = "a folder with train/<class>/ and test/<class>/ of JPEG or PNG images",
    .recognize = recognize,
    .read = read_folders,
};
