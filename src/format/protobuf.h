/* Protocol buffers, as far as files that others read need them written: fields appended to a
 * growing text (https://protobuf.dev/programming-guides/encoding). No schema, no reading: whoever
 * writes a message knows its field numbers. */
#ifndef RL_FORMAT_PROTOBUF_H
#define RL_FORMAT_PROTOBUF_H

#include "base/buffer.h"

#include <stdint.h>

void rl_protobuf_integer(rl_buffer *message, unsigned field, uint64_t value);
void rl_protobuf_float(rl_buffer *message, unsigned field, float value);
void rl_protobuf_double(rl_buffer *message, unsigned field, double value);
void rl_protobuf_bytes(rl_buffer *message, unsigned field, const void *bytes, size_t size);
void rl_protobuf_text(rl_buffer *message, unsigned field, const char *text); /* UTF-8 */

/* The start of a field of `size` bytes that the caller writes elsewhere, behind what is here. */
void rl_protobuf_announce(rl_buffer *message, unsigned field, uint64_t size);

/* A message in a message: what is added to `message` between the two calls is its content. begin
 * returns what end wants back. */
size_t rl_protobuf_begin(rl_buffer *message, unsigned field);
void rl_protobuf_end(rl_buffer *message, size_t begin);

#endif
