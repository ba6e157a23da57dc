/* One line a matter, with counts and the first example in file order. */
#include "data/folder_notes.h"

#include "base/error.h"
#include "base/memory.h"
#include "data/dataset_build.h"

#include <stdio.h>
#include <string.h>

/* ---- Folders ---- */

static rl_status note_parts(rl_dataset *dataset, const char *path, const rl_folder_splits *parts,
                            rl_error *error) {
    static const char *const usual[2] = {"train", "test"};
    static const char *const what[2] = {"training", "test"};
    rl_status status = RL_OK;
    for (size_t s = 0; status == RL_OK && s < 2; s++)
        if (strcmp(parts->names[s], usual[s]) != 0)
            status = rl_dataset_add_note(
                dataset, error,
                "data '%.300s': there is no %s/, so %.100s/ is taken as the %s part", path,
                usual[s], parts->names[s], what[s]);
    return status;
}

static rl_status note_unused_folders(rl_dataset *dataset, const char *path,
                                     const rl_folder_splits *parts, rl_error *error) {
    rl_path_list unused = {0};
    char text[600];
    const rl_path_list *all = &parts->folders;
    unused.items = rl_alloc(all->count, sizeof *unused.items);
    if (!unused.items)
        return rl_fail_memory(error, "a note on the data");
    for (size_t i = 0; i < all->count; i++)
        if (all->items[i] != parts->names[0] && all->items[i] != parts->names[1] &&
            !rl_census_is_clutter(all->items[i]))
            unused.items[unused.count++] = all->items[i];
    rl_folder_splits_text(text, sizeof text, &unused);
    const rl_status status =
        unused.count == 0
            ? RL_OK
            : rl_dataset_add_note(dataset, error,
                                  "data '%.300s': not used: %s; %.100s/ is the training part and "
                                  "%.100s/ the test part",
                                  path, text, parts->names[0], parts->names[1]);
    rl_free(unused.items); /* the names belong to `parts` */
    return status;
}

/* ---- Files ---- */

static rl_status note_unread(rl_dataset *dataset, const char *path, rl_error *error) {
    char text[600], endings[128];
    size_t count = 0;
    rl_census_sort(&dataset->unread);
    for (size_t i = 0; i < dataset->unread.count; i++)
        count += dataset->unread.items[i].count;
    if (count == 0)
        return RL_OK;
    const size_t length = strlen(path);
    rl_census_text(text, sizeof text, &dataset->unread,
                   length + (length == 0 || path[length - 1] != '/'));
    rl_image_endings(endings, sizeof endings);
    return rl_dataset_add_note(dataset, error,
                               "data '%.200s': %zu file%s not read: %s; images are files that end "
                               "in %s",
                               path, count, count == 1 ? " is" : "s are", text, endings);
}

static rl_status note_remarks(rl_dataset *dataset, const char *path, const rl_split_files splits[2],
                              rl_error *error) {
    const char *file = NULL, *remark = NULL;
    size_t count = 0;
    for (size_t s = 0; s < 2; s++)
        for (size_t i = 0; i < splits[s].files.count; i++) {
            if (!splits[s].outcomes[i].remark)
                continue;
            file = count == 0 ? splits[s].files.items[i] : file;
            remark = count++ == 0 ? splits[s].outcomes[i].remark : remark;
        }
    if (count == 0)
        return RL_OK;
    return rl_dataset_add_note(dataset, error,
                               "data '%.200s': %zu image%s flaw%s that cost%s no pixel, and %s "
                               "read; the first: %.500s: %s",
                               path, count, count == 1 ? " has a" : "s have", count == 1 ? "" : "s",
                               count == 1 ? "s" : "", count == 1 ? "was" : "were", file, remark);
}

/* ---- Sizes ---- */

/* Images to which one thing was done, and the smallest and largest of them. */
typedef struct {
    size_t count;
    const rl_image_outcome *smallest, *largest;
} fitted;

static size_t area(const rl_image_outcome *image) {
    return (size_t)image->width * image->height;
}

static void take(fitted *f, const rl_image_outcome *image) {
    f->count++;
    if (!f->smallest || area(image) < area(f->smallest))
        f->smallest = image;
    if (!f->largest || area(image) > area(f->largest))
        f->largest = image;
}

static void add_text(char *text, size_t size, const fitted *f, const char *what) {
    const size_t length = strlen(text);
    if (f->count == 0 || length >= size)
        return;
    const int used =
        snprintf(text + length, size - length, "%s%zu %s (", length ? ", " : "", f->count, what);
    if (area(f->smallest) != area(f->largest))
        snprintf(text + length + used, size - length - (size_t)used, "%dx%d to %dx%d)",
                 f->smallest->width, f->smallest->height, f->largest->width, f->largest->height);
    else
        snprintf(text + length + used, size - length - (size_t)used, "%dx%d)", f->smallest->width,
                 f->smallest->height);
}

static rl_status note_sizes(rl_dataset *dataset, const char *path, const rl_split_files splits[2],
                            rl_error *error) {
    fitted shrunk = {0}, enlarged = {0}, cropped = {0};
    size_t total = 0, changed = 0;
    char text[400] = "";
    for (size_t s = 0; s < 2; s++)
        for (size_t i = 0; i < splits[s].files.count; i++) {
            const rl_image_outcome *image = &splits[s].outcomes[i];
            const size_t side = rl_min(image->width, image->height);
            if (image->reason)
                continue;
            total++;
            changed += image->width != RL_IMAGE_SIDE || image->height != RL_IMAGE_SIDE;
            if (image->width != image->height)
                take(&cropped, image);
            if (side != RL_IMAGE_SIDE)
                take(side > RL_IMAGE_SIDE ? &shrunk : &enlarged, image);
        }
    if (changed == 0)
        return RL_OK;
    add_text(text, sizeof text, &cropped, "cropped to the centre square");
    add_text(text, sizeof text, &shrunk, "shrunk");
    add_text(text, sizeof text, &enlarged, "enlarged");
    return rl_dataset_add_note(dataset, error, "data '%.300s': %zu of %zu images made %dx%d: %s",
                               path, changed, total, RL_IMAGE_SIDE, RL_IMAGE_SIDE, text);
}

rl_status rl_folder_note(rl_dataset *dataset, const char *path, const rl_folder_splits *parts,
                         const rl_split_files splits[2], rl_error *error) {
    rl_status status = note_parts(dataset, path, parts, error);
    if (status == RL_OK)
        status = note_unused_folders(dataset, path, parts, error);
    if (status == RL_OK)
        status = note_unread(dataset, path, error);
    if (status == RL_OK)
        status = note_remarks(dataset, path, splits, error);
    if (status == RL_OK)
        status = note_sizes(dataset, path, splits, error);
    return status;
}
