/* Walks folder trees without recursion limits being at the mercy of the file system: depth is
 * capped and loops through symbolic links are found by comparing each folder with those above. */
#include "data/folder_scan.h"

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "data/dataset.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define DEPTH_MAX 64

/* A folder being walked and those above it. */
typedef struct ancestor {
    dev_t device;
    ino_t inode;
    const struct ancestor *parent;
} ancestor;

void rl_path_list_free(rl_path_list *list) {
    for (size_t i = 0; i < list->count; i++)
        rl_free(list->items[i]);
    rl_free(list->items);
    *list = (rl_path_list){0};
}

static rl_status append(rl_path_list *list, const char *text, rl_error *error) {
    if (list->count == list->capacity) {
        size_t capacity = list->capacity ? 2 * list->capacity : 64;
        char **items = rl_alloc(capacity, sizeof *items);
        if (!items)
            return rl_fail_memory(error, "listing the images");
        if (list->count)
            memcpy(items, list->items, list->count * sizeof *items);
        rl_free(list->items);
        list->items = items;
        list->capacity = capacity;
    }
    char *copy = rl_strdup(text);
    if (!copy)
        return rl_fail_memory(error, "listing the images");
    list->items[list->count++] = copy;
    return RL_OK;
}

static int compare_names(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* By folder, then by name. Comparing whole paths would put "a-b/x" before "a/x". */
static int compare_paths(const void *a, const void *b) {
    const char *x = *(char *const *)a, *y = *(char *const *)b;
    size_t x_folder = (size_t)(strrchr(x, '/') - x), y_folder = (size_t)(strrchr(y, '/') - y);
    int order = memcmp(x, y, rl_min(x_folder, y_folder));
    if (order == 0 && x_folder != y_folder)
        order = x_folder < y_folder ? -1 : 1;
    return order ? order : strcmp(x + x_folder, y + y_folder);
}

static void sort_from(rl_path_list *list, size_t first,
                      int (*compare)(const void *, const void *)) {
    if (list->count > first)
        qsort(list->items + first, list->count - first, sizeof *list->items, compare);
}

/* The next visible entry of `stream`, its path and what it is; *entry is NULL at the end. An image
 * of which the system tells nothing, such as a link to nowhere, has mode 0: whoever reads it says
 * what is wrong. */
static rl_status next_entry(DIR *stream, const char *folder, const struct dirent **entry,
                            char path[PATH_MAX], struct stat *info, rl_error *error) {
    for (;;) {
        errno = 0;
        *entry = readdir(stream);
        if (!*entry)
            return errno ? rl_fail_errno(error, "%s: cannot list the folder", folder) : RL_OK;
        if ((*entry)->d_name[0] == '.')
            continue;
        rl_status status = rl_path_join(path, PATH_MAX, folder, (*entry)->d_name, error);
        if (status != RL_OK)
            return status;
        if (stat(path, info) == 0)
            return RL_OK;
        info->st_mode = 0;
        if (rl_image_name((*entry)->d_name))
            return RL_OK;
        /* Something unreadable that is not ours to read is passed over. */
    }
}

rl_status rl_folder_list_subfolders(rl_path_list *list, const char *folder, rl_error *error) {
    DIR *stream = opendir(folder);
    if (!stream)
        return rl_fail_errno(error, "%s: cannot list the folder", folder);
    const size_t first = list->count;
    const struct dirent *entry;
    char path[PATH_MAX];
    struct stat info;
    rl_status status;
    while ((status = next_entry(stream, folder, &entry, path, &info, error)) == RL_OK && entry) {
        if (S_ISDIR(info.st_mode))
            status = append(list, entry->d_name, error);
        if (status != RL_OK)
            break;
    }
    closedir(stream);
    sort_from(list, first, compare_names);
    return status;
}

static rl_status walk(rl_path_list *list, const char *folder, const ancestor *parent, int depth,
                      rl_error *error);

static rl_status enter(rl_path_list *list, const char *path, const struct stat *info,
                       const ancestor *parent, int depth, rl_error *error) {
    for (const ancestor *a = parent; a; a = a->parent)
        if (a->device == info->st_dev && a->inode == info->st_ino)
            return rl_fail(error, RL_ERROR_FORMAT,
                           "%s: a symbolic link back to a folder above it, expected images", path);
    if (depth >= DEPTH_MAX)
        return rl_fail(error, RL_ERROR_FORMAT, "%s: more than %d folders deep", path, DEPTH_MAX);
    const ancestor self = {info->st_dev, info->st_ino, parent};
    return walk(list, path, &self, depth + 1, error);
}

static rl_status walk(rl_path_list *list, const char *folder, const ancestor *parent, int depth,
                      rl_error *error) {
    DIR *stream = opendir(folder);
    if (!stream)
        return rl_fail_errno(error, "%s: cannot list the folder", folder);
    const struct dirent *entry;
    char path[PATH_MAX];
    struct stat info;
    rl_status status;
    while ((status = next_entry(stream, folder, &entry, path, &info, error)) == RL_OK && entry) {
        if (rl_image_name(entry->d_name))
            status = append(list, path, error);
        else if (S_ISDIR(info.st_mode))
            status = enter(list, path, &info, parent, depth, error);
        if (status != RL_OK)
            break;
    }
    closedir(stream);
    return status;
}

rl_status rl_folder_list_images(rl_path_list *list, const char *folder, rl_error *error) {
    struct stat info;
    if (stat(folder, &info) != 0)
        return rl_fail_errno(error, "%s: cannot list the folder", folder);
    const size_t first = list->count;
    rl_status status = enter(list, folder, &info, NULL, 0, error);
    sort_from(list, first, compare_paths);
    return status;
}
