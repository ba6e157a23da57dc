/* Image files in folders: <path>/train/<class>/... and <path>/test/<class>/..., the layout of
 * torchvision's ImageFolder once for each split. Both splits must have the same classes. Which
 * folders are the splits is folder_splits.c; decoding and the images that cannot be read are
 * folder_images.c; what is said of what was found, folder_notes.c. */
#include "data/dataset.h"

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "data/dataset_build.h"
#include "data/folder_images.h"
#include "data/folder_notes.h"
#include "data/folder_scan.h"
#include "data/folder_splits.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

/* ---- Classes ---- */

/* Appends to `text` the first names of `classes` that `others` lacks; returns how many there are.
 * Both are sorted. */
static size_t list_extra(char *text, size_t size, const rl_path_list *classes,
                         const rl_path_list *others) {
    enum { LISTED = 5 };
    size_t extra = 0, length = strlen(text);
    for (size_t i = 0, j = 0; i < classes->count; i++) {
        while (j < others->count && strcmp(others->items[j], classes->items[i]) < 0)
            j++;
        if (j < others->count && strcmp(others->items[j], classes->items[i]) == 0)
            continue;
        if (extra++ < LISTED && length < size)
            length += (size_t)snprintf(text + length, size - length, "%s'%.60s'",
                                       extra > 1 ? ", " : "", classes->items[i]);
    }
    if (extra > LISTED && length < size)
        snprintf(text + length, size - length, " and %zu more", extra - LISTED);
    return extra;
}

static rl_status check_classes(const rl_path_list classes[2], const rl_folder_splits *parts,
                               const char *path, rl_error *error) {
    char only[2][400] = {"", ""};
    size_t extra[2];
    for (size_t s = 0; s < 2; s++)
        extra[s] = list_extra(only[s], sizeof only[s], &classes[s], &classes[1 - s]);
    if (extra[0] + extra[1] == 0)
        return RL_OK;
    char text[900];
    int length = 0;
    for (size_t s = 0; s < 2; s++)
        if (extra[s])
            length += snprintf(text + length, sizeof text - (size_t)length,
                               "%sclass%s %s %s in %.60s/ but not in %.60s/", length ? "; " : "",
                               extra[s] == 1 ? "" : "es", only[s], extra[s] == 1 ? "is" : "are",
                               parts->names[s], parts->names[1 - s]);
    return rl_fail(error, RL_ERROR_FORMAT,
                   "data '%.300s': %.600s; expected the same classes in both", path, text);
}

static rl_status fail_no_classes(const char *folder, rl_error *error) {
    rl_path_list images = {0};
    const rl_status status = rl_folder_list_images(&images, NULL, folder, error);
    const size_t count = images.count;
    rl_path_list_free(&images);
    if (status != RL_OK)
        return status;
    return rl_fail(
        error, RL_ERROR_FORMAT,
        "%s: no class folders here but %zu images, expected one folder of images a class", folder,
        count);
}

static rl_status list_classes(rl_dataset *dataset, rl_path_list classes[2],
                              const rl_folder_splits *parts, const char *path, rl_error *error) {
    for (size_t s = 0; s < 2; s++) {
        char folder[PATH_MAX];
        rl_status status = rl_path_join(folder, sizeof folder, path, parts->names[s], error);
        if (status == RL_OK)
            status = rl_folder_list_subfolders(&classes[s], &dataset->unread, folder, error);
        if (status != RL_OK)
            return status;
        if (classes[s].count == 0)
            return fail_no_classes(folder, error);
    }
    return check_classes(classes, parts, path, error);
}

/* ---- Images ---- */

static rl_status fail_no_images(const char *folder, rl_error *error) {
    rl_path_list images = {0};
    rl_census census = {0};
    rl_status status = rl_folder_list_images(&images, &census, folder, error);
    if (status == RL_OK) {
        char endings[128], found[512];
        rl_image_endings(endings, sizeof endings);
        rl_census_sort(&census);
        rl_census_text(found, sizeof found, &census, strlen(folder) + 1);
        status = rl_fail(error, RL_ERROR_FORMAT,
                         "%.300s: no images in this class, expected %s files; found %s", folder,
                         endings, found);
    }
    rl_path_list_free(&images);
    rl_census_clear(&census);
    return status;
}

