/* Temporary folders and data files for the tests of src/data: everything is made at run time, so
 * that no images need to be committed. */
#ifndef RL_TESTS_DATA_FIXTURES_H
#define RL_TESTS_DATA_FIXTURES_H

#include "data/dataset.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <ftw.h>
#include <limits.h>
#include <png.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <turbojpeg.h>
#include <unistd.h>

#define CIFAR_RECORD 3073

static char fixture_root[PATH_MAX];

/* cmocka setup and teardown: a fresh folder for each test. */
static inline int make_root(void **state) {
    (void)state;
    const char *base = getenv("TMPDIR");
    snprintf(fixture_root, sizeof fixture_root, "%s/reslab-data-XXXXXX", base ? base : P_tmpdir);
    return mkdtemp(fixture_root) ? 0 : -1;
}

static inline int remove_entry(const char *path, const struct stat *info, int type,
                               struct FTW *walk) {
    (void)info, (void)type, (void)walk;
    return remove(path);
}

static inline int remove_root(void **state) {
    (void)state;
    return nftw(fixture_root, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

/* The path of `name` in the test's folder; valid until the eighth next call. */
static inline const char *in_root(const char *name) {
    static char paths[8][2 * PATH_MAX];
    static unsigned next;
    char *path = paths[next++ % 8];
    snprintf(path, sizeof paths[0], "%s/%s", fixture_root, name);
    return path;
}

/* Creates a folder and those above it, all inside the test's folder. */
static inline void make_folder(const char *name) {
    char partial[PATH_MAX];
    for (size_t i = 0; i <= strlen(name); i++)
        if (name[i] == '/' || name[i] == '\0') {
            snprintf(partial, sizeof partial, "%.*s", (int)i, name);
            mkdir(in_root(partial), 0777);
        }
}

static inline void write_file(const char *name, const void *data, size_t size) {
    FILE *file = fopen(in_root(name), "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

/* A varied byte that tells record, channel, row and column apart. */
static inline uint8_t test_pixel(size_t image, size_t y, size_t x, size_t c) {
    return (uint8_t)(image * 59 + y * 7 + x * 3 + c * 101);
}

/* A file of `count` CIFAR-10 records; record r has label (first + r) % 10. */
static inline void write_batch(const char *name, size_t first, size_t count) {
    uint8_t *bytes = malloc(count * CIFAR_RECORD + 1);
    assert_non_null(bytes);
    for (size_t r = 0; r < count; r++) {
        uint8_t *record = bytes + r * CIFAR_RECORD;
        record[0] = (uint8_t)((first + r) % 10);
        for (size_t c = 0; c < 3; c++)
            for (size_t y = 0; y < 32; y++)
                for (size_t x = 0; x < 32; x++)
                    record[1 + c * 1024 + y * 32 + x] = test_pixel(first + r, y, x, c);
    }
    write_file(name, bytes, count * CIFAR_RECORD);
    free(bytes);
}

/* A complete CIFAR-10 folder: batch b has b records (1 to 5), the test batch 4. */
static inline void write_cifar10(const char *folder) {
    char name[PATH_MAX];
    make_folder(folder);
    size_t first = 0;
    for (size_t b = 1; b <= 5; b++) {
        snprintf(name, sizeof name, "%s/data_batch_%zu.bin", folder, b);
        write_batch(name, first, b);
        first += b;
    }
    snprintf(name, sizeof name, "%s/test_batch.bin", folder);
    write_batch(name, 100, 4);
}

/* A PNG of `format` (PNG_FORMAT_...) from ready pixels. */
static inline void write_png(const char *name, uint32_t format, size_t width, size_t height,
                             const void *pixels) {
    png_image image = {.version = PNG_IMAGE_VERSION,
                       .width = (png_uint_32)width,
                       .height = (png_uint_32)height,
                       .format = format};
    assert_true(png_image_write_to_file(&image, in_root(name), 0, pixels, 0, NULL));
}

/* A 32x32 RGB PNG of one colour. */
static inline void write_plain_png(const char *name, uint8_t r, uint8_t g, uint8_t b) {
    uint8_t pixels[RL_IMAGE_BYTES];
    for (size_t i = 0; i < RL_IMAGE_BYTES; i += 3)
        pixels[i] = r, pixels[i + 1] = g, pixels[i + 2] = b;
    write_png(name, PNG_FORMAT_RGB, 32, 32, pixels);
}

/* A JPEG of quality 100 without chroma subsampling. `format` is TJPF_... of the pixels. */
static inline void write_jpeg(const char *name, int format, size_t width, size_t height,
                              const uint8_t *pixels, int subsampling) {
    unsigned char *bytes = NULL;
    unsigned long size = 0;
    tjhandle encoder = tjInitCompress();
    assert_non_null(encoder);
    assert_int_equal(tjCompress2(encoder, pixels, (int)width, 0, (int)height, format, &bytes, &size,
                                 subsampling, 100, TJFLAG_ACCURATEDCT),
                     0);
    write_file(name, bytes, size);
    tjFree(bytes);
    tjDestroy(encoder);
}

/* Cuts a file of the test's folder to `size` bytes. */
static inline void cut_file(const char *name, size_t size) {
    assert_int_equal(truncate(in_root(name), (off_t)size), 0);
}

static inline size_t file_size(const char *name) {
    struct stat info;
    assert_int_equal(stat(in_root(name), &info), 0);
    return (size_t)info.st_size;
}

/* The error must have this code, be one line, and contain all the texts (ended by NULL). */
static inline void assert_error(const rl_error *error, rl_status status, rl_status code, ...) {
    if (status != code || error->code != code)
        fail_msg("status %d, code %d, expected %d: %s", (int)status, (int)error->code, (int)code,
                 error->message);
    assert_null(strchr(error->message, '\n'));
    va_list texts;
    va_start(texts, code);
    for (const char *text; (text = va_arg(texts, const char *));)
        if (!strstr(error->message, text))
            fail_msg("'%s' is not in the message: %s", text, error->message);
    va_end(texts);
}

/* Opening the data at `name` must fail so. */
#define ASSERT_OPEN_FAILS(name, expected_code, ...)                                                \
    do {                                                                                           \
        rl_error error_ = {.code = RL_OK};                                                         \
        rl_dataset *dataset_ = (rl_dataset *)1;                                                    \
        rl_status status_ = rl_dataset_open(&dataset_, in_root(name), 1, &error_);                 \
        assert_error(&error_, status_, expected_code, __VA_ARGS__, NULL);                          \
        assert_null(dataset_);                                                                     \
    } while (0)

static inline rl_dataset *open_in_root(const char *name) {
    rl_dataset *dataset;
    rl_error error;
    if (rl_dataset_open(&dataset, in_root(name), 1, &error) != RL_OK)
        fail_msg("%s", error.message);
    return dataset;
}

#endif
