/* People call the parts as the tools do that made them: train and test, or train and val where
 * there are two, or all three. Names in capitals come from file systems that do not tell them
 * apart. */
#include "data/folder_splits.h"

#include "base/file.h"
#include "base/memory.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { LISTED = 8 };

const char rl_folder_splits_expected[] =
    "train/<class>/ and test/<class>/ of images (in place of test also val, valid or validation)";

/* In the order in which they are looked for. */
static const char *const part_names[2][8] = {
    {"train", "training", NULL},
    {"test", "testing", "val", "valid", "validation", NULL},
};

static bool is_part_name(const char *name) {
    for (size_t s = 0; s < 2; s++)
        for (const char *const *part = part_names[s]; *part; part++)
            if (strcasecmp(*part, name) == 0)
                return true;
    return false;
}

bool rl_folder_has_splits(const char *path) {
    char folder[PATH_MAX];
    bool found = false;
    DIR *stream = opendir(path);
    const struct dirent *entry;
    while (stream && !found && (entry = readdir(stream)))
        found = is_part_name(entry->d_name) &&
                rl_path_join(folder, sizeof folder, path, entry->d_name, NULL) == RL_OK &&
                rl_file_is_folder(folder);
    if (stream)
        closedir(stream);
    return found;
}

void rl_folder_splits_clear(rl_folder_splits *splits) {
    rl_path_list_free(&splits->folders);
    *splits = (rl_folder_splits){0};
}

static const char *find_name(const rl_path_list *folders, const char *name) {
    const char *found = NULL;
    for (size_t i = 0; i < folders->count; i++) {
        if (strcmp(folders->items[i], name) == 0)
            return folders->items[i];
        if (!found && strcasecmp(folders->items[i], name) == 0)
            found = folders->items[i];
    }
    return found;
}

rl_status rl_folder_splits_find(rl_folder_splits *splits, const char *path, rl_error *error) {
    *splits = (rl_folder_splits){0};
    const rl_status status = rl_folder_list_subfolders(&splits->folders, NULL, path, error);
    if (status != RL_OK) {
        rl_folder_splits_clear(splits);
        return status;
    }
    for (size_t s = 0; s < 2; s++)
        for (const char *const *name = part_names[s]; *name && !splits->names[s]; name++)
            splits->names[s] = find_name(&splits->folders, *name);
    return RL_OK;
}

void rl_folder_splits_text(char *buffer, size_t size, const rl_path_list *folders) {
    const char *const what[] = {"no folder", "the folder ", "the folders "};
    size_t length = (size_t)snprintf(buffer, size, "%s", what[rl_min(folders->count, 2)]);
    for (size_t i = 0; i < folders->count && i < LISTED && length < size; i++)
        length += (size_t)snprintf(buffer + length, size - length, "%s%.60s", i ? ", " : "",
                                   folders->items[i]);
    if (folders->count > LISTED && length < size)
        snprintf(buffer + length, size - length, " and %zu more", folders->count - LISTED);
}
