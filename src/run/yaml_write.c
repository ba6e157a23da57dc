/* A thin layer over libyaml's emitter: one function an event, and one flag for all failures. */
#include "run/yaml_write.h"

#include "base/memory.h"

#include <errno.h>
#include <string.h>
#include <yaml.h>

struct rl_yaml_writer {
    yaml_emitter_t emitter;
    bool good;
};

static int append(void *stream, unsigned char *bytes, size_t size) {
    return fwrite(bytes, 1, size, stream) == size;
}

/* The emitter takes the event over in any case; `made` is whether there is one. */
static void emit(rl_yaml_writer *writer, yaml_event_t *event, int made) {
    writer->good = made && yaml_emitter_emit(&writer->emitter, event);
}

rl_yaml_writer *rl_yaml_writer_open(FILE *stream) {
    rl_yaml_writer *writer = rl_alloc(1, sizeof *writer);
    if (!writer || !yaml_emitter_initialize(&writer->emitter)) {
        rl_free(writer);
        errno = ENOMEM;
        return NULL;
    }
    yaml_emitter_set_output(&writer->emitter, append, stream);
    yaml_emitter_set_unicode(&writer->emitter, 1);
    yaml_emitter_set_width(&writer->emitter, -1);
    yaml_event_t event;
    emit(writer, &event, yaml_stream_start_event_initialize(&event, YAML_UTF8_ENCODING));
    if (writer->good)
        emit(writer, &event, yaml_document_start_event_initialize(&event, NULL, NULL, NULL, 1));
    return writer;
}

bool rl_yaml_writer_close(rl_yaml_writer *writer) {
    if (!writer)
        return false;
    yaml_event_t event;
    if (writer->good)
        emit(writer, &event, yaml_document_end_event_initialize(&event, 1));
    if (writer->good)
        emit(writer, &event, yaml_stream_end_event_initialize(&event));
    const bool good = writer->good && yaml_emitter_flush(&writer->emitter);
    yaml_emitter_delete(&writer->emitter);
    rl_free(writer);
    return good;
}

void rl_yaml_mapping_begin(rl_yaml_writer *writer) {
    yaml_event_t event;
    if (writer->good)
        emit(writer, &event,
             yaml_mapping_start_event_initialize(&event, NULL, NULL, 1, YAML_BLOCK_MAPPING_STYLE));
}

void rl_yaml_mapping_end(rl_yaml_writer *writer) {
    yaml_event_t event;
    if (writer->good)
        emit(writer, &event, yaml_mapping_end_event_initialize(&event));
}

static void begin_list(rl_yaml_writer *writer, yaml_sequence_style_t style) {
    yaml_event_t event;
    if (writer->good)
        emit(writer, &event, yaml_sequence_start_event_initialize(&event, NULL, NULL, 1, style));
}

void rl_yaml_list_begin(rl_yaml_writer *writer) {
    begin_list(writer, YAML_FLOW_SEQUENCE_STYLE);
}

void rl_yaml_items_begin(rl_yaml_writer *writer) {
    begin_list(writer, YAML_BLOCK_SEQUENCE_STYLE);
}

void rl_yaml_list_end(rl_yaml_writer *writer) {
    yaml_event_t event;
    if (writer->good)
        emit(writer, &event, yaml_sequence_end_event_initialize(&event));
}

static void scalar(rl_yaml_writer *writer, const char *text, yaml_scalar_style_t style) {
    yaml_event_t event;
    if (writer->good)
        emit(writer, &event,
             yaml_scalar_event_initialize(&event, NULL, NULL, (const yaml_char_t *)text,
                                          (int)strlen(text), 1, 1, style));
}

void rl_yaml_word(rl_yaml_writer *writer, const char *word) {
    scalar(writer, word, YAML_PLAIN_SCALAR_STYLE);
}

void rl_yaml_text(rl_yaml_writer *writer, const char *text) {
    scalar(writer, text, YAML_DOUBLE_QUOTED_SCALAR_STYLE);
}
