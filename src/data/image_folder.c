/* Image files in folders: <path>/train/<class>/... and <path>/test/<class>/..., the layout of
 * torchvision's ImageFolder once for each split. Both splits must have the same classes. Decoding
 * and the images that cannot be read are folder_images.c. */
#include "data/dataset.h"

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "data/dataset_build.h"
#include "data/folder_images.h"
#include "data/folder_scan.h"

#include <limits.h>
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

static rl_status fail_no_images(const char *folder, rl_error *error) {
    char endings[128];
    rl_image_endings(endings, sizeof endings);
    return rl_fail(error, RL_ERROR_FORMAT, "%s: no images in this class, expected %s files", folder,
                   endings);
}

static rl_status list_images(rl_split_files *split, const rl_path_list *classes,
                             const char *split_folder, rl_error *error) {
    split->ends = rl_alloc(classes->count, sizeof *split->ends);
    if (!split->ends)
        return rl_fail_memory(error, "listing the images");
    for (size_t k = 0; k < classes->count; k++) {
        char folder[PATH_MAX];
        const size_t first = split->files.count;
        rl_status status =
            rl_path_join(folder, sizeof folder, split_folder, classes->items[k], error);
        if (status == RL_OK)
            status = rl_folder_list_images(&split->files, folder, error);
        if (status != RL_OK)
            return status;
        if (split->files.count == first)
            return fail_no_images(folder, error);
        split->ends[k] = split->files.count;
    }
    return RL_OK;
}

static rl_status read_splits(rl_dataset *dataset, rl_split_files splits[2],
                             const rl_path_list *classes, const char *path, bool skip_bad,
                             rl_error *error) {
    char folder[PATH_MAX];
    rl_status status = RL_OK;
    for (size_t s = 0; status == RL_OK && s < 2; s++) { /* all are found before any is decoded */
        status = rl_path_join(folder, sizeof folder, path, split_folders[s], error);
        if (status == RL_OK)
            status = list_images(&splits[s], classes, folder, error);
    }
    for (size_t s = 0; status == RL_OK && s < 2; s++)
        status = rl_split_files_decode(&splits[s], &dataset->split[s], error);
    if (status == RL_OK)
        status = skip_bad ? rl_split_files_skip_bad(dataset, splits, error)
                          : rl_split_files_refuse_bad(splits, error);
    return status;
}

static rl_status read_folders(rl_dataset *dataset, const char *path,
                              const rl_dataset_request *request, rl_error *error) {
    rl_path_list classes[2] = {{0}, {0}};
    rl_split_files splits[2] = {0};
    rl_status status = list_classes(classes, path, error);
    if (status == RL_OK)
        status = rl_dataset_name_classes(dataset, path, (const char *const *)classes[0].items,
                                         classes[0].count, error);
    if (status == RL_OK)
        status = read_splits(dataset, splits, &classes[0], path, request->skip_bad, error);
    for (size_t s = 0; s < 2; s++) {
        rl_split_files_free(&splits[s]);
        rl_path_list_free(&classes[s]);
    }
    dataset->flip_keeps_label = true; /* the usual assumption for photographs */
    return status;
}

const rl_dataset_format rl_format_image_folder = {
    .name = "image-folder",
    .help = "a folder with train/<class>/ and test/<class>/ of images",
    .recognize = recognize,
    .read = read_folders,
};
