/* Reader of safetensors files: the header first (its text is safetensors_header.c's to understand),
 * the data when they are asked for. Nothing in the file is believed, its length neither: that is
 * checked before memory is asked for. */
#include "format/safetensors_file.h"

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "format/safetensors_checksum.h"

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#define MAX_HEADER 100000000U /* the format's own limit */
#define MAX_FILE ((uint64_t)16 << 30)

/* What torch.save writes: a zip archive, or, before 2020, a bare pickle. Read as the length of a
 * header, both are too large. */
static bool is_pickle(const uint8_t *bytes, size_t size) {
    static const uint8_t zip[] = {'P', 'K', 3, 4};
    return (size > sizeof zip && memcmp(bytes, zip, sizeof zip) == 0) ||
           (size > 2 && bytes[0] == 0x80 && bytes[1] >= 2 && bytes[1] <= 5);
}

/* Where the header lies, by the first bytes of a file of `size` bytes (as many of them as there
 * are, at most nine). */
static rl_status measure(const rl_safetensors_parser *p, const uint8_t start[9], uint64_t size) {
    if (size < 8)
        return rl_fail_at(p->error, RL_ERROR_FORMAT, 0,
                          "%s: %" PRIu64
                          " bytes, expected a safetensors file (8 bytes of header length)",
                          p->name, size);
    uint64_t length = 0;
    for (int i = 0; i < 8; i++)
        length |= (uint64_t)start[i] << 8 * i;
    const bool possible = length <= MAX_HEADER && length <= size - 8;
    if (!possible && is_pickle(start, (size_t)rl_min(size, 9)))
        return rl_fail_at(
            p->error, RL_ERROR_FORMAT, 0,
            "%.300s: a file of torch.save, which can run programs when it is loaded; "
            "convert it: python3 -c \"import torch, safetensors.torch as s; "
            "s.save_file(torch.load('FILE.pth', map_location='cpu', weights_only=True), "
            "'FILE.safetensors')\"",
            p->name);
    if (!possible)
        return rl_fail_at(p->error, RL_ERROR_FORMAT, 0,
                          "%s: not a safetensors file, or cut short: a header of %" PRIu64
                          " bytes in a file of %" PRIu64,
                          p->name, length, size);
    if (length == 0 || start[8] != '{')
        return rl_fail_at(p->error, RL_ERROR_FORMAT, 8,
                          "%s: not a safetensors file: the header does not begin with '{'",
                          p->name);
    if (size > MAX_FILE)
        return rl_fail(p->error, RL_ERROR_FORMAT,
                       "%s: has %" PRIu64 " bytes, expected at most %" PRIu64, p->name, size,
                       MAX_FILE);
    p->file->length = (size_t)length;
    p->file->data_size = (size_t)(size - 8 - length);
    return RL_OK;
}

static rl_status allocate_header(const rl_safetensors_parser *p) {
    p->file->text = rl_alloc(p->file->length, 1);
    return p->file->text
               ? RL_OK
               : rl_fail(p->error, RL_ERROR_MEMORY, "%s: out of memory for the header", p->name);
}

static rl_safetensors *create(const char *name, rl_error *error) {
    rl_safetensors *file = rl_alloc(1, sizeof *file);
    if (file) {
        file->source = -1;
        file->name = rl_strdup(name);
    }
    if (!file || !file->name) {
        rl_safetensors_free(file);
        rl_fail_memory(error, "a safetensors file");
        return NULL;
    }
    return file;
}

/* Ends a constructor. */
static rl_status finish(rl_safetensors **result, rl_safetensors *file, rl_status status) {
    if (status != RL_OK) {
        rl_safetensors_free(file);
        file = NULL;
    }
    *result = file;
    return status;
}

static rl_status open_header(const rl_safetensors_parser *p, const char *path) {
    uint8_t start[9] = {0};
    uint64_t size;
    int *source = &p->file->source;
    rl_status status = rl_file_open(source, &size, path, p->error);
    if (status == RL_OK)
        status =
            rl_file_read_at(*source, path, 0, start, (size_t)rl_min(size, sizeof start), p->error);
    if (status == RL_OK)
        status = measure(p, start, size);
    if (status == RL_OK)
        status = allocate_header(p);
    if (status == RL_OK)
        status = rl_file_read_at(*source, path, 8, p->file->text, p->file->length, p->error);
    return status == RL_OK ? rl_safetensors_parse_header(p) : status;
}

rl_status rl_safetensors_open(rl_safetensors **result, const char *path, rl_error *error) {
    *result = NULL;
    rl_safetensors *file = create(path, error);
    if (!file)
        return RL_ERROR_MEMORY;
    const rl_safetensors_parser p = {.file = file, .name = path, .error = error};
    return finish(result, file, open_header(&p, path));
}

