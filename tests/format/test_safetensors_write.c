/* What the writer refuses, the bytes it writes, and both ends of the format without memory: here
 * jansson's allocations are made to fail as well as the library's own. */
#include "base/file.h"
#include "base/memory.h"
#include "format/safetensors.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include <cmocka.h>

static char path[256];
static const float numbers[] = {1, 2, 3, 4};
static const int64_t counter = 5;

static int make_path(void **state) {
    (void)state;
    const char *base = getenv("TMPDIR");
    snprintf(path, sizeof path, "%s/reslab-write-XXXXXX", base ? base : "/tmp");
    const int descriptor = mkstemp(path);
    return descriptor < 0 ? -1 : close(descriptor);
}

static int remove_path(void **state) {
    (void)state;
    return unlink(path);
}

static rl_tensor vector(const char *name, size_t count) {
    return (rl_tensor){.name = name,
                       .dtype = RL_DTYPE_F32,
                       .rank = 1,
                       .shape = {count},
                       .data = numbers,
                       .size = count * sizeof(float)};
}

static rl_tensor scalar(const char *name) {
    return (rl_tensor){
        .name = name, .dtype = RL_DTYPE_I64, .data = &counter, .size = sizeof counter};
}

/* Header length, the header as the format's own library would order it, padded to 8; the data. */
static void the_bytes(void **state) {
    (void)state;
    static const char header[] =
        "{\"__metadata__\":{\"k\":\"v\"},"
        "\"n\":{\"dtype\":\"I64\",\"shape\":[],\"data_offsets\":[0,8]},"
        "\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[8,12]},"
        "\"b\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[12,20]}}";
    const rl_tensor tensors[] = {vector("b", 2), scalar("n"), vector("a", 1)};
    const char *const metadata[] = {"k", "v", NULL};
    assert_int_equal(rl_safetensors_write(path, tensors, 3, metadata, NULL), RL_OK);
    uint8_t *bytes;
    size_t size;
    assert_int_equal(rl_file_read(path, 4096, &bytes, &size, NULL), RL_OK);
    const size_t length = strlen(header), padded = (length + 7) / 8 * 8;
    assert_true(padded > length); /* or the padding would go untested */
    assert_int_equal(size, 8 + padded + 20);
    uint64_t claimed;
    memcpy(&claimed, bytes, sizeof claimed);
    assert_int_equal(claimed, padded);
    assert_memory_equal(bytes + 8, header, length);
    for (size_t i = length; i < padded; i++) {
        assert_int_equal(bytes[8 + i], ' ');
    }
    assert_memory_equal(bytes + 8 + padded, &counter, 8);
    assert_memory_equal(bytes + 8 + padded + 8, numbers, 4);
    assert_memory_equal(bytes + 8 + padded + 12, numbers, 8);
    rl_free(bytes);
}

static void expect_refusal(const rl_tensor *tensors, size_t count, const char *const *metadata,
                           const char *part) {
    rl_error error;
    assert_int_equal(rl_safetensors_write(path, tensors, count, metadata, &error),
                     RL_ERROR_ARGUMENT);
    if (!strstr(error.message, part) || !strstr(error.message, path)) {
        fail_msg("'%s' does not say '%s'", error.message, part);
    }
}

static void what_no_reader_would_take_is_refused(void **state) {
    (void)state;
    rl_tensor twice[] = {vector("x", 1), vector("a", 1), scalar("x")};
    expect_refusal(twice, 3, NULL, "two tensors are named 'x'");
    rl_tensor tensor = vector("x", 2);
    tensor.size = 4;
    expect_refusal(&tensor, 1, NULL, "'x': its type, shape and size do not agree");
    tensor = vector("x", 1);
    tensor.dtype = RL_DTYPE_OTHER;
    expect_refusal(&tensor, 1, NULL, "do not agree");
    tensor = vector("x", 1);
    tensor.rank = RL_MAX_RANK + 1;
    expect_refusal(&tensor, 1, NULL, "do not agree");
    tensor = (rl_tensor){.name = "x", .rank = 2, .shape = {(uint64_t)1 << 32, (uint64_t)1 << 32}};
    expect_refusal(&tensor, 1, NULL, "do not agree"); /* the product wraps to 0, the size */
    tensor = vector("\xff", 1);
    expect_refusal(&tensor, 1, NULL, "cannot name a tensor");
    tensor = vector("__metadata__", 1);
    expect_refusal(&tensor, 1, NULL, "cannot name a tensor");
    tensor = vector("x", 1);
    const char *const metadata[] = {"key", "\xc3", NULL};
    expect_refusal(&tensor, 1, metadata, "is not UTF-8");
}

static long json_left = -1; /* jansson's allocations until one fails; -1: none */

static void *json_allocate(size_t size) {
    return json_left >= 0 && json_left-- == 0 ? NULL : malloc(size);
}

/* Fails allocation `n`, of jansson or of the library, from here on; -1: none. */
static void fail_after(bool of_json, long n) {
    json_left = of_json ? n : -1;
    rl_memory_fail_after(of_json ? -1 : n);
}

static rl_status attempt_write(void) {
    const rl_tensor tensors[] = {vector("b", 2), scalar("n"), vector("a", 3)};
    const char *const metadata[] = {"k", "v", "l", "w", NULL};
    const rl_status status = rl_safetensors_write(path, tensors, 3, metadata, NULL);
    rl_safetensors *file;
    fail_after(false, -1);
    assert_int_equal(rl_safetensors_read(&file, path, NULL), RL_OK); /* the old one, or the new */
    assert_int_equal(rl_safetensors_count(file), 3);
    assert_string_equal(rl_safetensors_metadata(file, "k"), "v");
    assert_true(status != RL_OK || rl_safetensors_metadata(file, "l"));
    rl_safetensors_free(file);
    return status;
}

static rl_status attempt_read(void) {
    rl_safetensors *file;
    const rl_status status = rl_safetensors_read(&file, path, NULL);
    assert_true((status == RL_OK) == (file != NULL));
    rl_safetensors_free(file);
    return status;
}

/* Runs `attempt` with each allocation failing in turn, until one more allows it to succeed. */
static void with_each_allocation_failing(rl_status (*attempt)(void)) {
    json_set_alloc_funcs(json_allocate, free);
    for (int of_json = 0; of_json < 2; of_json++) {
        rl_status status = RL_ERROR_MEMORY;
        long n = 0;
        for (; status != RL_OK && n < 1000; n++) {
            fail_after(of_json, n);
            status = attempt();
            fail_after(of_json, -1);
            /* jansson's parser reports some of its own failures as bad JSON. */
            const bool blamed = of_json && attempt == attempt_read && status == RL_ERROR_FORMAT;
            if (status != RL_OK && status != RL_ERROR_MEMORY && !blamed) {
                fail_msg("%s allocation %ld: status %d", of_json ? "jansson's" : "own", n, status);
            }
        }
        assert_int_equal(status, RL_OK);
        assert_true(n > 2);
    }
    json_set_alloc_funcs(malloc, free);
}

static void without_memory(void **state) {
    the_bytes(state);
    with_each_allocation_failing(attempt_write);
    with_each_allocation_failing(attempt_read);
}

int main(void) {
    json_object_seed(1); /* allocates nothing later on */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_bytes),
        cmocka_unit_test(what_no_reader_would_take_is_refused),
        cmocka_unit_test(without_memory),
    };
    return cmocka_run_group_tests(tests, make_path, remove_path);
}
