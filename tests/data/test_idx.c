/* The bytes of IDX files: every item of good ones, plain and gzipped, and each way to be broken,
 * with its message. */
#include "data/idx_files.h"

#include "base/memory.h"
#include "data/idx.h"

/* ---- Good files ---- */

/* Reads images in pieces of `piece` and compares all of them with what idx_images made. */
static void check_images(test_bytes file, size_t count, size_t height, size_t width, size_t piece) {
    rl_idx *idx;
    rl_error error;
    if (rl_idx_open(&idx, RL_IDX_IMAGES, file.bytes, file.size, "file", &error) != RL_OK)
        fail_msg("%s", error.message);
    const rl_idx_shape shape = rl_idx_get_shape(idx);
    assert_int_equal(shape.count, count);
    assert_int_equal(shape.height, height);
    assert_int_equal(shape.width, width);
    test_bytes values = make_bytes(count * height * width);
    for (size_t i = 0; i < count; i += piece)
        if (rl_idx_read(idx, values.bytes + i * height * width, rl_min(piece, count - i), &error) !=
            RL_OK)
            fail_msg("%s", error.message);
    for (size_t i = 0; i < values.size; i++)
        assert_int_equal(values.bytes[i],
                         test_pixel(i / (height * width), i / width % height, i % width, 0));
    assert_int_equal(rl_idx_read(idx, values.bytes, 1, NULL), RL_ERROR_ARGUMENT);
    free(values.bytes);
    rl_idx_free(idx);
    free(file.bytes);
}

static void test_images(void **state) {
    (void)state;
    check_images(idx_images(0, 7, 28, 28), 7, 28, 28, 7);
    check_images(idx_images(0, 7, 5, 3), 7, 5, 3, 1);
    check_images(gzipped(idx_images(0, 7, 28, 28)), 7, 28, 28, 1);
    check_images(gzipped(idx_images(0, 7, 28, 28)), 7, 28, 28, 3);
    check_images(gzipped(idx_images(0, 1, 1, 1)), 1, 1, 1, 1);
}

static void test_labels(void **state) {
    (void)state;
    for (size_t packed = 0; packed < 2; packed++) {
        test_bytes file = packed ? gzipped(idx_labels(300, 256)) : idx_labels(300, 256);
        uint8_t values[300];
        rl_idx *idx;
        assert_int_equal(rl_idx_open(&idx, RL_IDX_LABELS, file.bytes, file.size, "f", NULL), RL_OK);
        assert_int_equal(rl_idx_get_shape(idx).count, 300);
        assert_int_equal(rl_idx_read(idx, values, 300, NULL), RL_OK);
        for (size_t i = 0; i < 300; i++)
            assert_int_equal(values[i], i % 256);
        rl_idx_free(idx);
        free(file.bytes);
    }
}

/* The most that deflate compresses must still pass the comparison of header and size. */
static void test_black_images(void **state) {
    (void)state;
    const size_t count = 2000, values = count * 28 * 28;
    test_bytes file = gzipped(idx_header(3, (size_t[]){count, 28, 28}, values));
    assert_true(file.size < values / 900);
    rl_idx *idx;
    uint8_t *read = malloc(values);
    assert_non_null(read);
    assert_int_equal(rl_idx_open(&idx, RL_IDX_IMAGES, file.bytes, file.size, "f", NULL), RL_OK);
    assert_int_equal(rl_idx_read(idx, read, count, NULL), RL_OK);
    rl_idx_free(idx);
    free(read);
    free(file.bytes);
}

/* ---- Broken files ---- */

/* Opening, or reading all of it, must fail with these texts; releases the bytes. */
static void expect_broken(test_bytes file, rl_idx_kind kind, const char *first,
                          const char *second) {
    rl_error error = {.code = RL_OK};
    rl_idx *idx = (rl_idx *)1;
    /* of its exact size, so that a sanitizer sees any read past it */
    test_bytes exact = {malloc(file.size ? file.size : 1), file.size};
    assert_non_null(exact.bytes);
    memcpy(exact.bytes, file.bytes, file.size);
    rl_status status = rl_idx_open(&idx, kind, exact.bytes, exact.size, "a/file", &error);
    if (status == RL_OK) {
        const rl_idx_shape shape = rl_idx_get_shape(idx);
        uint8_t *values = malloc(shape.count * shape.height * shape.width);
        assert_non_null(values);
        status = rl_idx_read(idx, values, shape.count, &error);
        free(values);
        rl_idx_free(idx);
    } else {
        assert_null(idx);
    }
    assert_error(&error, status, RL_ERROR_FORMAT, "a/file: ", first, second, NULL);
    free(exact.bytes);
    free(file.bytes);
}