static rl_status list_images(rl_dataset *dataset, rl_split_files *split,
                             const rl_path_list *classes, const char *split_folder,
                             rl_error *error) {
    split->ends = rl_alloc(classes->count, sizeof *split->ends);
    if (!split->ends)
        return rl_fail_memory(error, "listing the images");
    for (size_t k = 0; k < classes->count; k++) {
        char folder[PATH_MAX];
        const size_t first = split->files.count;
        rl_status status =
            rl_path_join(folder, sizeof folder, split_folder, classes->items[k], error);
        if (status == RL_OK)
            status = rl_folder_list_images(&split->files, &dataset->unread, folder, error);
        if (status != RL_OK)
            return status;
        if (split->files.count == first)
            return fail_no_images(folder, error);
        split->ends[k] = split->files.count;
    }
    return RL_OK;
}

static rl_status read_splits(rl_dataset *dataset, rl_split_files splits[2],
                             const rl_path_list *classes, const rl_folder_splits *parts,
                             const char *path, bool skip_bad, rl_error *error) {
    char folder[PATH_MAX];
    rl_status status = RL_OK;
    for (size_t s = 0; status == RL_OK && s < 2; s++) { /* all are found before any is decoded */
        status = rl_path_join(folder, sizeof folder, path, parts->names[s], error);
        if (status == RL_OK)
            status = list_images(dataset, &splits[s], classes, folder, error);
    }
    for (size_t s = 0; status == RL_OK && s < 2; s++)
        status = rl_split_files_decode(&splits[s], &dataset->split[s], error);
    if (status == RL_OK)
        status = rl_folder_note(dataset, path, parts, splits, error);
    if (status == RL_OK)
        status = skip_bad ? rl_split_files_skip_bad(dataset, splits, error)
                          : rl_split_files_refuse_bad(splits, error);
    return status;
}

static rl_status check_parts(const rl_folder_splits *parts, const char *path, rl_error *error) {
    if (parts->names[RL_SPLIT_TRAIN] && parts->names[RL_SPLIT_TEST])
        return RL_OK;
    char found[600];
    rl_folder_splits_text(found, sizeof found, &parts->folders);
    return rl_fail(error, RL_ERROR_FORMAT, "data '%.200s': no %s part, found %.400s; expected %s",
                   path, parts->names[RL_SPLIT_TRAIN] ? "test" : "training", found,
                   rl_folder_splits_expected);
}

static rl_status read_folders(rl_dataset *dataset, const char *path,
                              const rl_dataset_request *request, rl_error *error) {
    rl_folder_splits parts;
    rl_path_list classes[2] = {{0}, {0}};
    rl_split_files splits[2] = {0};
    rl_status status = rl_folder_splits_find(&parts, path, error);
    if (status == RL_OK)
        status = check_parts(&parts, path, error);
    if (status == RL_OK)
        status = list_classes(dataset, classes, &parts, path, error);
    if (status == RL_OK)
        status = rl_dataset_name_classes(dataset, path, (const char *const *)classes[0].items,
                                         classes[0].count, error);
    if (status == RL_OK)
        status = read_splits(dataset, splits, &classes[0], &parts, path, request->skip_bad, error);
    for (size_t s = 0; s < 2; s++) {
        rl_split_files_free(&splits[s]);
        rl_path_list_free(&classes[s]);
    }
    rl_folder_splits_clear(&parts);
    dataset->flip_keeps_label = true; /* the usual assumption for photographs */
    return status;
}

const rl_dataset_format rl_format_image_folder = {
    .name = "image-folder",
    .help = "a folder with train/<class>/ and test/<class>/ of images",
    .recognize = rl_folder_has_splits,
    .read = read_folders,
};
