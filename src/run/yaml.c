/* Configurations as YAML: one flat mapping of option names to scalars, through libyaml. Anchors,
 * tags, nesting and a second document are refused: a settings file has no use for them. */
#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "run/options.h"

#include <stdio.h>
#include <string.h>
#include <yaml.h>

#define MAX_YAML_BYTES ((size_t)1 << 20)

typedef struct {
    const char *path;
    rl_config *config;
    bool seen[RL_MAX_OPTIONS];
    char key[64]; /* the key whose value is next; "" when a key is next */
    int depth;    /* of mappings */
    size_t documents;
    rl_error *error;
} loader;

static rl_status fail_line(const loader *l, const yaml_event_t *event, const char *message) {
    const long long line = (long long)event->start_mark.line + 1;
    return rl_fail_at(l->error, RL_ERROR_FORMAT, line, "%s:%lld: %s", l->path, line, message);
}

static rl_status take_key(loader *l, const yaml_event_t *event, const char *text) {
    const rl_option_row *row = rl_option_find(text);
    size_t count;
    const rl_option_row *rows = rl_option_rows(&count);
    rl_error detail;
    if (!row) {
        rl_option_unknown(text, &detail);
        return fail_line(l, event, detail.message);
    }
    if (l->seen[row - rows]) {
        char message[128];
        snprintf(message, sizeof message, "option '%s' is set a second time", row->option.name);
        return fail_line(l, event, message);
    }
    l->seen[row - rows] = true;
    snprintf(l->key, sizeof l->key, "%s", row->option.name);
    return RL_OK;
}

static rl_status take_scalar(loader *l, const yaml_event_t *event) {
    const char *text = (const char *)event->data.scalar.value;
    if (event->data.scalar.anchor || event->data.scalar.tag)
        return fail_line(l, event, "anchors and tags are not used here, expected a plain value");
    if (strlen(text) != event->data.scalar.length)
        return fail_line(l, event, "a value contains a NUL byte");
    if (l->depth == 0)
        return fail_line(l, event, "expected 'option: value' lines");
    if (!l->key[0])
        return take_key(l, event, text);
    rl_error detail;
    const rl_status status = rl_config_set(l->config, l->key, text, &detail);
    l->key[0] = '\0';
    if (status == RL_ERROR_MEMORY)
        return rl_fail_memory(l->error, "an option");
    return status == RL_OK ? RL_OK : fail_line(l, event, detail.message);
}

static rl_status take_event(loader *l, const yaml_event_t *event) {
    switch (event->type) {
    case YAML_DOCUMENT_START_EVENT:
        return ++l->documents > 1 ? fail_line(l, event, "a second document, expected one") : RL_OK;
    case YAML_MAPPING_START_EVENT:
        if (event->data.mapping_start.anchor || event->data.mapping_start.tag)
            return fail_line(l, event, "anchors and tags are not used here");
        return ++l->depth > 1 ? fail_line(l, event, "a nested mapping, expected 'option: value'")
                              : RL_OK;
    case YAML_MAPPING_END_EVENT:
        l->depth--;
        return RL_OK;
    case YAML_SCALAR_EVENT:
        return take_scalar(l, event);
    case YAML_SEQUENCE_START_EVENT:
        return fail_line(l, event, "a list, expected 'option: value'");
    case YAML_ALIAS_EVENT:
        return fail_line(l, event, "aliases are not used here, expected a plain value");
    default:
        return RL_OK;
    }
}

/* libyaml knows the line of a bad token, but of bytes that are no text only their offset. */
static rl_status fail_parser(const loader *l, const yaml_parser_t *parser, const uint8_t *bytes,
                             size_t size) {
    if (parser->error == YAML_MEMORY_ERROR)
        return rl_fail_memory(l->error, "YAML");
    long long line = 1;
    if (parser->error == YAML_READER_ERROR) {
        for (size_t i = 0; i < size && i < parser->problem_offset; i++)
            line += bytes[i] == '\n';
    } else {
        line += (long long)parser->problem_mark.line;
    }
    return rl_fail_at(l->error, RL_ERROR_FORMAT, line, "%s:%lld: not YAML: %s", l->path, line,
                      parser->problem ? parser->problem : "cannot be read");
}

