/* Looks for known data sets in the places where downloads are kept. Nothing is downloaded, and only
 * names are looked at: whether the files are whole is the format's to say. */
#include "data/find.h"

#include "base/error.h"
#include "base/file.h"
#include "data/places.h"

#include <stdio.h>
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

static bool find_below(const known_data *data, const char *place, char folder[PATH_MAX]) {
    char mark[PATH_MAX];
    for (size_t i = 0; data->folders[i]; i++)
        if (rl_path_join(folder, PATH_MAX, place, data->folders[i], NULL) == RL_OK &&
            rl_path_join(mark, sizeof mark, folder, data->mark, NULL) == RL_OK &&
            rl_file_exists(mark))
            return true;
    return false;
}

static rl_status fail_absent(const known_data *data, char places[RL_PLACES_MAX][PATH_MAX],
                             size_t count, rl_error *error) {
    const char *unset = rl_data_place_is_chosen() ? "" : " ($RESLAB_DATA is not set)";
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
    char places[RL_PLACES_MAX][PATH_MAX];
    const size_t count = rl_data_places(places);
    for (size_t i = 0; i < count; i++)
        if (find_below(row, places[i], buffer)) {
            *found = buffer;
            return RL_OK;
        }
    *found = NULL;
    return fail_absent(row, places, count, error);
}