/* Of a file whose data are there. */
static rl_status verify(const rl_safetensors *file, rl_error *error) {
    const char *expected = rl_safetensors_metadata(file, RL_SAFETENSORS_CHECKSUM);
    const char *digits = expected ? rl_checksum_digits(file->text, file->length) : NULL;
    char text[RL_DIGEST_TEXT] = "";
    rl_digest digest = {0};
    if (!expected)
        return RL_OK;
    if (digits) {
        rl_checksum_begin(&digest, file->text, file->length, digits);
        rl_digest_add(&digest, file->data, file->data_size);
        const bool done = rl_digest_text(&digest, text);
        rl_digest_end(&digest);
        if (!done)
            return rl_fail(error, RL_ERROR_MEMORY, "%s: out of memory for its checksum",
                           file->name);
    }
    if (strcmp(text, expected) != 0)
        return rl_fail(error, RL_ERROR_FORMAT,
                       "%s: does not fit its checksum: it was damaged, or changed by another "
                       "program; expected the file as it was written",
                       file->name);
    return RL_OK;
}

/* Points the tensors to the bytes in file->data. */
static rl_status take_data(rl_safetensors *file, rl_error *error) {
    for (size_t i = 0; i < file->count; i++)
        file->tensors[i].data = file->data + file->tensors[i].offset;
    return verify(file, error);
}

static rl_status allocate_data(rl_safetensors *file, rl_error *error) {
    file->data = rl_alloc(file->data_size, 1);
    return file->data ? RL_OK
                      : rl_fail(error, RL_ERROR_MEMORY, "%s: out of memory for %zu bytes",
                                file->name, file->data_size);
}

rl_status rl_safetensors_load(rl_safetensors *file, rl_error *error) {
    if (file->data)
        return RL_OK;
    rl_status status = allocate_data(file, error);
    if (status == RL_OK)
        status = rl_file_read_at(file->source, file->name, 8 + file->length, file->data,
                                 file->data_size, error);
    if (status == RL_OK)
        status = take_data(file, error);
    if (status == RL_OK) {
        close(file->source);
        file->source = -1;
    } else { /* as if it had not been tried */
        for (size_t i = 0; i < file->count; i++)
            file->tensors[i].data = NULL;
        rl_free(file->data);
        file->data = NULL;
    }
    return status;
}

rl_status rl_safetensors_read(rl_safetensors **result, const char *path, rl_error *error) {
    rl_safetensors *file;
    rl_status status = rl_safetensors_open(&file, path, error);
    if (status == RL_OK)
        status = rl_safetensors_load(file, error);
    return finish(result, file, status);
}

static rl_status parse_bytes(const rl_safetensors_parser *p, const uint8_t *bytes, size_t size) {
    rl_safetensors *file = p->file;
    uint8_t start[9] = {0};
    if (size > 0)
        memcpy(start, bytes, rl_min(size, sizeof start));
    rl_status status = measure(p, start, size);
    if (status == RL_OK)
        status = allocate_header(p);
    if (status != RL_OK)
        return status;
    memcpy(file->text, bytes + 8, file->length);
    status = rl_safetensors_parse_header(p);
    if (status == RL_OK)
        status = allocate_data(file, p->error);
    if (status != RL_OK)
        return status;
    memcpy(file->data, bytes + 8 + file->length, file->data_size);
    return take_data(file, p->error);
}

rl_status rl_safetensors_parse(rl_safetensors **result, const void *bytes, size_t size,
                               const char *name, rl_error *error) {
    *result = NULL;
    rl_safetensors *file = create(name, error);
    if (!file)
        return RL_ERROR_MEMORY;
    const rl_safetensors_parser p = {.file = file, .name = name, .error = error};
    return finish(result, file, parse_bytes(&p, bytes, size));
}

void rl_safetensors_free(rl_safetensors *file) {
    if (!file)
        return;
    if (file->source >= 0)
        close(file->source);
    json_decref(file->header);
    rl_free(file->tensors);
    rl_free(file->data);
    rl_free(file->text);
    rl_free(file->name);
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

size_t rl_safetensors_metadata_count(const rl_safetensors *file) {
    return json_object_size(json_object_get(file->header, "__metadata__"));
}

const char *rl_safetensors_metadata_at(const rl_safetensors *file, size_t index,
                                       const char **value) {
    json_t *metadata = json_object_get(file->header, "__metadata__");
    void *at = json_object_iter(metadata);
    for (size_t i = 0; i < index && at; i++)
        at = json_object_iter_next(metadata, at);
    *value = json_string_value(json_object_iter_value(at));
    return json_object_iter_key(at);
}

const char *rl_safetensors_metadata(const rl_safetensors *file, const char *key) {
    return json_string_value(json_object_get(json_object_get(file->header, "__metadata__"), key));
}
