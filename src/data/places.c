/* Reads the environment; looks at no file. */
#include "data/places.h"

#include "base/file.h"

#include <stdlib.h>

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

size_t rl_data_places(char places[RL_PLACES_MAX][PATH_MAX]) {
    size_t count = 0;
    const char *data = folder_variable("RESLAB_DATA");
    if (data && rl_path_join(places[count], PATH_MAX, data, "", NULL) == RL_OK)
        count++;
    if (cache_place(places[count]))
        count++;
    return count;
}

bool rl_data_place_is_chosen(void) {
    return folder_variable("RESLAB_DATA") != NULL;
}
