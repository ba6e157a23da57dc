/* rl_data_get: the row that a name stands for, and the folder where sets are kept. */
#include "base/error.h"
#include "base/text.h"
#include "data/fetch.h"
#include "data/places.h"

static rl_status fail_unknown(const char *name, rl_error *error) {
    enum { NAMES_MAX = 32 };
    const char *names[NAMES_MAX];
    char list[512];
    size_t count = 0;
    for (; count < NAMES_MAX && rl_data_source_at(count); count++)
        names[count] = rl_data_source_at(count)->name;
    rl_text_list(list, sizeof list, names, count);
    const char *nearest = rl_text_nearest(name, names, count);
    return nearest ? rl_fail(error, RL_ERROR_ARGUMENT,
                             "data set '%s': unknown; did you mean '%s'? Expected %s", name,
                             nearest, list)
                   : rl_fail(error, RL_ERROR_ARGUMENT, "data set '%s': unknown; expected %s", name,
                             list);
}

rl_status rl_data_get(const rl_data_request *request, rl_data_result *result, rl_error *error) {
    char places[RL_PLACES_MAX][PATH_MAX];
    rl_data_request known = *request;
    if (result)
        *result = (rl_data_result){0};
    const rl_source_row *row = rl_source_find(request->name);
    if (!row)
        return fail_unknown(request->name, error);
    if (!known.folder) {
        if (rl_data_places(places) == 0)
            return rl_fail(error, RL_ERROR_ARGUMENT,
                           "data set '%s': nowhere to put it, as neither RESLAB_DATA nor HOME is "
                           "set; expected a folder",
                           request->name);
        known.folder = places[0];
    }
    return rl_data_fetch(row, &known, NULL, result, error);
}
