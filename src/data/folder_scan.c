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

/* What lies in a folder. */
typedef struct {
    const char *name;
    char path[PATH_MAX];
    struct stat info; /* mode 0: the system tells nothing, as of a link to nowhere */
} entry;

/* Calls `visit` for each entry of `folder` but "." and "..". */
static rl_status visit_entries(const char *folder,
                               rl_status (*visit)(const entry *e, void *context, rl_error *error),
                               void *context, rl_error *error) {
    DIR *stream = opendir(folder);
    if (!stream)
        return rl_fail_errno(error, "%s: cannot list the folder", folder);
    entry e;
    rl_status status = RL_OK;
    const struct dirent *next;
    while (errno = 0, status == RL_OK && (next = readdir(stream))) {
        if (strcmp(next->d_name, ".") == 0 || strcmp(next->d_name, "..") == 0)
            continue;
        e.name = next->d_name;
        status = rl_path_join(e.path, sizeof e.path, folder, next->d_name, error);
        if (status == RL_OK && stat(e.path, &e.info) != 0)
            e.info.st_mode = 0;
        if (status == RL_OK)
            status = visit(&e, context, error);
    }
    if (status == RL_OK && errno)
        status = rl_fail_errno(error, "%s: cannot list the folder", folder);
    closedir(stream);
    return status;
}

/* What a listing fills. */
typedef struct {
    rl_path_list *list;
    rl_census *census; /* NULL: what is passed over is not counted */
    const ancestor *parent;
    int depth;
} listing;

static rl_status pass_over(const listing *l, const entry *e, rl_error *error) {
    return l->census ? rl_census_add(l->census, e->name, e->path, error) : RL_OK;
}

static rl_status visit_subfolder(const entry *e, void *context, rl_error *error) {
    const listing *l = context;
    if (e->name[0] != '.' && S_ISDIR(e->info.st_mode))
        return append(l->list, e->name, error);
    if (l->census && e->name[0] != '.' && rl_image_name(e->name))
        return rl_census_add_as(l->census, "in no class", e->path, error);
    return pass_over(l, e, error);
}

rl_status rl_folder_list_subfolders(rl_path_list *list, rl_census *census, const char *folder,
                                    rl_error *error) {
    listing l = {.list = list, .census = census};
    const size_t first = list->count;
    const rl_status status = visit_entries(folder, visit_subfolder, &l, error);
    sort_from(list, first, compare_names);
    return status;
}

static rl_status enter(const listing *above, const char *path, const struct stat *info,
                       rl_error *error);

/* Whatever is called like an image is one: who reads it says what is wrong with it. */
static rl_status visit_image(const entry *e, void *context, rl_error *error) {
    const listing *l = context;
    if (e->name[0] == '.')
        return pass_over(l, e, error);
    if (rl_image_name(e->name))
        return append(l->list, e->path, error);
    return S_ISDIR(e->info.st_mode) ? enter(l, e->path, &e->info, error) : pass_over(l, e, error);
}

static rl_status enter(const listing *above, const char *path, const struct stat *info,
                       rl_error *error) {
    for (const ancestor *a = above->parent; a; a = a->parent)
        if (a->device == info->st_dev && a->inode == info->st_ino)
            return rl_fail(error, RL_ERROR_FORMAT,
                           "%s: a symbolic link back to a folder above it, expected images", path);
    if (above->depth >= DEPTH_MAX)
        return rl_fail(error, RL_ERROR_FORMAT, "%s: more than %d folders deep", path, DEPTH_MAX);
    const ancestor self = {info->st_dev, info->st_ino, above->parent};
    listing l = {above->list, above->census, &self, above->depth + 1};
    return visit_entries(path, visit_image, &l, error);
}

rl_status rl_folder_list_images(rl_path_list *list, rl_census *census, const char *folder,
                                rl_error *error) {
    struct stat info;
    if (stat(folder, &info) != 0)
        return rl_fail_errno(error, "%s: cannot list the folder", folder);
    const size_t first = list->count;
    const listing top = {.list = list, .census = census};
    rl_status status = enter(&top, folder, &info, error);
    sort_from(list, first, compare_paths);
    return status;
}
