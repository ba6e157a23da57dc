/* Writes safetensors the way the format's own library does: tensors by alignment, widest first,
 * then by name; the header padded with spaces, so that tensor bytes begin at a multiple of eight.
 * The same tensors and metadata always give the same file. */
#include "format/dtype.h"

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define METADATA "__metadata__"

/* What goes into the file. */
typedef struct {
    const char *header; /* JSON, padded */
    uint64_t header_size;
    const rl_tensor *const *order; /* [count] */
    size_t count;
} image;

/* The number of bytes the shape holds; false when it overflows. */
static bool shape_bytes(const rl_tensor *tensor, unsigned bits, size_t *bytes) {
    *bytes = bits / 8;
    for (size_t i = 0; i < tensor->rank; i++) {
        if (tensor->shape[i] > SIZE_MAX || !rl_multiply(*bytes, (size_t)tensor->shape[i], bytes)) {
            return false;
        }
    }
    return true;
}

static rl_status check_tensor(const char *path, const rl_tensor *tensor, rl_error *error) {
    const rl_dtype_info *info = rl_dtype_of(tensor->dtype);
    size_t bytes;
    if (!rl_text_is_utf8(tensor->name) || strcmp(tensor->name, METADATA) == 0) {
        return rl_fail(error, RL_ERROR_ARGUMENT, "%s: '%s' cannot name a tensor", path,
                       tensor->name);
    }
    if (!info || tensor->rank > RL_MAX_RANK || !shape_bytes(tensor, info->bits, &bytes) ||
        bytes != tensor->size) {
        return rl_fail(error, RL_ERROR_ARGUMENT,
                       "%s: tensor '%s': type, shape and size (%zu bytes) do not agree", path,
                       tensor->name, tensor->size);
    }
    return RL_OK;
}

static rl_status check_metadata(const char *path, const char *const *metadata, rl_error *error) {
    for (const char *const *text = metadata; text && *text; text++) {
        if (!rl_text_is_utf8(*text)) {
            return rl_fail(error, RL_ERROR_ARGUMENT, "%s: metadata '%s' is not valid UTF-8", path,
                           *text);
        }
    }
    return RL_OK;
}

static int compare_name(const void *a, const void *b) {
    const rl_tensor *left = *(const rl_tensor *const *)a, *right = *(const rl_tensor *const *)b;
    return strcmp(left->name, right->name);
}

static int compare_order(const void *a, const void *b) {
    const rl_tensor *left = *(const rl_tensor *const *)a, *right = *(const rl_tensor *const *)b;
    unsigned left_bits = rl_dtype_of(left->dtype)->bits;
    unsigned right_bits = rl_dtype_of(right->dtype)->bits;
    if (left_bits != right_bits) {
        return left_bits > right_bits ? -1 : 1;
    }
    return strcmp(left->name, right->name);
}

/* Adds `value`, which it takes, under `key`; false when memory ran out (a NULL value included). */
static bool add(json_t *object, const char *key, json_t *value) {
    return value && json_object_set_new(object, key, value) == 0;
}

static bool add_metadata(json_t *header, const char *const *metadata) {
    json_t *object = json_object();
    bool added = object != NULL;
    for (const char *const *pair = metadata; added && *pair; pair += 2) {
        added = add(object, pair[0], json_string(pair[1]));
    }
    if (!added) {
        json_decref(object);
        return false;
    }
    return add(header, METADATA, object);
}

static bool add_tensor(json_t *header, const rl_tensor *tensor, size_t begin) {
    json_t *shape = json_array();
    bool added = shape != NULL;
    for (size_t i = 0; added && i < tensor->rank; i++) {
        added = json_array_append_new(shape, json_integer((json_int_t)tensor->shape[i])) == 0;
    }
    if (!added) {
        json_decref(shape);
        return false;
    }
    return add(header, tensor->name,
               json_pack("{s:s, s:o, s:[I, I]}", "dtype", rl_dtype_of(tensor->dtype)->name, "shape",
                         shape, "data_offsets", (json_int_t)begin,
                         (json_int_t)(begin + tensor->size)));
}

/* The JSON header, padded, to release with rl_free; NULL when memory ran out. */
static char *make_header(const image *file, const char *const *metadata, size_t *size) {
    json_t *header = json_object();
    bool made = header && (!metadata || add_metadata(header, metadata));
    size_t begin = 0;
    for (size_t i = 0; made && i < file->count; i++) {
        made = add_tensor(header, file->order[i], begin);
        begin += file->order[i]->size;
    }
    char *text = NULL;
    if (made) {
        size_t length = json_dumpb(header, NULL, 0, JSON_COMPACT);
        *size = rl_round_up(length, 8);
        text = length > 0 ? rl_alloc(*size, 1) : NULL;
        if (text) {
            memset(text, ' ', *size);
            json_dumpb(header, text, length, JSON_COMPACT);
        }
    }
    json_decref(header);
    return text;
}

static bool write_image(FILE *stream, void *context) {
    const image *file = context;
    bool written = fwrite(&file->header_size, sizeof file->header_size, 1, stream) == 1 &&
                   fwrite(file->header, 1, file->header_size, stream) == file->header_size;
    for (size_t i = 0; written && i < file->count; i++) {
        const rl_tensor *tensor = file->order[i];
        written =
            tensor->size == 0 || fwrite(tensor->data, 1, tensor->size, stream) == tensor->size;
    }
    return written;
}

/* Fills `order` with the tensors as they come in the file. */
static rl_status sort_tensors(const char *path, const rl_tensor *tensors, size_t count,
                              const rl_tensor **order, rl_error *error) {
    for (size_t i = 0; i < count; i++) {
        rl_status status = check_tensor(path, &tensors[i], error);
        if (status) {
            return status;
        }
        order[i] = &tensors[i];
    }
    qsort(order, count, sizeof *order, compare_name);
    for (size_t i = 1; i < count; i++) {
        if (strcmp(order[i - 1]->name, order[i]->name) == 0) {
            return rl_fail(error, RL_ERROR_ARGUMENT, "%s: there are two tensors '%s'", path,
                           order[i]->name);
        }
    }
    qsort(order, count, sizeof *order, compare_order);
    return RL_OK;
}

rl_status rl_safetensors_write(const char *path, const rl_tensor *tensors, size_t count,
                               const char *const *metadata, rl_error *error) {
    const rl_tensor **order = rl_alloc(count, sizeof *order);
    if (!order) {
        return rl_fail(error, RL_ERROR_MEMORY, "%s: out of memory for %zu tensors", path, count);
    }
    char *header = NULL;
    rl_status status = sort_tensors(path, tensors, count, order, error);
    if (!status) {
        status = check_metadata(path, metadata, error);
    }
    if (!status) {
        image file = {.order = order, .count = count};
        size_t size;
        header = make_header(&file, metadata, &size);
        if (!header) {
            status = rl_fail(error, RL_ERROR_MEMORY, "%s: out of memory for the header", path);
        } else {
            file.header = header;
            file.header_size = size;
            status = rl_file_replace(path, write_image, &file, error);
        }
    }
    rl_free(header);
    rl_free(order);
    return status;
}
