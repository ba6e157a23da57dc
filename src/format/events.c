/* One Event a record. Messages are built in one growing text that keeps its memory, so that after
 * the first steps nothing is allocated any more. Field numbers are those of event.proto,
 * summary.proto, tensor.proto and the hparams plugin's plugin.proto. */
#include "format/events.h"

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/open.h"
#include "base/text.h"
#include "format/crc32c.h"
#include "format/protobuf.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define BEGINNING "events.out.tfevents."

enum { PATH_SIZE = 1280, DT_FLOAT = 1, DT_STRING = 7, SESSION_START = 1 };
enum { STATUS_SUCCESS = 1, STATUS_FAILURE = 2 };

struct rl_events {
    FILE *file;
    rl_buffer message;
    char path[PATH_SIZE];
};

static double wall_time(void) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* Starts an Event in the message's memory. */
static rl_buffer *begin_event(rl_events *events, uint64_t step) {
    rl_buffer *message = &events->message;
    message->length = 0;
    rl_protobuf_double(message, 1, wall_time());
    if (step > 0)
        rl_protobuf_integer(message, 2, step);
    return message;
}

static void put_little_endian(uint8_t *bytes, uint64_t value, size_t size) {
    for (size_t i = 0; i < size; i++)
        bytes[i] = (uint8_t)(value >> 8 * i);
}

/* The checksum of a checksum would be a likely accident; TensorFlow masks it. */
static uint32_t masked_crc(const void *bytes, size_t size) {
    const uint32_t crc = rl_crc32c(bytes, size);
    return (crc >> 15 | crc << 17) + UINT32_C(0xA282EAD8);
}

static rl_status write_event(rl_events *events, rl_error *error) {
    const rl_buffer *message = &events->message;
    uint8_t head[12], tail[4];
    const rl_status status = rl_buffer_status(message, events->path, error);
    if (status != RL_OK)
        return status;
    put_little_endian(head, message->length, 8);
    put_little_endian(head + 8, masked_crc(head, 8), 4);
    put_little_endian(tail, masked_crc(message->text, message->length), 4);
    if (fwrite(head, sizeof head, 1, events->file) != 1 ||
        fwrite(message->text, message->length, 1, events->file) != 1 ||
        fwrite(tail, sizeof tail, 1, events->file) != 1)
        return rl_fail_errno(error, "%s: cannot write", events->path);
    return RL_OK;
}

/* Readers take files in the order of their names: this one comes after those that are there,
 * whatever the clocks of the machines said that made them. */
static long long next_time(const char *folder) {
    enum { DIGITS = 10 }; /* more are no time */
    long long next = (long long)time(NULL);
    DIR *entries = opendir(folder);
    for (const struct dirent *entry; entries && (entry = readdir(entries));) {
        const char *digits = entry->d_name + strlen(BEGINNING);
        if (strncmp(entry->d_name, BEGINNING, strlen(BEGINNING)) != 0 ||
            strspn(digits, "0123456789") != DIGITS)
            continue;
        const long long after = strtoll(digits, NULL, 10) + 1;
        next = after > next ? after : next;
    }
    if (entries)
        closedir(entries);
    return next;
}

/* A name no other file has: of this process by number, of others by time, host and process. */
static rl_status set_path(rl_events *events, const char *folder, rl_error *error) {
    static atomic_uint number;
    char host[256] = "localhost", name[384];
    if (gethostname(host, sizeof host - 1) != 0)
        snprintf(host, sizeof host, "localhost");
    for (char *c = host; *c; c++)
        if (*c == '/')
            *c = '-';
    snprintf(name, sizeof name, BEGINNING "%lld.%s.%ld.%u", next_time(folder), host, (long)getpid(),
             atomic_fetch_add(&number, 1));
    return rl_path_join(events->path, sizeof events->path, folder, name, error);
}

rl_status rl_events_create(rl_events **result, const char *folder, rl_error *error) {
    *result = NULL;
    rl_events *events = rl_alloc(1, sizeof *events);
    if (!events)
        return rl_fail_memory(error, "an event file");
    rl_status status = set_path(events, folder, error);
    if (status == RL_OK) {
        events->file = rl_open_stream(events->path, O_WRONLY | O_CREAT | O_EXCL, "wb");
        if (!events->file)
            status = rl_fail_errno(error, "%s: cannot make this file", events->path);
    }
    if (status == RL_OK) {
        rl_protobuf_text(begin_event(events, 0), 3, "brain.Event:2");
        status = write_event(events, error);
    }
    if (status == RL_OK)
        status = rl_events_flush(events, error);
    if (status == RL_OK)
        status = rl_folder_sync(folder, error);
    if (status != RL_OK) {
        if (events->file)
            unlink(events->path);
        rl_events_close(events);
        return status;
    }
    *result = events;
    return RL_OK;
}

const char *rl_events_path(const rl_events *events) {
    return events->path;
}

rl_status rl_events_restart(rl_events *events, uint64_t step, rl_error *error) {
    rl_buffer *message = begin_event(events, step);
    const size_t log = rl_protobuf_begin(message, 7);
    rl_protobuf_integer(message, 1, SESSION_START);
    rl_protobuf_end(message, log);
    return write_event(events, error);
}

