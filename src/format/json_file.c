/* jansson would open a named pipe and wait for it; here files are read as all others are. */
#include "format/json_file.h"

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "format/json_text.h"

#define LIMIT ((size_t)16 << 20)

rl_status rl_json_file_read(json_t **object, const char *path, rl_error *error) {
    uint8_t *bytes;
    size_t size;
    json_error_t trouble;
    bool no_memory;
    *object = NULL;
    if (!rl_file_exists(path))
        return RL_OK;
    const rl_status status = rl_file_read(path, LIMIT, &bytes, &size, error);
    if (status != RL_OK)
        return status;
    json_t *value = rl_json_parse((const char *)bytes, size, &trouble, &no_memory);
    rl_free(bytes);
    if (no_memory)
        return rl_fail_memory(error, path);
    if (!value)
        return rl_fail_at(error, RL_ERROR_FORMAT, trouble.line, "%s:%d: not JSON: %s", path,
                          trouble.line, trouble.text);
    if (!json_is_object(value)) {
        json_decref(value);
        return rl_fail_at(error, RL_ERROR_FORMAT, 1, "%s:1: expected a JSON object", path);
    }
    *object = value;
    return RL_OK;
}
