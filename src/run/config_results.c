/* What of a configuration decides a run's result, and in what two of them differ. */
#include "base/error.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/text.h"
#include "format/json_text.h"
#include "run/options.h"

#include <stdio.h>
#include <string.h>

/* The first option of a role in which they differ; NULL for none. */
static const char *difference(const rl_config *a, const rl_config *b, rl_option_role role) {
    char first[PATH_MAX], second[PATH_MAX];
    size_t count;
    const rl_option_row *rows = rl_option_rows(&count);
    for (size_t i = 0; i < count; i++)
        if (rows[i].option.role == role && strcmp(rl_option_recorded(&rows[i], a, first),
                                                  rl_option_recorded(&rows[i], b, second)) != 0)
            return rows[i].option.name;
    return NULL;
}

const char *rl_config_difference(const rl_config *a, const rl_config *b) {
    return difference(a, b, RL_ROLE_RESULT);
}

bool rl_config_same_source(const rl_config *a, const rl_config *b) {
    return !difference(a, b, RL_ROLE_SOURCE);
}

char *rl_config_results(const rl_config *config) {
    char buffer[PATH_MAX];
    size_t count;
    const rl_option_row *rows = rl_option_rows(&count);
    json_t *object = json_object();
    for (size_t i = 0; i < count; i++)
        if (rows[i].option.role == RL_ROLE_RESULT)
            rl_json_set(&object, rows[i].option.name,
                        json_string(rl_option_recorded(&rows[i], config, buffer)));
    char *text = rl_json_text(object); /* NULL for NULL */
    json_decref(object);
    return text;
}

bool rl_config_result(const char *results, const char *option, char *value, size_t size) {
    bool no_memory;
    json_t *object = rl_json_parse_text(results, &no_memory);
    const char *text = json_string_value(json_object_get(object, option));
    const bool fits = text && snprintf(value, size, "%s", text) < (int)size;
    json_decref(object);
    return fits;
}

rl_status rl_config_compare_results(const rl_config *config, const char *results, const char *path,
                                    rl_error *error) {
    char buffer[PATH_MAX];
    size_t count;
    const rl_option_row *rows = rl_option_rows(&count);
    bool no_memory;
    json_t *object = rl_json_parse_text(results, &no_memory);
    rl_status status = object ? RL_OK : rl_fail_memory(error, path);
    for (size_t i = 0; i < count && status == RL_OK; i++) {
        const rl_option *option = &rows[i].option;
        const char *begun = json_string_value(json_object_get(object, option->name));
        const char *now = rl_option_recorded(&rows[i], config, buffer);
        if (!begun) /* an option that is younger than the run */
            begun = rl_option_before(&rows[i]);
        if (option->role == RL_ROLE_RESULT && strcmp(begun, now) != 0)
            status =
                rl_fail(error, RL_ERROR_MISMATCH,
                        "%s: option '%s' is '%.200s', but the run was begun with '%.200s'; set "
                        "it back, or begin a new run with 'reslab train --config %s --out "
                        "FOLDER'",
                        path, option->name, now, begun, path);
    }
    json_decref(object);
    return status;
}