static rl_status parse(loader *l, const uint8_t *bytes, size_t size) {
    yaml_parser_t parser;
    if (!yaml_parser_initialize(&parser))
        return rl_fail_memory(l->error, "a YAML parser");
    yaml_parser_set_input_string(&parser, bytes, size);
    rl_status status = RL_OK;
    for (bool more = true; more && status == RL_OK;) {
        yaml_event_t event;
        if (!yaml_parser_parse(&parser, &event)) {
            status = fail_parser(l, &parser, bytes, size);
            break;
        }
        more = event.type != YAML_STREAM_END_EVENT;
        status = take_event(l, &event);
        yaml_event_delete(&event);
    }
    yaml_parser_delete(&parser);
    return status;
}

rl_status rl_config_parse(rl_config *config, const char *name, const void *bytes, size_t size,
                          rl_error *error) {
    rl_config *copy = rl_config_copy(config);
    if (!copy)
        return rl_fail_memory(error, "a configuration");
    loader l = {.path = name, .config = copy, .error = error};
    const rl_status status = parse(&l, bytes, size);
    if (status == RL_OK) {
        const rl_config old = *config;
        *config = *copy;
        *copy = old;
    }
    rl_config_free(copy);
    return status;
}

rl_status rl_config_load(rl_config *config, const char *path, rl_error *error) {
    uint8_t *bytes;
    size_t size;
    rl_status status = rl_file_read(path, MAX_YAML_BYTES, &bytes, &size, error);
    if (status != RL_OK)
        return status;
    status = rl_config_parse(config, path, bytes, size, error);
    rl_free(bytes);
    return status;
}

static int append(void *stream, unsigned char *bytes, size_t size) {
    return fwrite(bytes, 1, size, stream) == size;
}

/* Emits the event; true on success. The emitter takes the event over in any case. */
static bool emit(yaml_emitter_t *emitter, yaml_event_t *event, int made) {
    return made && yaml_emitter_emit(emitter, event);
}

static bool emit_scalar(yaml_emitter_t *emitter, const char *text, bool quoted) {
    yaml_event_t event;
    const yaml_scalar_style_t style =
        quoted ? YAML_DOUBLE_QUOTED_SCALAR_STYLE : YAML_PLAIN_SCALAR_STYLE;
    return emit(emitter, &event,
                yaml_scalar_event_initialize(&event, NULL, NULL, (const yaml_char_t *)text,
                                             (int)strlen(text), 1, 1, style));
}

static bool write_yaml(FILE *stream, void *context) {
    const rl_config *config = context;
    size_t count;
    const rl_option_row *rows = rl_option_rows(&count);
    yaml_emitter_t emitter;
    yaml_event_t event;
    if (!yaml_emitter_initialize(&emitter))
        return false;
    yaml_emitter_set_output(&emitter, append, stream);
    yaml_emitter_set_unicode(&emitter, 1);
    yaml_emitter_set_width(&emitter, -1);
    bool good =
        fputs("# Every option of this run; reslab train --config reads it back.\n", stream) != EOF;
    good = good &&
           emit(&emitter, &event, yaml_stream_start_event_initialize(&event, YAML_UTF8_ENCODING));
    good = good && emit(&emitter, &event,
                        yaml_document_start_event_initialize(&event, NULL, NULL, NULL, 1));
    good = good && emit(&emitter, &event,
                        yaml_mapping_start_event_initialize(&event, NULL, NULL, 1,
                                                            YAML_BLOCK_MAPPING_STYLE));
    for (size_t i = 0; good && i < count; i++)
        good = emit_scalar(&emitter, rows[i].option.name, false) &&
               emit_scalar(&emitter, rl_config_get(config, rows[i].option.name),
                           rows[i].option.type == RL_OPTION_TEXT);
    good = good && emit(&emitter, &event, yaml_mapping_end_event_initialize(&event));
    good = good && emit(&emitter, &event, yaml_document_end_event_initialize(&event, 1));
    good = good && emit(&emitter, &event, yaml_stream_end_event_initialize(&event));
    good = good && yaml_emitter_flush(&emitter);
    yaml_emitter_delete(&emitter);
    return good;
}

rl_status rl_config_save(const rl_config *config, const char *path, rl_error *error) {
    return rl_file_replace(path, write_yaml, (void *)config, error);
}
