/* Keys, varints and fixed-width values in little-endian order. A nested message's length is written
 * in five bytes ahead of time, as a varint padded with empty groups: legal, and nothing needs to be
 * moved when the length is known. */
#include "format/protobuf.h"

#include <string.h>

enum { VARINT = 0, FIXED64 = 1, LENGTH = 2, FIXED32 = 5, PADDED_LENGTH = 5 };

static void add_varint(rl_buffer *message, uint64_t value) {
    uint8_t bytes[10];
    size_t count = 0;
    for (; value >= 0x80; value >>= 7)
        bytes[count++] = (uint8_t)(value | 0x80);
    bytes[count++] = (uint8_t)value;
    rl_buffer_add_bytes(message, bytes, count);
}

static void add_key(rl_buffer *message, unsigned field, unsigned type) {
    add_varint(message, (uint64_t)field << 3 | type);
}

static void add_little_endian(rl_buffer *message, uint64_t bits, size_t size) {
    uint8_t bytes[8];
    for (size_t i = 0; i < size; i++)
        bytes[i] = (uint8_t)(bits >> 8 * i);
    rl_buffer_add_bytes(message, bytes, size);
}

void rl_protobuf_integer(rl_buffer *message, unsigned field, uint64_t value) {
    add_key(message, field, VARINT);
    add_varint(message, value);
}

void rl_protobuf_float(rl_buffer *message, unsigned field, float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    add_key(message, field, FIXED32);
    add_little_endian(message, bits, sizeof bits);
}

void rl_protobuf_double(rl_buffer *message, unsigned field, double value) {
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    add_key(message, field, FIXED64);
    add_little_endian(message, bits, sizeof bits);
}

void rl_protobuf_announce(rl_buffer *message, unsigned field, uint64_t size) {
    add_key(message, field, LENGTH);
    add_varint(message, size);
}

void rl_protobuf_bytes(rl_buffer *message, unsigned field, const void *bytes, size_t size) {
    rl_protobuf_announce(message, field, size);
    rl_buffer_add_bytes(message, bytes, size);
}

void rl_protobuf_text(rl_buffer *message, unsigned field, const char *text) {
    rl_protobuf_bytes(message, field, text, strlen(text));
}

size_t rl_protobuf_begin(rl_buffer *message, unsigned field) {
    static const uint8_t room[PADDED_LENGTH] = {0};
    add_key(message, field, LENGTH);
    rl_buffer_add_bytes(message, room, sizeof room);
    return message->length;
}

void rl_protobuf_end(rl_buffer *message, size_t begin) {
    if (message->failed)
        return;
    uint64_t length = message->length - begin;
    if (length >> 7 * PADDED_LENGTH) { /* 32 GiB: no such message has a use */
        message->failed = true;
        return;
    }
    for (size_t i = 0; i < PADDED_LENGTH; i++, length >>= 7)
        message->text[begin - PADDED_LENGTH + i] =
            (char)((length & 0x7F) | (i + 1 < PADDED_LENGTH ? 0x80 : 0));
}
