/* Reads safetensors: u64 header length, a JSON header of that length, tensor bytes. Every number
 * of the header is checked against the file before it is used: offsets must cover the data exactly,
 * without holes or overlaps, and agree with shape and type. The parsed header is kept, since tensor
 * names and metadata are pointers into it. */
#include "format/dtype.h"

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define FILE_LIMIT ((size_t)16 << 30)
#define HEADER_LIMIT 100000000
#define METADATA "__metadata__"
#define NAME "%.160s" /* leaves room for the rest of a message */

struct rl_safetensors {
    uint8_t *bytes;
    size_t size;
    json_t *header;
    const json_t *metadata; /* NULL when there is none */
    rl_tensor *tensors;     /* [count] in file order */
    const rl_tensor **by_name;
    size_t count;
};

/* What the checks of one file need to know. */
typedef struct {
    const char *path; /* for messages */
    size_t data_start, data_size;
    rl_error *error;
} reader;

/* A non-negative JSON integer. */
static bool json_to_u64(const json_t *value, uint64_t *number) {
    if (!json_is_integer(value) || json_integer_value(value) < 0) {
        return false;
    }
    *number = (uint64_t)json_integer_value(value);
    return true;
}

static rl_status read_header(rl_safetensors *file, reader *in) {
    if (file->size < 8) {
        return rl_fail_at(in->error, RL_ERROR_FORMAT, 0,
                          "%s: %zu bytes are too few for a safetensors file", in->path, file->size);
    }
    uint64_t length;
    memcpy(&length, file->bytes, sizeof length);
    if (length > HEADER_LIMIT) {
        return rl_fail_at(in->error, RL_ERROR_FORMAT, 0,
                          "%s: not a safetensors file: a header of %llu bytes is claimed at byte "
                          "0, expected at most %d",
                          in->path, (unsigned long long)length, HEADER_LIMIT);
    }
    if (length > file->size - 8) {
        return rl_fail_at(in->error, RL_ERROR_FORMAT, (long long)file->size,
                          "%s: truncated at byte %zu: the header ends at byte %llu", in->path,
                          file->size, (unsigned long long)length + 8);
    }
    if (length == 0 || file->bytes[8] != '{') {
        return rl_fail_at(in->error, RL_ERROR_FORMAT, 8,
                          "%s: not a safetensors file: expected '{' at byte 8", in->path);
    }
    json_error_t trouble = {0};
    file->header =
        json_loadb((const char *)file->bytes + 8, (size_t)length, JSON_REJECT_DUPLICATES, &trouble);
    if (!file->header && json_error_code(&trouble) == json_error_out_of_memory) {
        return rl_fail(in->error, RL_ERROR_MEMORY, "%s: out of memory for the header", in->path);
    }
    if (!file->header) {
        return rl_fail_at(in->error, RL_ERROR_FORMAT, 8LL + trouble.position,
                          "%s: the header is not valid JSON at byte %d: %s", in->path,
                          8 + trouble.position, trouble.text);
    }
    in->data_start = 8 + (size_t)length;
    in->data_size = file->size - in->data_start;
    return RL_OK;
}

static rl_status read_metadata(rl_safetensors *file, const reader *in) {
    json_t *metadata = json_object_get(file->header, METADATA);
    if (!metadata) {
        return RL_OK;
    }
    if (!json_is_object(metadata)) {
        return rl_fail(in->error, RL_ERROR_FORMAT, "%s: " METADATA " is not an object", in->path);
    }
    const char *key;
    json_t *value;
    json_object_foreach(metadata, key, value) {
        if (!json_is_string(value)) {
            return rl_fail(in->error, RL_ERROR_FORMAT,
                           "%s: " METADATA " '" NAME "' is not a string", in->path, key);
        }
    }
    file->metadata = metadata;
    return RL_OK;
}

