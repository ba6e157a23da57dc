/* Seals, writes and checks JSON files. jansson keeps the order of members and writes numbers so
 * that they are read back as they were: what is read has the text that was sealed. */
#include "study/work/sealed.h"

#include "base/digest.h"
#include "base/error.h"
#include "base/file.h"
#include "base/json.h"
#include "base/memory.h"
#include "format/json_file.h"
#include "format/json_text.h"

#include <string.h>

static const char seal_name[] = "seal";

const char *rl_sealed_seal(const json_t *object) {
    return json_string_value(json_object_get(object, seal_name));
}

/* Of the object without its seal. */
static bool make_seal(char seal[RL_DIGEST_TEXT], json_t *object) {
    rl_digest digest;
    char *text = rl_json_text(object);
    if (!text)
        return false;
    rl_digest_begin(&digest);
    rl_digest_add(&digest, text, strlen(text));
    const bool good = rl_digest_text(&digest, seal);
    rl_digest_end(&digest);
    rl_free(text);
    return good;
}

rl_status rl_sealed_write(json_t *object, const char *path, rl_error *error) {
    char seal[RL_DIGEST_TEXT];
    if (object && make_seal(seal, object))
        rl_json_set(&object, seal_name, json_string(seal));
    char *text = object && rl_sealed_seal(object) ? rl_json_text(object) : NULL;
    json_decref(object);
    if (!text)
        return rl_fail_memory(error, path);
    const size_t length = strlen(text);
    text[length] = '\n'; /* in place of its end */
    const rl_status status = rl_file_replace_bytes(path, text, length + 1, error);
    rl_free(text);
    return status;
}

rl_status rl_sealed_read(json_t **object, const char *path, rl_error *error) {
    char seal[RL_DIGEST_TEXT];
    const rl_status status = rl_json_file_read(object, path, error);
    if (status != RL_OK || !*object)
        return status;
    json_t *given = json_incref(json_object_get(*object, seal_name));
    json_object_del(*object, seal_name);
    const bool made = make_seal(seal, *object);
    const bool same = made && json_is_string(given) && strcmp(json_string_value(given), seal) == 0;
    if (same)
        rl_json_set(object, seal_name, given);
    else
        json_decref(given);
    if (same && *object)
        return RL_OK;
    json_decref(*object);
    *object = NULL;
    return made && !same
               ? rl_fail(error, RL_ERROR_MISMATCH,
                         "%s: was changed since it was written: its seal does not hold", path)
               : rl_fail_memory(error, path);
}