/* Whatever is wrong with the content is wrong with it packed, too. */
static void expect_both_broken(test_bytes (*make)(void), rl_idx_kind kind, const char *first,
                               const char *second) {
    expect_broken(make(), kind, first, second);
    expect_broken(gzipped(make()), kind, first, second);
}

static test_bytes nothing(void) {
    return make_bytes(0);
}
static test_bytes three_bytes(void) {
    return resized(idx_labels(3, 3), 3);
}
static test_bytes text(void) {
    return changed(idx_labels(3, 3), 0, '<');
}
static test_bytes floats(void) {
    return changed(idx_labels(3, 3), 2, 0x0d);
}
static test_bytes images(void) {
    return idx_images(0, 3, 4, 5);
}
static test_bytes labels(void) {
    return idx_labels(3, 3);
}
static test_bytes colour(void) {
    return idx_header(4, (size_t[]){2, 3, 3, 3}, 54);
}
static test_bytes cut_header(void) {
    return resized(idx_images(0, 3, 4, 5), 15);
}
static test_bytes no_items(void) {
    return idx_header(1, (size_t[]){0}, 0);
}
static test_bytes too_many(void) {
    return idx_header(1, (size_t[]){10000001}, 5);
}
static test_bytes no_pixels(void) {
    return idx_header(3, (size_t[]){3, 4, 0}, 0);
}
static test_bytes too_wide(void) {
    return idx_header(3, (size_t[]){3, 4097, 4}, 0);
}
static test_bytes huge(void) {
    return idx_header(3, (size_t[]){9999999, 4096, 4096}, 1000);
}
static test_bytes overflowing(void) {
    return idx_header(3, (size_t[]){0xffffffff, 0xffffffff, 0xffffffff}, 1000);
}

static void test_bad_headers(void **state) {
    (void)state;
    const rl_idx_kind label_file = RL_IDX_LABELS, image_file = RL_IDX_IMAGES;
    expect_both_broken(nothing, label_file, "not an IDX file", "begin with 00 00 08 01");
    expect_both_broken(three_bytes, image_file, "not an IDX file", "begin with 00 00 08 03");
    expect_both_broken(text, label_file, "not an IDX file", "");
    expect_both_broken(floats, label_file, "type 0d", "expected 08 (unsigned bytes)");
    expect_both_broken(images, label_file, "3 dimensions, expected 1", "IDX files of labels");
    expect_both_broken(labels, image_file, "1 dimension, expected 3", "IDX files of images");
    expect_both_broken(colour, image_file, "4 dimensions, expected 3", "");
    expect_both_broken(cut_header, image_file, "ends in its header", "12 bytes of dimensions");
    expect_both_broken(no_items, label_file, "announces 0 labels", "expected 1 to 10000000");
    expect_both_broken(too_many, label_file, "announces 10000001 labels", "");
    expect_both_broken(no_pixels, image_file, "images of 0 x 4 pixels", "sides of 1 to 4096");
    expect_both_broken(too_wide, image_file, "images of 4 x 4097 pixels", "");
    expect_both_broken(overflowing, image_file, "announces 4294967295 images", "");
}

/* Refused by the sizes alone, before anything is asked of the memory. */
static void test_announced_and_not_there(void **state) {
    (void)state;
    expect_both_broken(huge, RL_IDX_IMAGES, "too short for the 9999999 images of 4096 x 4096",
                       "header announces");
    expect_broken(resized(idx_labels(30, 3), 37), RL_IDX_LABELS, "too short for the 30 labels", "");
    expect_broken(gzipped(resized(idx_labels(30, 3), 37)), RL_IDX_LABELS, "ends in item 29",
                  "of the 30 labels");
    expect_broken(gzipped(resized(idx_images(0, 3, 4, 5), 16 + 45)), RL_IDX_IMAGES,
                  "ends in item 2 of the 3 images", "5 x 4 bytes");
}