/* Sets rank and shape; *elements is the product of the dimensions. */
static rl_status read_shape(rl_tensor *tensor, const json_t *shape, uint64_t *elements,
                            const reader *in) {
    if (!json_is_array(shape)) {
        return rl_fail(in->error, RL_ERROR_FORMAT,
                       "%s: tensor '" NAME "': expected an array \"shape\"", in->path,
                       tensor->name);
    }
    *elements = 1;
    tensor->rank = json_array_size(shape);
    for (size_t i = 0; i < tensor->rank; i++) {
        uint64_t dimension;
        if (!json_to_u64(json_array_get(shape, i), &dimension)) {
            return rl_fail(in->error, RL_ERROR_FORMAT,
                           "%s: tensor '" NAME "': dimension %zu is not a non-negative integer",
                           in->path, tensor->name, i);
        }
        if (__builtin_mul_overflow(*elements, dimension, elements)) {
            return rl_fail(in->error, RL_ERROR_FORMAT,
                           "%s: tensor '" NAME "': the shape is too large", in->path, tensor->name);
        }
        if (i < RL_MAX_RANK) {
            tensor->shape[i] = dimension;
        }
    }
    return RL_OK;
}

/* Sets data and size from "data_offsets", which must lie inside the file. */
static rl_status read_offsets(rl_tensor *tensor, const json_t *offsets, const uint8_t *data,
                              const reader *in) {
    uint64_t begin, end;
    if (json_array_size(offsets) != 2 || !json_to_u64(json_array_get(offsets, 0), &begin) ||
        !json_to_u64(json_array_get(offsets, 1), &end)) {
        return rl_fail(in->error, RL_ERROR_FORMAT,
                       "%s: tensor '" NAME "': expected two non-negative integers \"data_offsets\"",
                       in->path, tensor->name);
    }
    if (end < begin || end > in->data_size) {
        return rl_fail_at(in->error, RL_ERROR_FORMAT, (long long)in->data_start,
                          "%s: tensor '" NAME "': data_offsets [%llu, %llu] do not lie in the "
                          "%zu bytes of data from byte %zu",
                          in->path, tensor->name, (unsigned long long)begin,
                          (unsigned long long)end, in->data_size, in->data_start);
    }
    tensor->data = data + begin;
    tensor->size = (size_t)(end - begin);
    return RL_OK;
}

static rl_status read_tensor(rl_tensor *tensor, const json_t *entry, const uint8_t *data,
                             const reader *in) {
    const char *dtype = json_string_value(json_object_get(entry, "dtype"));
    if (!dtype) {
        return rl_fail(in->error, RL_ERROR_FORMAT,
                       "%s: tensor '" NAME "': expected an object with a string \"dtype\"",
                       in->path, tensor->name);
    }
    const rl_dtype_info *info = rl_dtype_find(dtype);
    if (!info) {
        return rl_fail(in->error, RL_ERROR_FORMAT, "%s: tensor '" NAME "': unknown dtype '%.32s'",
                       in->path, tensor->name, dtype);
    }
    tensor->dtype = info->dtype;
    uint64_t elements, bits;
    rl_status status = read_shape(tensor, json_object_get(entry, "shape"), &elements, in);
    if (!status) {
        status = read_offsets(tensor, json_object_get(entry, "data_offsets"), data, in);
    }
    if (status) {
        return status;
    }
    if (__builtin_mul_overflow(elements, (uint64_t)info->bits, &bits) || bits % 8 != 0 ||
        bits / 8 != tensor->size) {
        return rl_fail_at(in->error, RL_ERROR_FORMAT,
                          (const uint8_t *)tensor->data - data + (long long)in->data_start,
                          "%s: tensor '" NAME "': %zu bytes of data, but the shape holds %llu "
                          "elements of type %s",
                          in->path, tensor->name, tensor->size, (unsigned long long)elements,
                          info->name);
    }
    return RL_OK;
}

/* By place in the file; empty tensors go before one that begins at the same byte. */
static int compare_place(const void *a, const void *b) {
    const rl_tensor *left = a, *right = b;
    if (left->data != right->data) {
        return (const uint8_t *)left->data < (const uint8_t *)right->data ? -1 : 1;
    }
    if (left->size != right->size) {
        return left->size < right->size ? -1 : 1;
    }
    return strcmp(left->name, right->name);
}

static int compare_name(const void *a, const void *b) {
    const rl_tensor *left = *(const rl_tensor *const *)a, *right = *(const rl_tensor *const *)b;
    return strcmp(left->name, right->name);
}

