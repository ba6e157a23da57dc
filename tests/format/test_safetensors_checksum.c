/* Damage: of a file with a checksum every single bit is guarded, wherever it lies; and what a file
 * claims to hold is not believed before it is checked, however large. */
#include "base/file.h"
#include "base/memory.h"
#include "format/safetensors.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

static char path[] = "/tmp/reslab-checksum-XXXXXX";

static int make_path(void **state) {
    (void)state;
    const int file = mkstemp(path);
    return file >= 0 ? close(file) : -1;
}

static int remove_path(void **state) {
    (void)state;
    return unlink(path);
}

static void write_sealed(const char *const *more) {
    static const float weights[] = {1, -2, 0.5F};
    static const double position[] = {3, 7};
    const rl_tensor tensors[] = {{.name = "w",
                                  .dtype = RL_DTYPE_F32,
                                  .rank = 1,
                                  .shape = {3},
                                  .data = weights,
                                  .size = sizeof weights},
                                 {.name = "p",
                                  .dtype = RL_DTYPE_F64,
                                  .rank = 1,
                                  .shape = {2},
                                  .data = position,
                                  .size = sizeof position}};
    const char *metadata[] = {RL_SAFETENSORS_CHECKSUM, "",  "k", more ? more[0] : "v", "l",
                              more ? more[1] : "w",    NULL};
    assert_int_equal(rl_safetensors_write(path, tensors, 2, metadata, NULL), RL_OK);
}

static rl_status parse(const uint8_t *bytes, size_t size, rl_error *error) {
    rl_safetensors *file;
    const rl_status status = rl_safetensors_parse(&file, bytes, size, "x", error);
    /* With its name gone, it is a file without a checksum: whoever must have one looks for that. */
    const bool unsealed =
        status == RL_OK && !rl_safetensors_metadata(file, RL_SAFETENSORS_CHECKSUM);
    rl_safetensors_free(file);
    return unsealed ? RL_ERROR_FORMAT : status;
}

