/* Reads protocol buffers back, for tests: fields in order, nested by calling again. */
#ifndef RL_TEST_PROTOBUF_READER_H
#define RL_TEST_PROTOBUF_READER_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

typedef struct {
    const uint8_t *at, *end;
} proto_message;

typedef struct {
    unsigned number;
    uint64_t integer;    /* of varints and fixed-width values, as bits */
    proto_message bytes; /* of length-delimited fields */
} proto_field;

static inline uint64_t proto_varint(proto_message *m) {
    uint64_t value = 0;
    for (unsigned shift = 0; m->at < m->end && shift < 70; shift += 7) {
        const uint8_t byte = *m->at++;
        value |= (uint64_t)(byte & 0x7F) << shift;
        if (!(byte & 0x80))
            return value;
    }
    fail_msg("a varint has no end");
    return 0;
}

/* The next field; false at the end of the message. */
static inline bool proto_next(proto_message *m, proto_field *field) {
    if (m->at == m->end)
        return false;
    const uint64_t key = proto_varint(m);
    *field = (proto_field){.number = (unsigned)(key >> 3)};
    const unsigned type = key & 7;
    uint64_t size = type == 1 ? 8 : 4;
    if (type == 0) {
        field->integer = proto_varint(m);
        return true;
    }
    if (type == 2)
        size = proto_varint(m);
    else
        assert_true(type == 1 || type == 5);
    assert_true(size <= (uint64_t)(m->end - m->at));
    if (type == 2)
        field->bytes = (proto_message){m->at, m->at + size};
    else
        memcpy(&field->integer, m->at, size);
    m->at += size;
    return true;
}

/* The field `number`, the occurrence number `index`; false when there are fewer. */
static inline bool proto_find(proto_message m, unsigned number, size_t index, proto_field *field) {
    while (proto_next(&m, field))
        if (field->number == number && index-- == 0)
            return true;
    return false;
}

static inline proto_message proto_in(proto_message m, unsigned number, size_t index) {
    proto_field field;
    assert_true(proto_find(m, number, index, &field));
    return field.bytes;
}

static inline uint64_t proto_integer(proto_message m, unsigned number) {
    proto_field field;
    assert_true(proto_find(m, number, 0, &field));
    return field.integer;
}

static inline size_t proto_count(proto_message m, unsigned number) {
    proto_field field;
    size_t count = 0;
    while (proto_next(&m, &field))
        count += field.number == number;
    return count;
}

static inline bool proto_is(proto_message text, const char *expected) {
    return (size_t)(text.end - text.at) == strlen(expected) &&
           memcmp(text.at, expected, strlen(expected)) == 0;
}

#endif
