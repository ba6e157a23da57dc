/* Configurations as YAML: one flat mapping of option names to scalars. Nesting is refused: a
 * settings file has no use for it. */
#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "run/options.h"
#include "run/recipe.h"
#include "run/yaml_tree.h"
#include "run/yaml_write.h"

#include <string.h>

static rl_status take_setting(rl_config *config, const char *name, const rl_yaml_node *key,
                              bool seen[RL_MAX_OPTIONS], rl_error *error) {
    const rl_option_row *row = rl_option_find(key->text);
    size_t count;
    const rl_option_row *rows = rl_option_rows(&count);
    rl_error detail;
    if (!row) {
        rl_option_unknown(key->text, &detail);
        return rl_yaml_fail(name, key, error, "%s", detail.message);
    }
    if (seen[row - rows])
        return rl_yaml_fail(name, key, error, "option '%s' is set a second time", row->option.name);
    seen[row - rows] = true;
    const rl_yaml_node *value = key->value;
    if (value->kind != RL_YAML_TEXT)
        return rl_yaml_fail(name, value, error, "a %s, expected 'option: value'",
                            value->kind == RL_YAML_LIST ? "list" : "nested mapping");
    const rl_status status = rl_config_set(config, row->option.name, value->text, &detail);
    if (status == RL_ERROR_MEMORY)
        return rl_fail_memory(error, "an option");
    return status == RL_OK ? RL_OK : rl_yaml_fail(name, value, error, "%s", detail.message);
}

/* A mapping of so many options is no person's: it is the record of a run or a study, which names
 * all that there were. Version 0.1.0 had a few more. */
enum { RECORD_OPTIONS = 30 };

/* In a record of an older version, what has no name stands for what was done then. */
static rl_status take_unnamed(rl_config *config, const bool seen[RL_MAX_OPTIONS], rl_error *error) {
    size_t count, named = 0;
    const rl_option_row *rows = rl_option_rows(&count);
    rl_status status = RL_OK;
    for (size_t i = 0; i < count; i++)
        named += seen[i];
    for (size_t i = 0; i < count && named >= RECORD_OPTIONS && status == RL_OK; i++)
        if (!seen[i] && strcmp(rl_option_before(&rows[i]), rows[i].option.default_text) != 0)
            status = rl_config_set(config, rows[i].option.name, rl_option_before(&rows[i]), error);
    return status;
}

rl_status rl_config_take(rl_config *config, const char *name, const rl_yaml_node *mapping,
                         rl_error *error) {
    if (mapping->kind == RL_YAML_LIST)
        return rl_yaml_fail(name, mapping, error, "a list, expected 'option: value'");
    if (mapping->kind == RL_YAML_TEXT)
        return rl_yaml_fail(name, mapping, error, "expected 'option: value' lines");
    bool seen[RL_MAX_OPTIONS] = {false};
    rl_status status = RL_OK;
    for (int recipe = 1; recipe >= 0; recipe--)
        for (const rl_yaml_node *key = mapping->first; key && status == RL_OK; key = key->next)
            if ((strcmp(key->text, RL_RECIPE_OPTION) == 0) == recipe)
                status = take_setting(config, name, key, seen, error);
    return status == RL_OK ? take_unnamed(config, seen, error) : status;
}

rl_status rl_config_parse(rl_config *config, const char *name, const void *bytes, size_t size,
                          rl_error *error) {
    rl_yaml_node *root;
    rl_status status = rl_yaml_parse(&root, name, bytes, size, error);
    if (status != RL_OK)
        return status;
    rl_config *copy = rl_config_copy(config);
    status =
        copy ? rl_config_take(copy, name, root, error) : rl_fail_memory(error, "a configuration");
    if (status == RL_OK)
        rl_config_exchange(config, copy);
    rl_config_free(copy);
    rl_yaml_free(root);
    return status;
}

rl_status rl_config_load(rl_config *config, const char *path, rl_error *error) {
    uint8_t *bytes;
    size_t size;
    rl_status status = rl_file_read(path, RL_YAML_MAX_BYTES, &bytes, &size, error);
    if (status != RL_OK)
        return status;
    status = rl_config_parse(config, path, bytes, size, error);
    rl_free(bytes);
    return status;
}

void rl_config_write_option(const rl_config *config, const rl_option *option,
                            rl_yaml_writer *writer) {
    char buffer[PATH_MAX];
    rl_yaml_word(writer, option->name);
    const char *value = rl_option_recorded(rl_option_find(option->name), config, buffer);
    if (option->type == RL_OPTION_TEXT)
        rl_yaml_text(writer, value);
    else
        rl_yaml_word(writer, value);
}

static bool write_yaml(FILE *stream, void *context) {
    if (fputs("# Every option of this run; reslab train --config reads it back.\n", stream) == EOF)
        return false;
    rl_yaml_writer *writer = rl_yaml_writer_open(stream);
    if (!writer)
        return false;
    rl_yaml_mapping_begin(writer);
    size_t count;
    const rl_option_row *rows = rl_option_rows(&count);
    for (size_t i = 0; i < count; i++)
        rl_config_write_option(context, &rows[i].option, writer);
    rl_yaml_mapping_end(writer);
    return rl_yaml_writer_close(writer);
}

rl_status rl_config_save(const rl_config *config, const char *path, rl_error *error) {
    return rl_file_replace(path, write_yaml, (void *)config, error);
}
