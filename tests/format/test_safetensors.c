/* safetensors: what is written comes back, the layout is the format's, and no broken file is taken.
 */
#include "base/file.h"
#include "base/memory.h"
#include "format/safetensors.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { MAX_FILE = 4096 };

/* A file of the header text and `data_size` bytes of data 0, 1, 2, ... */
static size_t make_file(unsigned char file[MAX_FILE], const char *header, size_t data_size) {
    const size_t length = strlen(header);
    memset(file, 0, 8);
    file[0] = (unsigned char)length;
    file[1] = (unsigned char)(length >> 8);
    memcpy(file + 8, header, length);
    for (size_t i = 0; i < data_size; i++)
        file[8 + length + i] = (unsigned char)i;
    return 8 + length + data_size;
}

typedef struct {
    const char *header;
    size_t data_size;
    const char *message; /* a part of the error's */
} bad_file;

static const bad_file bad_files[] = {
    {"[1]", 0, "does not begin with '{'"},
    {"", 0, "does not begin with '{'"},
    {"{", 0, "header: "},
    {"{\"a\":1,\"a\":2}", 0, "header: duplicate"},
    {"{\"a\":1}", 0, "tensor 'a': unknown dtype"},
    {"{\"a\":{\"dtype\":\"F33\",\"shape\":[],\"data_offsets\":[0,4]}}", 4, "unknown dtype 'F33'"},
    {"{\"a\":{\"dtype\":\"F32\",\"data_offsets\":[0,4]}}", 4, "no \"shape\""},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[-1],\"data_offsets\":[0,4]}}", 4, "extent 0"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[1.5],\"data_offsets\":[0,4]}}", 4, "extent 0"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[4294967296,4294967296,4294967296],"
     "\"data_offsets\":[0,4]}}",
     4, "overflows"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[1]}}", 4, "data_offsets"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0]}}", 4, "data_offsets"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,0]}}", 4, "begin <= end"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,8]}}", 4, "past the file's 4"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,4]}}", 4, "do not fit its shape"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", 5, "1 bytes at the end"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}", 8, "expected 0"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},"
     "\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}",
     4, "starts at data byte 0, expected 4"},
    {"{\"__metadata__\":{\"k\":1}}", 0, "'k' is not a string"},
    {"{\"__metadata__\":3}", 0, "__metadata__ is not an object"},
};

static void broken_files_are_refused(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof bad_files / sizeof *bad_files; i++) {
        unsigned char bytes[MAX_FILE];
        rl_safetensors *file;
        rl_error error;
        const size_t size = make_file(bytes, bad_files[i].header, bad_files[i].data_size);
        assert_int_equal(rl_safetensors_parse(&file, bytes, size, "x.st", &error), RL_ERROR_FORMAT);
        assert_null(file);
        if (strncmp(error.message, "x.st: ", 6) != 0 ||
            !strstr(error.message, bad_files[i].message))
            fail_msg("file %zu: '%s' does not say '%s'", i, error.message, bad_files[i].message);
    }
}

static const char good_header[] =
    "{\"__metadata__\":{\"who\":\"me\"},"
    "\"e\":{\"dtype\":\"F32\",\"shape\":[0,3],\"data_offsets\":[8,8]},"
    "\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},"
    "\"s\":{\"dtype\":\"I64\",\"shape\":[],\"data_offsets\":[8,16]}}  ";

static void good_files_are_read(void **state) {
    (void)state;
    unsigned char bytes[MAX_FILE];
    rl_safetensors *file;
    const size_t size = make_file(bytes, good_header, 16);
    assert_int_equal(rl_safetensors_parse(&file, bytes, size, "x", NULL), RL_OK);
    assert_int_equal(rl_safetensors_count(file), 3);
    assert_string_equal(rl_safetensors_metadata(file, "who"), "me");
    assert_null(rl_safetensors_metadata(file, "what"));
    const rl_tensor *a = rl_safetensors_find(file, "a"), *s = rl_safetensors_find(file, "s");
    assert_non_null(rl_safetensors_find(file, "e"));
    assert_true(a && a->rank == 1 && a->shape[0] == 2 && a->size == 8);
    assert_true(s && s->rank == 0 && s->dtype == RL_DTYPE_I64);
    assert_int_equal(((const unsigned char *)s->data)[0], 8);
    assert_null(rl_safetensors_find(file, "__metadata__"));
    rl_safetensors_free(file);
}

/* Every truncation, and every byte changed in several ways, is either refused or read; never worse.
 */
static void mutations_do_no_harm(void **state) {
    (void)state;
    unsigned char bytes[MAX_FILE];
    const size_t size = make_file(bytes, good_header, 16);
    for (size_t cut = 0; cut < size; cut++) {
        rl_safetensors *file;
        assert_int_equal(rl_safetensors_parse(&file, bytes, cut, "x", NULL), RL_ERROR_FORMAT);
    }
    static const unsigned char changes[] = {0, 1, '"', '{', '}', '9', 0x80, 0xff};
    for (size_t at = 0; at < size; at++)
        for (size_t c = 0; c < sizeof changes; c++) {
            rl_safetensors *file;
            const unsigned char kept = bytes[at];
            bytes[at] = changes[c];
            if (rl_safetensors_parse(&file, bytes, size, "x", NULL) == RL_OK)
                rl_safetensors_free(file);
            bytes[at] = kept;
        }
}

