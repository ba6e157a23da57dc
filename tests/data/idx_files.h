/* IDX files for tests, plain and gzipped, made at run time. */
#ifndef RL_TESTS_DATA_IDX_FILES_H
#define RL_TESTS_DATA_IDX_FILES_H

#include "base/memory.h"
#include "data/fixtures.h"

#include <zlib.h>

typedef struct {
    uint8_t *bytes; /* free() it */
    size_t size;
} test_bytes;

static inline test_bytes make_bytes(size_t size) {
    uint8_t *bytes = calloc(size + 1, 1);
    assert_non_null(bytes);
    return (test_bytes){bytes, size};
}

static inline void put_u32(uint8_t *to, size_t value) {
    for (size_t i = 0; i < 4; i++)
        to[i] = (uint8_t)(value >> (24 - 8 * i));
}

/* An IDX header of `dimensions` sizes and room for `values` values after it. */
static inline test_bytes idx_header(size_t dimensions, const size_t *sizes, size_t values) {
    test_bytes file = make_bytes(4 + 4 * dimensions + values);
    file.bytes[2] = 0x08;
    file.bytes[3] = (uint8_t)dimensions;
    for (size_t d = 0; d < dimensions; d++)
        put_u32(file.bytes + 4 + 4 * d, sizes[d]);
    return file;
}

/* Images whose pixel at (y, x) is test_pixel(first + image, y, x, 0). */
static inline test_bytes idx_images(size_t first, size_t count, size_t height, size_t width) {
    test_bytes file = idx_header(3, (size_t[]){count, height, width}, count * height * width);
    uint8_t *to = file.bytes + 16;
    for (size_t i = 0; i < count; i++)
        for (size_t y = 0; y < height; y++)
            for (size_t x = 0; x < width; x++)
                *to++ = test_pixel(first + i, y, x, 0);
    return file;
}

/* Labels 0, 1, ..., classes - 1, 0, ... */
static inline test_bytes idx_labels(size_t count, size_t classes) {
    test_bytes file = idx_header(1, &count, count);
    for (size_t i = 0; i < count; i++)
        file.bytes[8 + i] = (uint8_t)(i % classes);
    return file;
}

static inline test_bytes gzipped(test_bytes plain) {
    test_bytes packed = make_bytes(plain.size + 1024);
    z_stream stream = {.next_in = plain.bytes,
                       .avail_in = (uInt)plain.size,
                       .next_out = packed.bytes,
                       .avail_out = (uInt)packed.size};
    assert_int_equal(deflateInit2(&stream, 6, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY),
                     Z_OK);
    assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
    packed.size = stream.total_out;
    deflateEnd(&stream);
    free(plain.bytes);
    return packed;
}

/* The bytes cut to `size` or, with anything but zero after them, longer. */
static inline test_bytes resized(test_bytes file, size_t size) {
    test_bytes result = make_bytes(size);
    memset(result.bytes, 0x55, size);
    memcpy(result.bytes, file.bytes, rl_min(size, file.size));
    free(file.bytes);
    return result;
}

static inline test_bytes changed(test_bytes file, size_t at, uint8_t value) {
    file.bytes[at] = value;
    return file;
}

/* Writes and releases a file of bytes. */
static inline void save_bytes(const char *name, test_bytes file) {
    write_file(name, file.bytes, file.size);
    free(file.bytes);
}

/* A complete folder: 12 training and 5 test images of height x width, labels below `classes`.
 * `joint` is what joins a name's parts, '-' or '.'; gzipped under ".gz" where `packed`. */
static inline void write_idx_folder(const char *folder, size_t height, size_t width, size_t classes,
                                    char joint, bool packed) {
    static const struct {
        const char *name;
        int dimensions;
        size_t first, count;
    } files[] = {{"train-images", 3, 0, 12},
                 {"train-labels", 1, 0, 12},
                 {"t10k-images", 3, 100, 5},
                 {"t10k-labels", 1, 0, 5}};
    make_folder(folder);
    for (size_t f = 0; f < 4; f++) {
        char name[PATH_MAX];
        snprintf(name, sizeof name, "%s/%s%cidx%d-ubyte%s", folder, files[f].name, joint,
                 files[f].dimensions, packed ? ".gz" : "");
        test_bytes file = files[f].dimensions == 3
                              ? idx_images(files[f].first, files[f].count, height, width)
                              : idx_labels(files[f].count, classes);
        save_bytes(name, packed ? gzipped(file) : file);
    }
}

#endif