/* In file order, tensors must follow each other without holes or overlaps, up to the last byte. */
static rl_status check_cover(const rl_safetensors *file, const reader *in) {
    const uint8_t *start = file->bytes + in->data_start, *expected = start;
    for (size_t i = 0; i < file->count; i++) {
        const rl_tensor *tensor = &file->tensors[i];
        const uint8_t *begin = tensor->data;
        if (begin != expected) {
            return rl_fail_at(in->error, RL_ERROR_FORMAT, begin - file->bytes,
                              "%s: tensor '" NAME "' begins at data byte %td, expected %td "
                              "(where the one before it ends)",
                              in->path, tensor->name, begin - start, expected - start);
        }
        expected = begin + tensor->size;
    }
    if (expected != file->bytes + file->size) {
        return rl_fail_at(in->error, RL_ERROR_FORMAT, expected - file->bytes,
                          "%s: %td bytes at byte %td belong to no tensor", in->path,
                          file->bytes + file->size - expected, expected - file->bytes);
    }
    return RL_OK;
}

static rl_status read_tensors(rl_safetensors *file, const reader *in) {
    file->count = json_object_size(file->header) - (file->metadata ? 1 : 0);
    file->tensors = rl_alloc(file->count, sizeof *file->tensors);
    file->by_name = rl_alloc(file->count, sizeof *file->by_name);
    if (!file->tensors || !file->by_name) {
        return rl_fail(in->error, RL_ERROR_MEMORY, "%s: out of memory for %zu tensors", in->path,
                       file->count);
    }
    rl_tensor *next = file->tensors;
    const char *name;
    json_t *entry;
    json_object_foreach(file->header, name, entry) {
        if (strcmp(name, METADATA) != 0) {
            next->name = name;
            rl_status status = read_tensor(next, entry, file->bytes + in->data_start, in);
            if (status) {
                return status;
            }
            next++;
        }
    }
    qsort(file->tensors, file->count, sizeof *file->tensors, compare_place);
    for (size_t i = 0; i < file->count; i++) {
        file->by_name[i] = &file->tensors[i];
    }
    qsort(file->by_name, file->count, sizeof *file->by_name, compare_name);
    return check_cover(file, in);
}

/* Takes ownership of `bytes`. */
static rl_status open_bytes(rl_safetensors **result, uint8_t *bytes, size_t size, const char *path,
                            rl_error *error) {
    reader in = {.path = path, .error = error};
    rl_safetensors *file = rl_alloc(1, sizeof *file);
    if (!file) {
        rl_free(bytes);
        return rl_fail(error, RL_ERROR_MEMORY, "%s: out of memory", path);
    }
    file->bytes = bytes;
    file->size = size;
    rl_status status = read_header(file, &in);
    if (!status) {
        status = read_metadata(file, &in);
    }
    if (!status) {
        status = read_tensors(file, &in);
    }
    if (status) {
        rl_safetensors_free(file);
        return status;
    }
    *result = file;
    return RL_OK;
}

rl_status rl_safetensors_read(rl_safetensors **file, const char *path, rl_error *error) {
    *file = NULL;
    uint8_t *bytes;
    size_t size;
    rl_status status = rl_file_read(path, FILE_LIMIT, &bytes, &size, error);
    return status ? status : open_bytes(file, bytes, size, path, error);
}

rl_status rl_safetensors_parse(rl_safetensors **file, const void *bytes, size_t size,
                               const char *name, rl_error *error) {
    *file = NULL;
    uint8_t *copy = rl_alloc(size, 1);
    if (!copy) {
        return rl_fail(error, RL_ERROR_MEMORY, "%s: out of memory for %zu bytes", name, size);
    }
    if (size > 0) {
        memcpy(copy, bytes, size);
    }
    return open_bytes(file, copy, size, name, error);
}

void rl_safetensors_free(rl_safetensors *file) {
    if (file) {
        json_decref(file->header);
        rl_free(file->tensors);
        rl_free(file->by_name);
        rl_free(file->bytes);
        rl_free(file);
    }
}

size_t rl_safetensors_count(const rl_safetensors *file) {
    return file->count;
}

const rl_tensor *rl_safetensors_at(const rl_safetensors *file, size_t index) {
    return index < file->count ? &file->tensors[index] : NULL;
}

const rl_tensor *rl_safetensors_find(const rl_safetensors *file, const char *name) {
    const rl_tensor wanted = {.name = name}, *key = &wanted;
    const rl_tensor **found =
        bsearch(&key, file->by_name, file->count, sizeof *file->by_name, compare_name);
    return found ? *found : NULL;
}

const char *rl_safetensors_metadata(const rl_safetensors *file, const char *key) {
    return json_string_value(json_object_get(file->metadata, key));
}