rl_status rl_events_scalar(rl_events *events, const char *tag, uint64_t step, double value,
                           rl_error *error) {
    rl_buffer *message = begin_event(events, step);
    const size_t summary = rl_protobuf_begin(message, 5), entry = rl_protobuf_begin(message, 1);
    rl_protobuf_text(message, 1, tag);
    rl_protobuf_float(message, 2, (float)value);
    rl_protobuf_end(message, entry);
    rl_protobuf_end(message, summary);
    return write_event(events, error);
}

/* The metadata of a value that a plugin shows. */
static void add_plugin(rl_buffer *message, const char *plugin, const rl_buffer *content) {
    const size_t metadata = rl_protobuf_begin(message, 9), data = rl_protobuf_begin(message, 1);
    rl_protobuf_text(message, 1, plugin);
    if (content)
        rl_protobuf_bytes(message, 2, content->text ? content->text : "", content->length);
    rl_protobuf_end(message, data);
    rl_protobuf_end(message, metadata);
}

/* Begins a tensor of one element. */
static size_t begin_tensor(rl_buffer *message, unsigned type) {
    const size_t tensor = rl_protobuf_begin(message, 8);
    rl_protobuf_integer(message, 1, type);
    const size_t shape = rl_protobuf_begin(message, 2), dimension = rl_protobuf_begin(message, 2);
    rl_protobuf_integer(message, 1, 1);
    rl_protobuf_end(message, dimension);
    rl_protobuf_end(message, shape);
    return tensor;
}

rl_status rl_events_text(rl_events *events, const char *tag, const char *text, rl_error *error) {
    rl_buffer *message = begin_event(events, 0);
    const size_t summary = rl_protobuf_begin(message, 5), entry = rl_protobuf_begin(message, 1);
    rl_protobuf_text(message, 1, tag);
    add_plugin(message, "text", NULL);
    const size_t tensor = begin_tensor(message, DT_STRING);
    rl_protobuf_text(message, 8, text);
    rl_protobuf_end(message, tensor);
    rl_protobuf_end(message, entry);
    rl_protobuf_end(message, summary);
    return write_event(events, error);
}

/* A value of the hparams plugin, whose message `content` is. */
static rl_status write_plugin_value(rl_events *events, const char *tag, const rl_buffer *content,
                                    rl_error *error) {
    rl_buffer *message = begin_event(events, 0);
    const size_t summary = rl_protobuf_begin(message, 5), entry = rl_protobuf_begin(message, 1);
    rl_protobuf_text(message, 1, tag);
    add_plugin(message, "hparams", content);
    const size_t tensor = begin_tensor(message, DT_FLOAT);
    rl_protobuf_float(message, 5, 0);
    rl_protobuf_end(message, tensor);
    rl_protobuf_end(message, entry);
    rl_protobuf_end(message, summary);
    const rl_status status = rl_buffer_status(content, events->path, error);
    return status == RL_OK ? write_event(events, error) : status;
}

/* A google.protobuf.Value. */
static void add_value(rl_buffer *message, const char *text) {
    double number;
    const size_t value = rl_protobuf_begin(message, 2);
    if (rl_text_to_double(text, &number))
        rl_protobuf_double(message, 2, number);
    else if (strcmp(text, "true") == 0 || strcmp(text, "false") == 0)
        rl_protobuf_integer(message, 4, text[0] == 't');
    else
        rl_protobuf_text(message, 3, text);
    rl_protobuf_end(message, value);
}

rl_status rl_events_hyper_parameters(rl_events *events, const rl_hyper_parameter *parameters,
                                     size_t count, rl_error *error) {
    rl_buffer content = {0};
    const size_t info = rl_protobuf_begin(&content, 3);
    for (size_t i = 0; i < count; i++) {
        const size_t entry = rl_protobuf_begin(&content, 1); /* of a map */
        rl_protobuf_text(&content, 1, parameters[i].name);
        add_value(&content, parameters[i].value);
        rl_protobuf_end(&content, entry);
    }
    rl_protobuf_double(&content, 5, wall_time());
    rl_protobuf_end(&content, info);
    const rl_status status =
        write_plugin_value(events, "_hparams_/session_start_info", &content, error);
    rl_buffer_clear(&content);
    return status;
}

rl_status rl_events_outcome(rl_events *events, bool success, rl_error *error) {
    rl_buffer content = {0};
    const size_t info = rl_protobuf_begin(&content, 4);
    rl_protobuf_integer(&content, 1, success ? STATUS_SUCCESS : STATUS_FAILURE);
    rl_protobuf_double(&content, 2, wall_time());
    rl_protobuf_end(&content, info);
    const rl_status status =
        write_plugin_value(events, "_hparams_/session_end_info", &content, error);
    rl_buffer_clear(&content);
    return status;
}

rl_status rl_events_flush(rl_events *events, rl_error *error) {
    return fflush(events->file) == 0 && fsync(fileno(events->file)) == 0
               ? RL_OK
               : rl_fail_errno(error, "%s: cannot write", events->path);
}

void rl_events_close(rl_events *events) {
    if (!events)
        return;
    if (events->file)
        fclose(events->file);
    rl_buffer_clear(&events->message);
    rl_free(events);
}
