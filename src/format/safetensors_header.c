/* The header of a safetensors file: names, types, shapes and offsets, each checked against the
 * file's size and against its neighbours before any is used. */
#include "base/error.h"
#include "base/memory.h"
#include "format/dtype.h"
#include "format/json_text.h"
#include "format/safetensors_file.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define NAME "%.160s" /* a hostile name must not push the reason out of the message */

/* A JSON integer that is not negative. */
static bool unsigned_integer(const json_t *value, uint64_t *result) {
    if (!json_is_integer(value) || json_integer_value(value) < 0)
        return false;
    *result = (uint64_t)json_integer_value(value);
    return true;
}

static rl_status parse_shape(const rl_safetensors_parser *p, const json_t *shape, rl_tensor *tensor,
                             size_t *elements) {
    if (!json_is_array(shape))
        return rl_fail(p->error, RL_ERROR_FORMAT,
                       "%s: tensor '" NAME "': has no \"shape\", expected an array", p->name,
                       tensor->name);
    tensor->rank = json_array_size(shape);
    *elements = 1;
    for (size_t i = 0; i < tensor->rank; i++) {
        uint64_t extent;
        if (!unsigned_integer(json_array_get(shape, i), &extent))
            return rl_fail(p->error, RL_ERROR_FORMAT,
                           "%s: tensor '" NAME "': extent %zu of its shape is not an integer >= 0",
                           p->name, tensor->name, i);
        if (!rl_multiply(*elements, extent, elements))
            return rl_fail(p->error, RL_ERROR_FORMAT, "%s: tensor '" NAME "': its shape overflows",
                           p->name, tensor->name);
        if (i < RL_MAX_RANK)
            tensor->shape[i] = extent;
    }
    return RL_OK;
}

static rl_status parse_tensor(const rl_safetensors_parser *p, const char *name, const json_t *entry,
                              rl_tensor *tensor) {
    tensor->name = name;
    const char *dtype = json_string_value(json_object_get(entry, "dtype"));
    size_t size, elements, bytes;
    tensor->dtype = rl_dtype_find(dtype ? dtype : "", &size);
    if (size == 0)
        return rl_fail(p->error, RL_ERROR_FORMAT,
                       "%s: tensor '" NAME "': unknown dtype '%.32s', expected F32, F16, I64, ...",
                       p->name, name, dtype ? dtype : "");
    const rl_status status = parse_shape(p, json_object_get(entry, "shape"), tensor, &elements);
    if (status != RL_OK)
        return status;
    const json_t *offsets = json_object_get(entry, "data_offsets");
    uint64_t begin, end;
    if (json_array_size(offsets) != 2 || !unsigned_integer(json_array_get(offsets, 0), &begin) ||
        !unsigned_integer(json_array_get(offsets, 1), &end) || begin > end)
        return rl_fail(p->error, RL_ERROR_FORMAT,
                       "%s: tensor '" NAME
                       "': expected \"data_offsets\" [begin, end], begin <= end",
                       p->name, name);
    if (end > p->file->data_size)
        return rl_fail(p->error, RL_ERROR_FORMAT,
                       "%s: tensor '" NAME "': ends at data byte %" PRIu64 ", past the file's %zu",
                       p->name, name, end, p->file->data_size);
    if (!rl_multiply(elements, size, &bytes) || bytes != end - begin)
        return rl_fail(p->error, RL_ERROR_FORMAT,
                       "%s: tensor '" NAME "': %" PRIu64
                       " bytes of data do not fit its shape and type",
                       p->name, name, end - begin);
    tensor->offset = (size_t)begin;
    tensor->size = bytes;
    return RL_OK;
}

static int by_position(const void *a, const void *b) {
    const rl_tensor *x = a, *y = b;
    if (x->offset != y->offset)
        return x->offset < y->offset ? -1 : 1;
    return (x->size > y->size) - (x->size < y->size); /* empty ones first */
}

/* Sorted by offset, tensors must follow each other without gap or overlap and fill the file. */
static rl_status check_coverage(const rl_safetensors_parser *p) {
    qsort(p->file->tensors, p->file->count, sizeof(rl_tensor), by_position);
    const size_t begin = 8 + p->file->length;
    size_t expected = 0;
    for (size_t i = 0; i < p->file->count; i++) {
        const rl_tensor *tensor = &p->file->tensors[i];
        if (tensor->offset != expected)
            return rl_fail_at(p->error, RL_ERROR_FORMAT, (long long)(begin + expected),
                              "%s: tensor '" NAME "': starts at data byte %zu, expected %zu",
                              p->name, tensor->name, tensor->offset, expected);
        expected += tensor->size;
    }
    if (expected != p->file->data_size)
        return rl_fail_at(p->error, RL_ERROR_FORMAT, (long long)(begin + expected),
                          "%s: %zu bytes at the end belong to no tensor", p->name,
                          p->file->data_size - expected);
    return RL_OK;
}

static rl_status check_metadata(const rl_safetensors_parser *p, const json_t *metadata) {
    const char *key;
    json_t *value;
    if (!json_is_object(metadata))
        return rl_fail(p->error, RL_ERROR_FORMAT, "%s: __metadata__ is not an object", p->name);
    json_object_foreach((json_t *)metadata, key, value) {
        if (!json_is_string(value))
            return rl_fail(p->error, RL_ERROR_FORMAT,
                           "%s: __metadata__: the value of '" NAME "' is not a string", p->name,
                           key);
    }
    return RL_OK;
}

static rl_status parse_entries(const rl_safetensors_parser *p) {
    rl_safetensors *file = p->file;
    const char *key;
    json_t *value;
    file->tensors = rl_alloc(json_object_size(file->header), sizeof *file->tensors);
    if (!file->tensors)
        return rl_fail_memory(p->error, "the list of tensors");
    json_object_foreach(file->header, key, value) {
        rl_status status;
        if (strcmp(key, "__metadata__") == 0)
            status = check_metadata(p, value);
        else
            status = parse_tensor(p, key, value, &file->tensors[file->count++]);
        if (status != RL_OK)
            return status;
    }
    return check_coverage(p);
}

rl_status rl_safetensors_parse_header(const rl_safetensors_parser *p) {
    rl_safetensors *file = p->file;
    json_error_t json;
    bool no_memory;
    file->header = rl_json_parse(file->text, file->length, &json, &no_memory);
    if (no_memory)
        return rl_fail(p->error, RL_ERROR_MEMORY, "%s: out of memory for the header", p->name);
    if (!file->header)
        return rl_fail_at(p->error, RL_ERROR_FORMAT, 8 + (long long)json.position,
                          "%s: header: %s at byte %d", p->name, json.text, 8 + json.position);
    if (!json_is_object(file->header))
        return rl_fail_at(p->error, RL_ERROR_FORMAT, 8, "%s: the header is not an object", p->name);
    return parse_entries(p);
}
