/* Writer of safetensors files: larger alignment first, then by name, header padded to 8 bytes, so
 * that every tensor's data are aligned in the file. */
#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "format/dtype.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static int by_alignment_and_name(const void *a, const void *b) {
    const rl_tensor *x = *(const rl_tensor *const *)a, *y = *(const rl_tensor *const *)b;
    const size_t sx = rl_dtype_size(x->dtype), sy = rl_dtype_size(y->dtype);
    if (sx != sy)
        return sx > sy ? -1 : 1;
    return strcmp(x->name, y->name);
}

typedef struct {
    char *header; /* of jansson's allocator */
    const rl_tensor **order;
    size_t count;
} contents;

static json_t *describe(const rl_tensor *tensor, size_t offset) {
    json_t *shape = json_array();
    for (size_t i = 0; i < tensor->rank; i++)
        json_array_append_new(shape, json_integer((json_int_t)tensor->shape[i]));
    return json_pack("{s:s, s:o, s:[I, I]}", "dtype", rl_dtype_name(tensor->dtype), "shape", shape,
                     "data_offsets", (json_int_t)offset, (json_int_t)(offset + tensor->size));
}

static json_t *describe_metadata(const char *const *metadata) {
    json_t *object = json_object();
    for (; metadata[0]; metadata += 2)
        json_object_set_new(object, metadata[0], json_string(metadata[1]));
    return object;
}

/* The header as text; NULL when there is no memory, or a name is not UTF-8. */
static char *header_text(const contents *c, const char *const *metadata) {
    json_t *header = json_object();
    bool good = header != NULL;
    if (metadata && metadata[0])
        good &= json_object_set_new(header, "__metadata__", describe_metadata(metadata)) == 0;
    size_t offset = 0;
    for (size_t i = 0; good && i < c->count; i++) {
        good = json_object_set_new(header, c->order[i]->name, describe(c->order[i], offset)) == 0;
        offset += c->order[i]->size;
    }
    char *text = good ? json_dumps(header, JSON_COMPACT) : NULL;
    json_decref(header);
    return text;
}

static bool write_file(FILE *stream, void *context) {
    const contents *c = context;
    const size_t length = strlen(c->header), padded = rl_round_up(length, 8);
    unsigned char prefix[8];
    for (int i = 0; i < 8; i++)
        prefix[i] = (unsigned char)((uint64_t)padded >> 8 * i);
    bool good = fwrite(prefix, 1, 8, stream) == 8;
    good = good && fwrite(c->header, 1, length, stream) == length;
    for (size_t i = length; good && i < padded; i++)
        good = fputc(' ', stream) != EOF;
    for (size_t i = 0; good && i < c->count; i++)
        good = fwrite(c->order[i]->data, 1, c->order[i]->size, stream) == c->order[i]->size;
    return good;
}

rl_status rl_safetensors_write(const char *path, const rl_tensor *tensors, size_t count,
                               const char *const *metadata, rl_error *error) {
    contents c = {.order = rl_alloc(count, sizeof *c.order), .count = count};
    if (!c.order)
        return rl_fail_memory(error, "the list of tensors");
    rl_status status = RL_OK;
    for (size_t i = 0; i < count; i++)
        c.order[i] = &tensors[i];
    qsort(c.order, count, sizeof *c.order, by_alignment_and_name);
    for (size_t i = 0; i < count && status == RL_OK; i++) {
        const rl_tensor *tensor = c.order[i];
        if (!rl_dtype_name(tensor->dtype) || tensor->rank > RL_MAX_RANK)
            status =
                rl_fail(error, RL_ERROR_ARGUMENT,
                        "%s: tensor '%s': its type or rank cannot be written", path, tensor->name);
        else if (i > 0 && strcmp(c.order[i - 1]->name, tensor->name) == 0)
            status = rl_fail(error, RL_ERROR_ARGUMENT, "%s: two tensors are named '%s'", path,
                             tensor->name);
    }
    if (status == RL_OK) {
        c.header = header_text(&c, metadata);
        status = c.header ? rl_file_replace(path, write_file, &c, error)
                          : rl_fail(error, RL_ERROR_ARGUMENT,
                                    "%s: a name or text in its header is not UTF-8, or memory ran "
                                    "out",
                                    path);
        free(c.header);
    }
    rl_free(c.order);
    return status;
}
