/* Reader of safetensors files. Nothing in the file is believed: header length, every shape, offset
 * and type is checked against the file's size and against its neighbours before any is used. */
#include "format/safetensors.h"

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "format/dtype.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define MAX_HEADER 100000000U /* the format's own limit */
#define MAX_FILE ((size_t)16 << 30)
#define NAME "%.160s" /* a hostile name must not push the reason out of the message */

struct rl_safetensors {
    uint8_t *bytes;
    json_t *header; /* owns the names and the metadata */
    rl_tensor *tensors;
    size_t count;
};

typedef struct {
    rl_safetensors *file;
    const char *name; /* of the file, for messages */
    const uint8_t *data;
    size_t data_size;
    rl_error *error;
} parser;

/* A JSON integer that is not negative. */
static bool unsigned_integer(const json_t *value, uint64_t *result) {
    if (!json_is_integer(value) || json_integer_value(value) < 0)
        return false;
    *result = (uint64_t)json_integer_value(value);
    return true;
}

static rl_status parse_shape(const parser *p, const json_t *shape, rl_tensor *tensor,
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

static rl_status parse_tensor(const parser *p, const char *name, const json_t *entry,
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
    if (end > p->data_size)
        return rl_fail(p->error, RL_ERROR_FORMAT,
                       "%s: tensor '" NAME "': ends at data byte %" PRIu64 ", past the file's %zu",
                       p->name, name, end, p->data_size);
    if (!rl_multiply(elements, size, &bytes) || bytes != end - begin)
        return rl_fail(p->error, RL_ERROR_FORMAT,
                       "%s: tensor '" NAME "': %" PRIu64
                       " bytes of data do not fit its shape and type",
                       p->name, name, end - begin);
    tensor->data = p->data + begin;
    tensor->size = bytes;
    return RL_OK;
}

static int by_position(const void *a, const void *b) {
    const rl_tensor *x = a, *y = b;
    const char *from = x->data, *to = y->data;
    if (from != to)
        return from < to ? -1 : 1;
    return (x->size > y->size) - (x->size < y->size); /* empty ones first */
}

/* Sorted by offset, tensors must follow each other without gap or overlap and fill the file. */
static rl_status check_coverage(const parser *p) {
    qsort(p->file->tensors, p->file->count, sizeof(rl_tensor), by_position);
    const uint8_t *expected = p->data;
    for (size_t i = 0; i < p->file->count; i++) {
        const rl_tensor *tensor = &p->file->tensors[i];
        if ((const uint8_t *)tensor->data != expected)
            return rl_fail_at(p->error, RL_ERROR_FORMAT, expected - p->file->bytes,
                              "%s: tensor '" NAME "': starts at data byte %td, expected %td",
                              p->name, tensor->name, (const uint8_t *)tensor->data - p->data,
                              expected - p->data);
        expected += tensor->size;
    }
    if (expected != p->data + p->data_size)
        return rl_fail_at(p->error, RL_ERROR_FORMAT, expected - p->file->bytes,
                          "%s: %td bytes at the end belong to no tensor", p->name,
                          p->data + p->data_size - expected);
    return RL_OK;
}

static rl_status check_metadata(const parser *p, const json_t *metadata) {
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

static rl_status parse_header(const parser *p) {
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

/* What torch.save writes: a zip archive, or, before 2020, a bare pickle. Read as the length of a
 * header, both are too large. */
static bool is_pickle(const uint8_t *bytes, size_t size) {
    static const uint8_t zip[] = {'P', 'K', 3, 4};
    return (size > sizeof zip && memcmp(bytes, zip, sizeof zip) == 0) ||
           (size > 2 && bytes[0] == 0x80 && bytes[1] >= 2 && bytes[1] <= 5);
}

/* The header's JSON text behind the eight bytes of its length. */
static rl_status load_header(parser *p, size_t size) {
    const uint8_t *bytes = p->file->bytes;
    if (size < 8)
        return rl_fail_at(p->error, RL_ERROR_FORMAT, 0,
                          "%s: %zu bytes, expected a safetensors file (8 bytes of header length)",
                          p->name, size);
    uint64_t length = 0;
    for (int i = 0; i < 8; i++)
        length |= (uint64_t)bytes[i] << 8 * i;
    if ((length > MAX_HEADER || length > size - 8) && is_pickle(bytes, size))
        return rl_fail_at(
            p->error, RL_ERROR_FORMAT, 0,
            "%.300s: a file of torch.save, which can run programs when it is loaded; "
            "convert it: python3 -c \"import torch, safetensors.torch as s; "
            "s.save_file(torch.load('FILE.pth', map_location='cpu', weights_only=True), "
            "'FILE.safetensors')\"",
            p->name);
    if (length > MAX_HEADER || length > size - 8)
        return rl_fail_at(p->error, RL_ERROR_FORMAT, 0,
                          "%s: not a safetensors file, or cut short: a header of %" PRIu64
                          " bytes in a file of %zu",
                          p->name, length, size);
    if (length == 0 || bytes[8] != '{')
        return rl_fail_at(p->error, RL_ERROR_FORMAT, 8,
                          "%s: not a safetensors file: the header does not begin with '{'",
                          p->name);
    json_error_t json = {0};
    p->file->header =
        json_loadb((const char *)bytes + 8, (size_t)length, JSON_REJECT_DUPLICATES, &json);
    /* Some of jansson's allocations fail without a word. */
    if (!p->file->header && (!json.text[0] || json_error_code(&json) == json_error_out_of_memory))
        return rl_fail(p->error, RL_ERROR_MEMORY, "%s: out of memory for the header", p->name);
    if (!p->file->header)
        return rl_fail_at(p->error, RL_ERROR_FORMAT, 8 + (long long)json.position,
                          "%s: header: %s at byte %d", p->name, json.text, 8 + json.position);
    if (!json_is_object(p->file->header))
        return rl_fail_at(p->error, RL_ERROR_FORMAT, 8, "%s: the header is not an object", p->name);
    p->data = bytes + 8 + length;
    p->data_size = size - 8 - (size_t)length;
    return RL_OK;
}

/* Takes over `bytes`. */
static rl_status parse(rl_safetensors **result, uint8_t *bytes, size_t size, const char *name,
                       rl_error *error) {
    *result = NULL;
    rl_safetensors *file = rl_alloc(1, sizeof *file);
    if (!file) {
        rl_free(bytes);
        return rl_fail_memory(error, "a safetensors file");
    }
    file->bytes = bytes;
    parser p = {.file = file, .name = name, .error = error};
    rl_status status = load_header(&p, size);
    if (status == RL_OK)
        status = parse_header(&p);
    if (status != RL_OK) {
        rl_safetensors_free(file);
        return status;
    }
    *result = file;
    return RL_OK;
}

rl_status rl_safetensors_read(rl_safetensors **file, const char *path, rl_error *error) {
    uint8_t *bytes;
    size_t size;
    *file = NULL;
    const rl_status status = rl_file_read(path, MAX_FILE, &bytes, &size, error);
    return status == RL_OK ? parse(file, bytes, size, path, error) : status;
}

rl_status rl_safetensors_parse(rl_safetensors **file, const void *bytes, size_t size,
                               const char *name, rl_error *error) {
    *file = NULL;
    uint8_t *copy = rl_alloc(size, 1);
    if (!copy)
        return rl_fail_memory(error, "a safetensors file");
    if (size)
        memcpy(copy, bytes, size);
    return parse(file, copy, size, name, error);
}

void rl_safetensors_free(rl_safetensors *file) {
    if (!file)
        return;
    json_decref(file->header);
    rl_free(file->tensors);
    rl_free(file->bytes);
    rl_free(file);
}

size_t rl_safetensors_count(const rl_safetensors *file) {
    return file->count;
}

const rl_tensor *rl_safetensors_at(const rl_safetensors *file, size_t index) {
    return index < file->count ? &file->tensors[index] : NULL;
}

const rl_tensor *rl_safetensors_find(const rl_safetensors *file, const char *name) {
    for (size_t i = 0; i < file->count; i++)
        if (strcmp(file->tensors[i].name, name) == 0)
            return &file->tensors[i];
    return NULL;
}

const char *rl_safetensors_metadata(const rl_safetensors *file, const char *key) {
    return json_string_value(json_object_get(json_object_get(file->header, "__metadata__"), key));
}