static void test_more_than_announced(void **state) {
    (void)state;
    expect_broken(resized(idx_labels(30, 3), 39), RL_IDX_LABELS, "goes on after the 30 labels",
                  "expected its end");
    expect_broken(gzipped(resized(idx_labels(30, 3), 39)), RL_IDX_LABELS,
                  "goes on after the 30 labels", "expected its end");
    /* a bomb: the megabytes after the last label are never unpacked */
    expect_broken(gzipped(resized(idx_labels(30, 3), 20 << 20)), RL_IDX_LABELS,
                  "goes on after the 30 labels", "expected its end");
}

static void test_damaged_gzip(void **state) {
    (void)state;
    const size_t size = 4000;
    test_bytes whole = gzipped(idx_labels(size, 251));
    const size_t packed = whole.size;
    free(whole.bytes);
    expect_broken(resized(gzipped(idx_labels(size, 251)), packed - 1), RL_IDX_LABELS, "cut short",
                  "");
    expect_broken(resized(gzipped(idx_labels(size, 251)), packed / 2), RL_IDX_LABELS, "cut short",
                  "");
    expect_broken(resized(gzipped(idx_labels(size, 251)), 5), RL_IDX_LABELS, "cut short", "");
    expect_broken(resized(gzipped(idx_labels(size, 251)), packed + 3), RL_IDX_LABELS,
                  "3 bytes follow the end of the gzip data", "expected none");
    expect_broken(changed(gzipped(idx_labels(size, 251)), packed - 8, 1), RL_IDX_LABELS,
                  "damaged gzip data", "incorrect data check");
    expect_broken(changed(gzipped(idx_labels(size, 251)), packed - 4, 1), RL_IDX_LABELS,
                  "damaged gzip data", "incorrect length check");
    expect_broken(changed(gzipped(idx_labels(size, 251)), 10, 0xff), RL_IDX_LABELS,
                  "damaged gzip data", "invalid");
    expect_broken(changed(gzipped(idx_labels(size, 251)), 2, 7), RL_IDX_LABELS, "damaged gzip data",
                  "unknown compression method");
}

/* A second member is legal gzip, but no file of ours has one. */
static void test_second_member(void **state) {
    (void)state;
    test_bytes first = gzipped(idx_labels(30, 3)), second = gzipped(make_bytes(0));
    test_bytes both = make_bytes(first.size + second.size);
    memcpy(both.bytes, first.bytes, first.size);
    memcpy(both.bytes + first.size, second.bytes, second.size);
    free(first.bytes);
    free(second.bytes);
    expect_broken(both, RL_IDX_LABELS, "20 bytes follow the end of the gzip data", "");
}

static void test_each_allocation_failing(void **state) {
    (void)state;
    test_bytes file = gzipped(idx_labels(60000, 251));
    uint8_t *values = malloc(60000);
    assert_non_null(values);
    long n = 0;
    for (rl_status status = RL_ERROR_MEMORY; status != RL_OK; n++) {
        rl_idx *idx;
        rl_error error;
        rl_memory_fail_after(n);
        status = rl_idx_open(&idx, RL_IDX_LABELS, file.bytes, file.size, "f", &error);
        if (status == RL_OK)
            status = rl_idx_read(idx, values, 60000, &error);
        rl_memory_fail_after(-1);
        if (status != RL_OK)
            assert_error(&error, status, RL_ERROR_MEMORY, "memory", NULL);
        rl_idx_free(idx);
    }
    assert_int_equal(n - 1, 4); /* reader, content, and zlib's state and window */
    free(values);
    free(file.bytes);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_images),
        cmocka_unit_test(test_labels),
        cmocka_unit_test(test_black_images),
        cmocka_unit_test(test_bad_headers),
        cmocka_unit_test(test_announced_and_not_there),
        cmocka_unit_test(test_more_than_announced),
        cmocka_unit_test(test_damaged_gzip),
        cmocka_unit_test(test_second_member),
        cmocka_unit_test(test_each_allocation_failing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
