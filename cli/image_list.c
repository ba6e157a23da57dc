/* Expands folders to the images in them. What is an image is decided by the name's end here, and by
 * content when the library reads the file. */
#include "image_list.h"

#include "print.h"
#include "reslab.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

/* Takes over `path`, which may be NULL for no memory. */
static bool append(image_list *list, char *path) {
    if (path && list->count == list->room) {
        size_t room = list->room ? 2 * list->room : 64;
        char **paths = reallocarray(list->paths, room, sizeof *paths);
        if (!paths) {
            free(path);
            return false;
        }
        list->paths = paths;
        list->room = room;
    }
    if (path)
        list->paths[list->count++] = path;
    return path != NULL;
}

static int compare_paths(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static char *join(const char *folder, const char *name) {
    char *path;
    size_t length = strlen(folder);
    const char *slash = length && folder[length - 1] == '/' ? "" : "/";
    return asprintf(&path, "%s%s%s", folder, slash, name) < 0 ? NULL : path;
}

static bool add_folder(image_list *list, const char *folder) {
    DIR *directory = opendir(folder);
    if (!directory) {
        print_error("cannot read the folder '%s': %s", folder, strerror(errno));
        list->failures++;
        return true;
    }
    size_t first = list->count;
    bool good = true;
    size_t others = 0;
    for (struct dirent *entry; good && (entry = readdir(directory));)
        if (rl_image_name(entry->d_name))
            good = append(list, join(folder, entry->d_name));
        else
            others += entry->d_name[0] != '.' && strcasecmp(entry->d_name, "Thumbs.db") != 0;
    closedir(directory);
    if (list->count > first)
        qsort(list->paths + first, list->count - first, sizeof *list->paths, compare_paths);
    char endings[128];
    rl_image_endings(endings, sizeof endings);
    if (good && list->count > first && others > 0)
        print_warning("the folder '%s' has %zu other %s not read: images are files that end in %s",
                      folder, others, others == 1 ? "entry that is" : "entries that are", endings);
    if (good && list->count == first) {
        print_error("the folder '%s' has no image, expected %s files", folder, endings);
        list->failures++;
    }
    return good;
}

bool image_list_add(image_list *list, const char *path) {
    struct stat information;
    if (stat(path, &information) == 0 && S_ISDIR(information.st_mode))
        return add_folder(list, path);
    return append(list, strdup(path)); /* whoever reads it says what is wrong with it */
}

void image_list_free(image_list *list) {
    for (size_t i = 0; i < list->count; i++)
        free(list->paths[i]);
    free(list->paths);
    *list = (image_list){0};
}
