/* Looks for known data sets in the places where downloads are kept, and where the distribution's
 * packages put them. Nothing is downloaded, and only names are looked at: whether the files are
 * whole is the format's to say. */
#include "data/find.h"

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "data/dataset.h"
#include "data/places.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

typedef struct {
    const char *name;
    const rl_dataset_format *format; /* by which a folder is known to hold the set */
    const char *expected;            /* its files, for messages */
    const char *folders[3];          /* below each place, ended by NULL; "" is the place itself */
    const char *package;             /* its folder below that of packages; NULL where none has it */
} known_data;

/* The MNIST family shares its files' names, so those are not looked for in a place itself. */
static const known_data known[] = {
    {.name = "cifar10",
     .format = &rl_format_cifar10,
     .expected =
         "data_batch_1.bin to data_batch_5.bin and test_batch.bin of cifar-10-binary.tar.gz",
     .folders = {"", "cifar10"}},
    {.name = "cifar100",
     .format = &rl_format_cifar100,
     .expected = "train.bin, test.bin and the names of the classes of cifar-100-binary.tar.gz",
     .folders = {"", "cifar100"}},
    {.name = "fashion-mnist",
     .format = &rl_format_idx,
     .expected = "train-images-idx3-ubyte and its three siblings, plain or .gz (Debian's package "
                 "dataset-fashion-mnist brings them)",
     .folders = {"fashion-mnist", "FashionMNIST"},
     .package = "fashion-mnist"},
    {.name = "mnist",
     .format = &rl_format_idx,
     .expected = "train-images-idx3-ubyte and its three siblings, plain or .gz",
     .folders = {"mnist", "MNIST"}},
};
enum { KNOWN_COUNT = sizeof known / sizeof *known };

size_t rl_data_known_names(const char **names, size_t room) {
    size_t count = 0;
    for (; count < KNOWN_COUNT && count < room; count++)
        names[count] = known[count].name;
    return count;
}

static bool holds(const known_data *data, const char *place, const char *name,
                  char folder[PATH_MAX]) {
    return rl_path_join(folder, PATH_MAX, place, name, NULL) == RL_OK &&
           data->format->recognize(folder);
}

static bool find_below(const known_data *data, const char *place, char folder[PATH_MAX]) {
    for (size_t i = 0; data->folders[i]; i++)
        if (holds(data, place, data->folders[i], folder))
            return true;
    return false;
}

static rl_status fail_absent(const known_data *data, char places[RL_PLACES_MAX][PATH_MAX],
                             size_t count, rl_error *error) {
    const char *unset = rl_data_place_is_chosen() ? "" : " ($RESLAB_DATA is not set)";
    const bool in_place = !*data->folders[0];
    if (count == 0)
        return rl_fail(error, RL_ERROR_IO,
                       "data '%s': nowhere to look, as neither RESLAB_DATA nor HOME is set; "
                       "expected %s",
                       data->name, data->expected);
    return rl_fail(error, RL_ERROR_IO,
                   "data '%s': not found in %.200s%s%.200s%s; expected %s in its folder %s%s%s: "
                   "%s; 'reslab data get %s' downloads it",
                   data->name, places[0], count > 1 ? " or " : "", count > 1 ? places[1] : "",
                   unset, in_place ? "there or" : "there,", in_place ? "" : data->folders[0],
                   in_place ? "" : " or ", data->folders[1], data->expected, data->name);
}

rl_status rl_data_find_beside(const char **found, char buffer[PATH_MAX], const char *data,
                              const char *packages, rl_error *error) {
    *found = data;
    const known_data *row = known;
    while (row < known + KNOWN_COUNT && strcmp(row->name, data) != 0)
        row++;
    if (row == known + KNOWN_COUNT || rl_file_exists(data) || rl_file_is_folder(data))
        return RL_OK;
    char places[RL_PLACES_MAX][PATH_MAX];
    const size_t count = rl_data_places(places);
    *found = buffer;
    for (size_t i = 0; i < count; i++)
        if (find_below(row, places[i], buffer))
            return RL_OK;
    if (row->package && holds(row, packages, row->package, buffer))
        return RL_OK;
    *found = NULL;
    return fail_absent(row, places, count, error);
}

rl_status rl_data_find(const char **found, char buffer[PATH_MAX], const char *data,
                       rl_error *error) {
    return rl_data_find_beside(found, buffer, data, RL_PACKAGES_PLACE, error);
}

const char *rl_data_whole_path(const char *data, char buffer[PATH_MAX]) {
    char here[PATH_MAX];
    if (data[0] == '\0' || data[0] == '/' || strcmp(data, rl_format_shapes.name) == 0 ||
        !rl_file_exists(data) || !getcwd(here, sizeof here))
        return data;
    while (data[0] == '.' && data[1] == '/')
        data += 2 + strspn(data + 2, "/");
    const bool is_here = data[0] == '\0' || strcmp(data, ".") == 0;
    const bool whole = rl_path_join(buffer, PATH_MAX, here, is_here ? "" : data, NULL) == RL_OK;
    return whole && rl_text_is_utf8(buffer) ? buffer : data; /* records hold nothing else */
}
