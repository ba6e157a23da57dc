/* Writer of safetensors files: larger alignment first, then by name, header padded to 8 bytes, so
 * that every tensor's data are aligned in the file. */
#include "base/error.h"
#include "base/file.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/text.h"
#include "format/dtype.h"
#include "format/json_text.h"
#include "format/safetensors_checksum.h"

#include <stdlib.h>
#include <string.h>

static int by_name(const void *a, const void *b) {
    const rl_tensor *x = *(const rl_tensor *const *)a, *y = *(const rl_tensor *const *)b;
    return strcmp(x->name, y->name);
}

static int by_alignment_and_name(const void *a, const void *b) {
    const rl_tensor *x = *(const rl_tensor *const *)a, *y = *(const rl_tensor *const *)b;
    const size_t sx = rl_dtype_size(x->dtype), sy = rl_dtype_size(y->dtype);
    if (sx != sy)
        return sx > sy ? -1 : 1;
    return strcmp(x->name, y->name);
}

typedef struct {
    char *header; /* padded to 8 bytes */
    size_t length;
    const rl_tensor **order;
    size_t count;
} contents;

/* Header entry of a tensor, or NULL when memory ran out; then nothing of it is left. */
static json_t *describe(const rl_tensor *tensor, size_t offset) {
    json_t *shape = json_array();
    for (size_t i = 0; i < tensor->rank; i++)
        rl_json_append(&shape, json_integer((json_int_t)tensor->shape[i]));
    return json_pack("{s:s, s:o, s:[I, I]}", "dtype", rl_dtype_name(tensor->dtype), "shape", shape,
                     "data_offsets", (json_int_t)offset, (json_int_t)(offset + tensor->size));
}

/* Of a pair of the metadata; the checksum comes when there is something to compute it of. */
static const char *value_of(const char *const *pair) {
    return strcmp(pair[0], RL_SAFETENSORS_CHECKSUM) == 0 ? RL_CHECKSUM_ZEROS : pair[1];
}

static json_t *describe_metadata(const char *const *metadata) {
    json_t *object = json_object();
    for (; metadata[0]; metadata += 2)
        rl_json_set(&object, metadata[0], json_string(value_of(metadata)));
    return object;
}

/* The header as text, to release with rl_free; NULL when there is no memory. */
static char *header_text(const contents *c, const char *const *metadata) {
    json_t *header = json_object();
    if (metadata && metadata[0])
        rl_json_set(&header, "__metadata__", describe_metadata(metadata));
    size_t offset = 0;
    for (size_t i = 0; i < c->count; i++) {
        rl_json_set(&header, c->order[i]->name, describe(c->order[i], offset));
        offset += c->order[i]->size;
    }
    char *text = rl_json_text(header);
    json_decref(header);
    return text;
}

/* Makes the header, with padding; false when there is no memory. */
static bool make_header(contents *c, const char *const *metadata) {
    char *text = header_text(c, metadata);
    const size_t length = text ? strlen(text) : 0;
    c->length = rl_round_up(length, 8);
    c->header = text ? rl_alloc(c->length, 1) : NULL;
    if (c->header) {
        memset(c->header, ' ', c->length);
        memcpy(c->header, text, length);
    }
    rl_free(text);
    return c->header;
}

/* Puts the checksum in its place, where the metadata have one; false when there is no memory. */
static bool seal(contents *c) {
    char *digits = rl_checksum_digits(c->header, c->length), text[RL_DIGEST_TEXT];
    rl_digest digest;
    if (!digits)
        return true;
    rl_checksum_begin(&digest, c->header, c->length, digits);
    for (size_t i = 0; i < c->count; i++)
        rl_digest_add(&digest, c->order[i]->data, c->order[i]->size);
    const bool done = rl_digest_text(&digest, text);
    rl_digest_end(&digest);
    if (done)
        memcpy(digits, text, RL_DIGEST_TEXT - 1);
    return done;
}

static bool write_file(FILE *stream, void *context) {
    const contents *c = context;
    unsigned char prefix[8];
    for (int i = 0; i < 8; i++)
        prefix[i] = (unsigned char)((uint64_t)c->length >> 8 * i);
    bool good = fwrite(prefix, 1, 8, stream) == 8;
    good = good && fwrite(c->header, 1, c->length, stream) == c->length;
    for (size_t i = 0; good && i < c->count; i++)
        good = fwrite(c->order[i]->data, 1, c->order[i]->size, stream) == c->order[i]->size;
    return good;
}

/* Do type, shape and size agree? */
static bool is_whole(const rl_tensor *tensor) {
    size_t bytes = rl_dtype_size(tensor->dtype);
    if (!rl_dtype_name(tensor->dtype) || tensor->rank > RL_MAX_RANK)
        return false;
    for (size_t i = 0; i < tensor->rank; i++)
        if (!rl_multiply(bytes, tensor->shape[i], &bytes))
            return false;
    return bytes == tensor->size;
}

/* What would make a file that no reader takes. `order` is sorted. */
static rl_status check(const contents *c, const char *const *metadata, const char *path,
                       rl_error *error) {
    for (size_t i = 0; i < c->count; i++) {
        const rl_tensor *tensor = c->order[i];
        if (!rl_text_is_utf8(tensor->name) || strcmp(tensor->name, "__metadata__") == 0)
            return rl_fail(error, RL_ERROR_ARGUMENT, "%s: '%s' cannot name a tensor", path,
                           tensor->name);
        if (!is_whole(tensor))
            return rl_fail(error, RL_ERROR_ARGUMENT,
                           "%s: tensor '%s': its type, shape and size do not agree", path,
                           tensor->name);
        if (i > 0 && strcmp(c->order[i - 1]->name, tensor->name) == 0)
            return rl_fail(error, RL_ERROR_ARGUMENT, "%s: two tensors are named '%s'", path,
                           tensor->name);
    }
    for (; metadata && *metadata; metadata++)
        if (!rl_text_is_utf8(*metadata))
            return rl_fail(error, RL_ERROR_ARGUMENT, "%s: metadata '%s' is not UTF-8", path,
                           *metadata);
    return RL_OK;
}

rl_status rl_safetensors_write(const char *path, const rl_tensor *tensors, size_t count,
                               const char *const *metadata, rl_error *error) {
    contents c = {.order = rl_alloc(count, sizeof *c.order), .count = count};
    if (!c.order)
        return rl_fail_memory(error, "the list of tensors");
    for (size_t i = 0; i < count; i++)
        c.order[i] = &tensors[i];
    qsort(c.order, count, sizeof *c.order, by_name); /* brings equal names together */
    rl_status status = check(&c, metadata, path, error);
    if (status == RL_OK) {
        qsort(c.order, count, sizeof *c.order, by_alignment_and_name);
        status = make_header(&c, metadata) && seal(&c)
                     ? rl_file_replace(path, write_file, &c, error)
                     : rl_fail(error, RL_ERROR_MEMORY, "%s: out of memory for its header", path);
        rl_free(c.header);
    }
    rl_free(c.order);
    return status;
}