static void conversions(void **state) {
    (void)state;
    /* zero, the smallest subnormal, the largest subnormal, the smallest normal, 1/3, the largest,
     * minus one, infinity. */
    const uint16_t half[] = {0, 1, 0x3ff, 0x400, 0x3555, 0x7bff, 0xbc00, 0x7c00, 0x8000};
    const float expected[] = {0,        0x1p-24F, 1023 * 0x1p-24F, 0x1p-14F, 0.33325195F,
                              65504.0F, -1,       INFINITY,        -0.0F};
    float values[9];
    rl_error error;
    const rl_tensor tensor = {
        .name = "t", .dtype = RL_DTYPE_F16, .data = half, .size = sizeof half};
    assert_int_equal(rl_tensor_to_floats(&tensor, values, 9, NULL), RL_OK);
    assert_memory_equal(values, expected, sizeof expected);
    const uint16_t nan_half = 0x7e01, brain[] = {0x3f80, 0xc2f7, 0xff80};
    const rl_tensor nan_tensor = {.name = "n", .dtype = RL_DTYPE_F16, .data = &nan_half, .size = 2};
    assert_int_equal(rl_tensor_to_floats(&nan_tensor, values, 1, NULL), RL_OK);
    assert_true(isnan(values[0]));
    const rl_tensor brains = {.name = "b", .dtype = RL_DTYPE_BF16, .data = brain, .size = 6};
    assert_int_equal(rl_tensor_to_floats(&brains, values, 3, NULL), RL_OK);
    assert_true(values[0] == 1 && values[1] == -123.5F && values[2] == -INFINITY);
    const double wide[] = {1.0 / 3, 1e300};
    const rl_tensor doubles = {.name = "d", .dtype = RL_DTYPE_F64, .data = wide, .size = 16};
    assert_int_equal(rl_tensor_to_floats(&doubles, values, 2, NULL), RL_OK);
    assert_true(values[0] == 1.0F / 3 && isinf(values[1]));
    assert_int_equal(rl_tensor_to_floats(&doubles, values, 3, &error), RL_ERROR_MISMATCH);
    assert_non_null(strstr(error.message, "'d': has 2 elements, expected 3"));
    const rl_tensor integers = {.name = "i", .dtype = RL_DTYPE_I64, .data = wide, .size = 16};
    assert_int_equal(rl_tensor_to_floats(&integers, values, 2, &error), RL_ERROR_MISMATCH);
}

static void written_files_come_back(void **state) {
    (void)state;
    char path[] = "/tmp/reslab-safetensors-XXXXXX";
    const int descriptor = mkstemp(path);
    assert_true(descriptor >= 0);
    close(descriptor);
    const float f[] = {1, 2, 3, 4, 5, 6};
    const int64_t i = -7;
    const unsigned char u[] = {9, 8, 7};
    const rl_tensor tensors[] = {
        {.name = "u", .dtype = RL_DTYPE_U8, .rank = 1, .shape = {3}, .data = u, .size = 3},
        {.name = "z", .dtype = RL_DTYPE_F32, .rank = 2, .shape = {2, 3}, .data = f, .size = 24},
        {.name = "i", .dtype = RL_DTYPE_I64, .rank = 0, .data = &i, .size = 8},
        {.name = "a\"\\\xc3\xa9", .dtype = RL_DTYPE_F32, .rank = 1, .shape = {0}, .data = f}};
    const char *const metadata[] = {"key", "value \"quoted\"\n", NULL};
    assert_int_equal(rl_safetensors_write(path, tensors, 4, metadata, NULL), RL_OK);
    rl_safetensors *file;
    rl_error error;
    if (rl_safetensors_read(&file, path, &error) != RL_OK)
        fail_msg("%s", error.message);
    for (size_t t = 0; t < 4; t++) {
        const rl_tensor *read = rl_safetensors_find(file, tensors[t].name);
        assert_true(read && read->size == tensors[t].size && read->rank == tensors[t].rank);
        assert_memory_equal(read->shape, tensors[t].shape, sizeof read->shape);
        if (read->size)
            assert_memory_equal(read->data, tensors[t].data, read->size);
    }
    /* Larger alignment first. */
    assert_string_equal(rl_safetensors_at(file, 0)->name, "i");
    assert_string_equal(rl_safetensors_at(file, 3)->name, "u");
    assert_string_equal(rl_safetensors_metadata(file, "key"), metadata[1]);
    rl_safetensors_free(file);

    const rl_tensor twice[] = {tensors[0], tensors[0]};
    assert_int_equal(rl_safetensors_write(path, twice, 2, NULL, &error), RL_ERROR_ARGUMENT);
    assert_int_equal(rl_safetensors_read(&file, path, NULL), RL_OK); /* the old file is intact */
    rl_safetensors_free(file);
    unlink(path);
    assert_int_equal(rl_safetensors_read(&file, path, &error), RL_ERROR_IO);
    assert_non_null(strstr(error.message, path));
}

static void failing_allocations(void **state) {
    (void)state;
    unsigned char bytes[MAX_FILE];
    const size_t size = make_file(bytes, good_header, 16);
    rl_safetensors *file;
    rl_status status = RL_ERROR_MEMORY;
    long n = 0;
    for (; status != RL_OK && n < 100; n++) {
        rl_memory_fail_after(n);
        status = rl_safetensors_parse(&file, bytes, size, "x", NULL);
        rl_memory_fail_after(-1);
        assert_true(status == RL_OK || (status == RL_ERROR_MEMORY && !file));
    }
    assert_true(n > 1 && status == RL_OK);
    rl_safetensors_free(file);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(broken_files_are_refused), cmocka_unit_test(good_files_are_read),
        cmocka_unit_test(mutations_do_no_harm),     cmocka_unit_test(conversions),
        cmocka_unit_test(written_files_come_back),  cmocka_unit_test(failing_allocations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
