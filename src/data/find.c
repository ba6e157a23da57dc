/* Looks for known data sets in the places where downloads are kept: $RESLAB_DATA, then the user's
 * cache. Nothing is downloaded, and only names are looked at: whether the files are whole is the
 * format's to say. */
#include "data/find.h"

#include "base/error.h"
#include "base/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    const char *name;
    const char *mark;       /* the file by which a folder is known to hold the set */
    const char *expected;   /* for messages */
    const char *folders[5]; /* below each place, ended by NULL; "" is the place itself */
} known_data;

static const known_data known[] = {
    {.name = "cifar10",
     .mark = "data_batch_1.bin",
     .expected =
         "data_batch_1.bin to data_batch_5.bin and test_batch.bin of cifar-10-binary.tar.gz",
     .folders = {"", "cifar-10-batches-bin", "cifar10", "cifar10/cifar-10-batches-bin"}},
};
enum { KNOWN_COUNT = sizeof known / sizeof *known };

size_t rl_data_known_names(const char **names, size_t room) {
    size_t count = 0;
    for (; count < KNOWN_COUNT && count < room; count++)
        names[count] = known[count].name;
    return count;
}

enum { PLACE_COUNT = 2 };

/* An environment variable that names a folder; NULL when it is unset, empty or does not. */
static const char *folder_variable(const char *name) {
    const char *value = getenv(name); /* NOLINT(concurrency-mt-unsafe): nothing here sets it */
    return value && *value ? value : NULL;
}

/* The user's cache folder: $XDG_CACHE_HOME, which counts only when absolute, else ~/.cache. */
static bool cache_place(char place[PATH_MAX]) {
    const char *cache = folder_variable("XDG_CACHE_HOME"), *home = folder_variable("HOME");
    if (cache && cache[0] == '/')
        return rl_path_join(place, PATH_MAX, cache, "reslab", NULL) == RL_OK;
    return home && rl_path_join(place, PATH_MAX, home, ".cache/reslab", NULL) == RL_OK;
}

static size_t list_places(char places[PLACE_COUNT][PATH_MAX]) {
    size_t count = 0;
    const char *data = folder_variable("RESLAB_DATA");
    if (data && rl_path_join(places[count], PATH_MAX, data, "", NULL) == RL_OK)
        count++;
    if (cache_place(places[count]))
        count++;
    return count;
}

static bool find_below(const known_data *data, const char *place, char folder[PATH_MAX]) {
    char mark[PATH_MAX];
    for (size_t i = 0; data->folders[i]; i++)
        if (rl_path_join(folder, PATH_MAX, place, data->folders[i], NULL) == RL_OK &&
            rl_path_join(mark, sizeof mark, folder, data->mark, NULL) == RL_OK &&
            rl_file_exists(mark))
            return true;
    return false;
}

static rl_status fail_absent(const known_data *data, char places[PLACE_COUNT][PATH_MAX],
                             size_t count, rl_error *error) {
    const char *unset = folder_variable("RESLAB_DATA") ? "" : " ($RESLAB_DATA is not set)";
    if (count == 0)
        return rl_fail(error, RL_ERROR_IO,
                       "data '%s': nowhere to look, as neither RESLAB_DATA nor HOME is set; "
                       "expected %s",
                       data->name, data->expected);
    return rl_fail(error, RL_ERROR_IO,
                   "data '%s': not found in %.300s%s%.300s%s; expected there, or in its %s or %s: "
                   "%s",
                   data->name, places[0], count > 1 ? " or " : "", count > 1 ? places[1] : "",
                   unset, data->folders[1], data->folders[2], data->expected);
}

rl_status rl_data_find(const char **found, char buffer[PATH_MAX], const char *data,
                       rl_error *error) {
    *found = data;
    const known_data *row = known;
    while (row < known + KNOWN_COUNT && strcmp(row->name, data) != 0)
        row++;
    if (row == known + KNOWN_COUNT || rl_file_exists(data) || rl_file_is_folder(data))
        return RL_OK;
    char places[PLACE_COUNT][PATH_MAX];
    const size_t count = list_places(places);
    for (size_t i = 0; i < count; i++)
        if (find_below(row, places[i], buffer)) {
            *found = buffer;
            return RL_OK;
        }
    *found = NULL;
    return fail_absent(row, places, count, error);
}
