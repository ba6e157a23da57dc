/* The IDX layout as far as images and labels use it: unsigned bytes in one or three dimensions. The
 * other types (shorts, floats, ...) and numbers of dimensions are refused by name.
 *
 * Nothing the header says is believed before it is compared with what is there: more items than the
 * bytes can hold, packed or not, are an error before anyone makes room for them. */
#include "data/idx.h"

#include "base/error.h"
#include "base/memory.h"
#include "data/gzip.h"

#include <stdio.h>

#define MAGIC_BYTES 4
#define UNSIGNED_BYTES 0x08
#define DIMENSIONS_MAX RL_IDX_IMAGES

struct rl_idx {
    rl_gzip *content;
    const char *path;
    rl_idx_shape shape;
    size_t item_bytes;
    size_t left; /* items not yet read */
    char announced[96];
};

static const char *kind_name(rl_idx_kind kind) {
    return kind == RL_IDX_IMAGES ? "images" : "labels";
}

static rl_status check_magic(const uint8_t *magic, size_t size, rl_idx_kind kind, const char *path,
                             rl_error *error) {
    if (size < MAGIC_BYTES || magic[0] != 0 || magic[1] != 0)
        return rl_fail_at(error, RL_ERROR_FORMAT, 0,
                          "%s: not an IDX file, expected one to begin with 00 00 %02x %02x", path,
                          UNSIGNED_BYTES, (unsigned)kind);
    if (magic[2] != UNSIGNED_BYTES)
        return rl_fail_at(error, RL_ERROR_FORMAT, 2,
                          "%s: IDX values of type %02x, expected %02x (unsigned bytes)", path,
                          magic[2], UNSIGNED_BYTES);
    if (magic[3] != kind)
        return rl_fail_at(error, RL_ERROR_FORMAT, 3,
                          "%s: %d dimension%s, expected %d, as IDX files of %s have", path,
                          magic[3], magic[3] == 1 ? "" : "s", (int)kind, kind_name(kind));
    return RL_OK;
}

static size_t read_u32(const uint8_t *bytes) {
    return (size_t)bytes[0] << 24 | (size_t)bytes[1] << 16 | (size_t)bytes[2] << 8 | bytes[3];
}

/* Shape and sizes from the dimensions, which must be ones that we can handle. */
static rl_status take_dimensions(rl_idx *idx, const uint8_t *bytes, rl_idx_kind kind,
                                 rl_error *error) {
    rl_idx_shape *shape = &idx->shape;
    *shape = (rl_idx_shape){read_u32(bytes), 1, 1};
    if (kind == RL_IDX_IMAGES) {
        shape->height = read_u32(bytes + 4);
        shape->width = read_u32(bytes + 8);
    }
    if (shape->count == 0 || shape->count > RL_IDX_COUNT_MAX)
        return rl_fail_at(error, RL_ERROR_FORMAT, MAGIC_BYTES,
                          "%s: the header announces %zu %s, expected 1 to %d", idx->path,
                          shape->count, kind_name(kind), RL_IDX_COUNT_MAX);
    if (shape->height == 0 || shape->width == 0 ||
        rl_max(shape->height, shape->width) > RL_IDX_SIDE_MAX)
        return rl_fail_at(error, RL_ERROR_FORMAT, MAGIC_BYTES + 4,
                          "%s: the header announces images of %zu x %zu pixels, expected sides of "
                          "1 to %d",
                          idx->path, shape->width, shape->height, RL_IDX_SIDE_MAX);
    idx->item_bytes = shape->height * shape->width;
    idx->left = shape->count;
    if (kind == RL_IDX_IMAGES)
        snprintf(idx->announced, sizeof idx->announced, "%zu images of %zu x %zu bytes",
                 shape->count, shape->width, shape->height);
    else
        snprintf(idx->announced, sizeof idx->announced, "%zu labels", shape->count);
    return RL_OK;
}

static rl_status read_header(rl_idx *idx, rl_idx_kind kind, rl_error *error) {
    uint8_t header[4 * DIMENSIONS_MAX];
    size_t got;
    rl_status status = rl_gzip_read(idx->content, header, MAGIC_BYTES, &got, error);
    if (status == RL_OK)
        status = check_magic(header, got, kind, idx->path, error);
    const size_t dimension_bytes = 4 * (size_t)kind;
    if (status == RL_OK)
        status = rl_gzip_read(idx->content, header, dimension_bytes, &got, error);
    if (status == RL_OK && got < dimension_bytes)
        status = rl_fail_at(error, RL_ERROR_FORMAT, (long long)(MAGIC_BYTES + got),
                            "%s: ends in its header, expected %zu bytes of dimensions", idx->path,
                            dimension_bytes);
    if (status == RL_OK)
        status = take_dimensions(idx, header, kind, error);
    const uint64_t total = MAGIC_BYTES + dimension_bytes + (uint64_t)idx->left * idx->item_bytes;
    if (status == RL_OK && total > rl_gzip_bound(idx->content))
        status =
            rl_fail(error, RL_ERROR_FORMAT, "%s: too short for the %s that its header announces",
                    idx->path, idx->announced);
    return status;
}

rl_status rl_idx_open(rl_idx **idx, rl_idx_kind kind, const uint8_t *bytes, size_t size,
                      const char *path, rl_error *error) {
    *idx = NULL;
    rl_idx *opened = rl_alloc(1, sizeof *opened);
    if (!opened)
        return rl_fail_memory(error, "reading an IDX file");
    opened->path = path;
    rl_status status = rl_gzip_open(&opened->content, bytes, size, path, error);
    if (status == RL_OK)
        status = read_header(opened, kind, error);
    if (status != RL_OK) {
        rl_idx_free(opened);
        return status;
    }
    *idx = opened;
    return RL_OK;
}

void rl_idx_free(rl_idx *idx) {
    if (idx)
        rl_gzip_free(idx->content);
    rl_free(idx);
}

rl_idx_shape rl_idx_get_shape(const rl_idx *idx) {
    return idx->shape;
}

/* Reading past the last byte is also what checks the end of a gzipped file. */
static rl_status check_end(rl_idx *idx, rl_error *error) {
    uint8_t more;
    size_t got;
    rl_status status = rl_gzip_read(idx->content, &more, 1, &got, error);
    if (status == RL_OK && got > 0)
        status = rl_fail(error, RL_ERROR_FORMAT,
                         "%s: goes on after the %s that its header announces, expected its end",
                         idx->path, idx->announced);
    return status;
}

rl_status rl_idx_read(rl_idx *idx, uint8_t *values, size_t items, rl_error *error) {
    const size_t size = items * idx->item_bytes;
    size_t got;
    if (items > idx->left)
        return rl_fail(error, RL_ERROR_ARGUMENT, "%s: %zu items asked for, but %zu are left",
                       idx->path, items, idx->left);
    rl_status status = rl_gzip_read(idx->content, values, size, &got, error);
    if (status == RL_OK && got < size)
        status = rl_fail(error, RL_ERROR_FORMAT,
                         "%s: ends in item %zu of the %s that its header announces", idx->path,
                         idx->shape.count - idx->left + got / idx->item_bytes, idx->announced);
    if (status != RL_OK)
        return status;
    idx->left -= items;
    return idx->left == 0 && items > 0 ? check_end(idx, error) : RL_OK;
}