static void every_bit_is_guarded(void **state) {
    (void)state;
    uint8_t *bytes;
    size_t size, refused = 0;
    rl_error error;
    write_sealed(NULL);
    assert_int_equal(rl_file_read(path, 4096, &bytes, &size, NULL), RL_OK);
    assert_int_equal(parse(bytes, size, NULL), RL_OK);
    for (size_t bit = 0; bit < 8 * size; bit++) {
        bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        if (parse(bytes, size, &error) == RL_OK)
            fail_msg("bit %zu of byte %zu was not missed", bit % 8, bit / 8);
        refused++;
        bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    assert_int_equal(refused, 8 * size);
    bytes[size - 1] ^= 1;
    assert_int_equal(parse(bytes, size, &error), RL_ERROR_FORMAT);
    assert_non_null(strstr(error.message, "x: does not fit its checksum"));
    rl_free(bytes);
}

/* A value that looks like the place of the checksum does not lead anyone astray. */
static void odd_values_are_sealed_too(void **state) {
    (void)state;
    static const char zeros[] = "\"" RL_SAFETENSORS_CHECKSUM "\":\""
                                "0000000000000000000000000000000000000000000000000000000000000000";
    static const char *const values[] = {zeros, zeros + 1};
    rl_safetensors *file;
    rl_error error;
    write_sealed(values);
    if (rl_safetensors_read(&file, path, &error) != RL_OK)
        fail_msg("%s", error.message);
    assert_string_equal(rl_safetensors_metadata(file, "k"), zeros);
    rl_safetensors_free(file);
}

/* The same content in another writer's spelling: who changed it is not known, so it is refused. */
static void a_rewritten_file_is_refused(void **state) {
    (void)state;
    static const char header[] =
        "{\"__metadata__\": {\"" RL_SAFETENSORS_CHECKSUM "\": "
        "\"0000000000000000000000000000000000000000000000000000000000000000\"}}";
    uint8_t bytes[256] = {(uint8_t)strlen(header)};
    memcpy(bytes + 8, header, sizeof header); /* the NUL lies behind the file's end */
    rl_error error;
    assert_int_equal(parse(bytes, 8 + strlen(header), &error), RL_ERROR_FORMAT);
    assert_non_null(strstr(error.message, "changed by another program"));
}

static void equal_files_have_equal_checksums(void **state) {
    (void)state;
    uint8_t *a, *b;
    size_t na, nb;
    write_sealed(NULL);
    assert_int_equal(rl_file_read(path, 4096, &a, &na, NULL), RL_OK);
    write_sealed(NULL);
    assert_int_equal(rl_file_read(path, 4096, &b, &nb, NULL), RL_OK);
    assert_int_equal(na, nb);
    assert_memory_equal(a, b, na);
    rl_free(a);
    rl_free(b);
}

/* Opened first, then replaced and cut: what is loaded is what was opened, or it is an error. */
static void data_come_when_they_are_asked_for(void **state) {
    (void)state;
    rl_safetensors *file;
    rl_error error;
    write_sealed(NULL);
    assert_int_equal(rl_safetensors_open(&file, path, NULL), RL_OK);
    assert_null(rl_safetensors_find(file, "w")->data);
    rl_memory_fail_after(0);
    assert_int_equal(rl_safetensors_load(file, &error), RL_ERROR_MEMORY);
    rl_memory_fail_after(-1);
    assert_null(rl_safetensors_find(file, "w")->data);
    unlink(path);
    assert_int_equal(rl_safetensors_load(file, NULL), RL_OK);
    assert_int_equal(rl_safetensors_load(file, NULL), RL_OK);
    assert_true(*(const float *)rl_safetensors_find(file, "w")->data == 1);
    rl_safetensors_free(file);
    write_sealed(NULL);
    assert_int_equal(rl_safetensors_open(&file, path, NULL), RL_OK);
    assert_int_equal(truncate(path, 200), 0);
    assert_int_equal(rl_safetensors_load(file, &error), RL_ERROR_IO);
    assert_non_null(strstr(error.message, "while it was read"));
    rl_safetensors_free(file);
}

/* Sparse files of six gigabytes: all zeros; a good file with a long end; a header that claims all
 * of it; one that claims more than a header may be. */
static void huge_files_cost_nothing(void **state) {
    (void)state;
    static const off_t huge = (off_t)6 << 30;
    static const char *const headers[] = {
        "", "{}",
        "{\"w\":{\"dtype\":\"F32\",\"shape\":[1610612728],\"data_offsets\":[0,6442450912]}}"};
    static const uint64_t lengths[] = {0, 2, 5000000000};
    struct rusage before, after;
    struct timespec begin, end;
    rl_safetensors *file;
    rl_error error;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &begin);
    getrusage(RUSAGE_SELF, &before);
    for (size_t i = 0; i < 3; i++) {
        const int made = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
        assert_true(made >= 0);
        assert_int_equal(pwrite(made, &lengths[i], 8, 0), 8);
        assert_int_equal(pwrite(made, headers[i], strlen(headers[i]), 8),
                         (ssize_t)strlen(headers[i]));
        assert_int_equal(ftruncate(made, huge), 0);
        close(made);
        assert_int_equal(rl_safetensors_read(&file, path, &error), RL_ERROR_FORMAT);
        assert_non_null(strstr(error.message, path));
    }
    write_sealed(NULL);
    assert_int_equal(truncate(path, huge), 0);
    assert_int_equal(rl_safetensors_read(&file, path, &error), RL_ERROR_FORMAT);
    assert_non_null(strstr(error.message, "at the end belong to no tensor"));
    getrusage(RUSAGE_SELF, &after);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
    assert_true(after.ru_maxrss - before.ru_maxrss < 64 * 1024); /* KiB */
    assert_true(end.tv_sec - begin.tv_sec <= 1);
}

/* A header that is right about its six gigabytes opens at once; the data are another matter. */
static void a_header_that_is_right_opens_at_once(void **state) {
    (void)state;
    char header[128];
    const uint64_t data = (uint64_t)6 << 30;
    const int length =
        snprintf(header, sizeof header,
                 "{\"w\":{\"dtype\":\"U8\",\"shape\":[%llu],\"data_offsets\":[0,%llu]}}",
                 (unsigned long long)data, (unsigned long long)data);
    uint64_t prefix = (uint64_t)length;
    rl_safetensors *file;
    const int made = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_int_equal(pwrite(made, &prefix, 8, 0), 8);
    assert_int_equal(pwrite(made, header, (size_t)length, 8), length);
    assert_int_equal(ftruncate(made, (off_t)(8 + prefix + data)), 0);
    close(made);
    assert_int_equal(rl_safetensors_open(&file, path, NULL), RL_OK);
    assert_true(rl_safetensors_find(file, "w")->size == data);
    rl_safetensors_free(file);
}

static void what_is_no_file_is_not_waited_for(void **state) {
    (void)state;
    rl_safetensors *file;
    rl_error error;
    unlink(path);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_int_equal(rl_safetensors_read(&file, path, &error), RL_ERROR_IO);
    assert_non_null(strstr(error.message, "not a regular file"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_bit_is_guarded),
        cmocka_unit_test(odd_values_are_sealed_too),
        cmocka_unit_test(a_rewritten_file_is_refused),
        cmocka_unit_test(equal_files_have_equal_checksums),
        cmocka_unit_test(data_come_when_they_are_asked_for),
        cmocka_unit_test(huge_files_cost_nothing),
        cmocka_unit_test(a_header_that_is_right_opens_at_once),
        cmocka_unit_test(what_is_no_file_is_not_waited_for),
    };
    return cmocka_run_group_tests(tests, make_path, remove_path);
}
