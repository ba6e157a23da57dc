/* Reads TensorBoard's event files back, by the formats' own descriptions: what TensorBoard would
 * show of a folder. Every checksum is verified. */
#ifndef RL_TEST_EVENT_FILES_H
#define RL_TEST_EVENT_FILES_H

#include "run/runs.h"

#include "format/crc32c.h"

#include <dirent.h>

typedef struct {
    char tag[40];
    uint64_t step;
    float value;
} event_point;

typedef struct {
    event_point *points; /* in the order of files and records, void ones left out */
    size_t count, files, versions, restarts, settings, outcomes, texts;
} event_log;

/* A field of a message: number, wire type, and its bytes or value. */
typedef struct {
    unsigned number, type;
    const uint8_t *bytes;
    uint64_t value; /* length of `bytes` in a field of that type */
} field;

static inline uint64_t little_endian(const uint8_t *bytes, size_t size) {
    uint64_t value = 0;
    for (size_t i = 0; i < size; i++)
        value |= (uint64_t)bytes[i] << 8 * i;
    return value;
}

static inline uint64_t take_varint(const uint8_t **at, const uint8_t *end) {
    uint64_t value = 0;
    for (unsigned shift = 0;; shift += 7) {
        assert_true(*at < end && shift < 64);
        const uint8_t byte = *(*at)++;
        value |= (uint64_t)(byte & 0x7F) << shift;
        if (byte < 0x80)
            return value;
    }
}

static inline bool take_field(const uint8_t **at, const uint8_t *end, field *f) {
    if (*at == end)
        return false;
    const uint64_t key = take_varint(at, end);
    *f = (field){.number = (unsigned)(key >> 3), .type = key & 7};
    const size_t fixed = f->type == 1 ? 8 : f->type == 5 ? 4 : 0;
    if (f->type == 0) {
        f->value = take_varint(at, end);
        return true;
    }
    assert_true(fixed || f->type == 2);
    f->value = f->type == 2 ? take_varint(at, end) : fixed;
    assert_true(f->value <= (uint64_t)(end - *at));
    f->bytes = *at;
    *at += f->value;
    return true;
}

static inline bool is_text(const field *f, const char *text) {
    return f->value == strlen(text) && memcmp(f->bytes, text, f->value) == 0;
}

static inline void read_value(event_log *log, const field *entry, uint64_t step) {
    const uint8_t *at = entry->bytes;
    field f;
    event_point point = {.step = step};
    bool scalar = false;
    while (take_field(&at, entry->bytes + entry->value, &f)) {
        if (f.number == 1) {
            assert_true(f.value < sizeof point.tag);
            memcpy(point.tag, f.bytes, f.value);
        }
        if (f.number == 2) {
            const uint32_t bits = (uint32_t)little_endian(f.bytes, 4);
            memcpy(&point.value, &bits, 4);
            scalar = true;
        }
    }
    log->settings += strcmp(point.tag, "_hparams_/session_start_info") == 0;
    log->outcomes += strcmp(point.tag, "_hparams_/session_end_info") == 0;
    log->texts += strcmp(point.tag, "configuration") == 0;
    if (!scalar)
        return;
    log->points = realloc(log->points, (log->count + 1) * sizeof *log->points);
    assert_non_null(log->points);
    log->points[log->count++] = point;
}

static inline void restart(event_log *log, uint64_t step) {
    size_t kept = 0;
    for (size_t i = 0; i < log->count; i++)
        if (log->points[i].step < step)
            log->points[kept++] = log->points[i];
    log->count = kept;
    log->restarts++;
}

static inline void read_event(event_log *log, const uint8_t *at, const uint8_t *end) {
    field f, inner = {0};
    uint64_t step = 0;
    while (take_field(&at, end, &f)) {
        if (f.number == 1)
            assert_int_equal(f.type, 1); /* wall time */
        if (f.number == 2)
            step = f.value;
        if (f.number == 3) {
            assert_true(is_text(&f, "brain.Event:2"));
            log->versions++;
        }
        const uint8_t *part = f.bytes;
        if (f.number == 5)
            while (take_field(&part, f.bytes + f.value, &inner))
                read_value(log, &inner, step);
        if (f.number == 7) {
            assert_true(take_field(&part, f.bytes + f.value, &inner));
            assert_true(inner.number == 1 && inner.value == 1); /* START */
            restart(log, step);
        }
    }
}

static inline void check_crc(const uint8_t *bytes, size_t size, const uint8_t *stored) {
    const uint32_t unmasked = (uint32_t)little_endian(stored, 4) - 0xA282EAD8U;
    assert_int_equal(unmasked << 15 | unmasked >> 17, rl_crc32c(bytes, size));
}

static inline void read_event_file(event_log *log, const char *path) {
    uint8_t *bytes;
    size_t size, at = 0;
    assert_int_equal(rl_file_read(path, 1U << 26, &bytes, &size, NULL), RL_OK);
    while (at < size) {
        assert_true(size - at >= 16);
        const uint64_t length = little_endian(bytes + at, 8);
        assert_true(length <= size - at - 16);
        check_crc(bytes + at, 8, bytes + at + 8);
        check_crc(bytes + at + 12, length, bytes + at + 12 + length);
        read_event(log, bytes + at + 12, bytes + at + 12 + length);
        at += 16 + length;
    }
    log->files++;
    rl_free(bytes);
}

static inline int is_event_file(const struct dirent *entry) {
    return strncmp(entry->d_name, "events.out.tfevents.", 20) == 0;
}

/* Everything in the event files of `folder`; release log.points with free. */
static inline event_log read_events(const char *folder) {
    event_log log = {0};
    struct dirent **entries;
    char path[TEST_PATH];
    const int count = scandir(folder, &entries, is_event_file, alphasort);
    assert_true(count >= 0);
    for (int i = 0; i < count; i++) {
        read_event_file(&log, in_folder(path, folder, entries[i]->d_name));
        free(entries[i]);
    }
    free(entries);
    return log;
}

#endif
