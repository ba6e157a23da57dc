/* Damaged weights: a single flipped bit in a model or a checkpoint, wherever it lies, is found by
 * whoever reads the file; files of version 0.1.0, which had no checksum, are taken with a notice.
 */
#include "run/model_file.h"
#include "run/runs.h"

#include <sys/stat.h>
#include <unistd.h>

static char folder[TEST_PATH], model[TEST_PATH];
static uint8_t *bytes;
static size_t size;

static int make_model(void **state) {
    (void)state;
    rl_model *made;
    rl_config *config = tiny_config("unused");
    make_scratch(folder);
    in_folder(model, folder, "model.safetensors");
    assert_int_equal(rl_model_create(&made, config, shapes(), NULL), RL_OK);
    assert_int_equal(rl_model_save(made, model, NULL), RL_OK);
    assert_int_equal(rl_file_read(model, 1U << 26, &bytes, &size, NULL), RL_OK);
    rl_model_free(made);
    rl_config_free(config);
    return 0;
}

static int remove_model(void **state) {
    (void)state;
    rl_free(bytes);
    remove_scratch(folder);
    return 0;
}

/* As the commands load it: with a configuration for weights that do not describe themselves. */
static rl_status load(rl_error *error) {
    rl_model *loaded;
    rl_config *config = tiny_config("unused");
    const rl_status status = rl_model_load_as(&loaded, model, config, shapes(), error);
    rl_model_free(loaded);
    rl_config_free(config);
    return status;
}

/* In place: a whole file for every bit would take minutes. */
static void put_byte(size_t at, uint8_t value) {
    FILE *file = fopen(model, "r+b");
    assert_non_null(file);
    assert_int_equal(fseek(file, (long)at, SEEK_SET), 0);
    assert_int_equal(fputc(value, file), value);
    fclose(file);
}

static void expect_refusal(size_t bit) {
    rl_error error;
    put_byte(bit / 8, bytes[bit / 8] ^ (uint8_t)(1 << bit % 8));
    const rl_status status = load(&error);
    put_byte(bit / 8, bytes[bit / 8]);
    if (status == RL_OK)
        fail_msg("bit %zu of byte %zu went unnoticed", bit % 8, bit / 8);
    assert_true(strlen(error.message) > 10);
}

/* Every bit of the metadata, where what the file is said to be stands, and many of the others. */
static void flipped_bits_are_refused(void **state) {
    (void)state;
    const uint8_t *end = memmem(bytes, size, "\"}", 2); /* of the metadata */
    assert_non_null(end);
    const size_t header = (size_t)(end - bytes) + 3;
    assert_int_equal(load(NULL), RL_OK);
    for (size_t bit = 0; bit < 8 * header; bit++)
        expect_refusal(bit);
    uint64_t random = 1;
    for (size_t i = 0; i < 300; i++) {
        random = random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        expect_refusal((size_t)(random >> 16) % (8 * size));
    }
    assert_int_equal(load(NULL), RL_OK);
}

static char noticed[1024];

static void take_notice(const char *message, void *context) {
    (void)context;
    snprintf(noticed, sizeof noticed, "%s", message);
}

/* The file again, as an older version would have written it: `format`, and no checksum. */
static void write_without_checksum(const char *format) {
    static const char *const keys[] = {"reslab.model",          "reslab.width",
                                       "reslab.activation",     "reslab.negative_slope",
                                       "reslab.ghost_ratio",    "reslab.ghost_dw_size",
                                       "reslab.ghost_outer_bn", "reslab.ghost_activation",
                                       "reslab.classes",        "reslab.mean",
                                       "reslab.deviation"};
    enum { KEYS = sizeof keys / sizeof *keys };
    const char *metadata[2 * KEYS + 3] = {"reslab.format", format};
    rl_safetensors *file;
    rl_tensor tensors[512];
    assert_int_equal(rl_safetensors_parse(&file, bytes, size, "x", NULL), RL_OK);
    const size_t count = rl_safetensors_count(file);
    assert_true(count < 512);
    for (size_t i = 0; i < count; i++)
        tensors[i] = *rl_safetensors_at(file, i);
    for (size_t i = 0; i < KEYS; i++) {
        metadata[2 + 2 * i] = keys[i];
        metadata[3 + 2 * i] = rl_safetensors_metadata(file, keys[i]);
    }
    assert_int_equal(rl_safetensors_write(model, tensors, count, metadata, NULL), RL_OK);
    rl_safetensors_free(file);
}

static void files_without_a_checksum(void **state) {
    (void)state;
    rl_error error;
    rl_set_notice_function(take_notice, NULL);
    noticed[0] = '\0';
    assert_int_equal(rl_file_replace_bytes(model, bytes, size, NULL), RL_OK);
    assert_int_equal(load(NULL), RL_OK);
    assert_string_equal(noticed, "");
    write_without_checksum("1");
    assert_int_equal(load(NULL), RL_OK);
    assert_non_null(strstr(noticed, "by an earlier version, without a checksum"));
    assert_non_null(strstr(noticed, model));
    noticed[0] = '\0';
    write_without_checksum("2"); /* it must have had one */
    assert_int_equal(load(&error), RL_ERROR_FORMAT);
    assert_non_null(strstr(error.message, "has no checksum"));
    assert_string_equal(noticed, "");
    rl_set_notice_function(NULL, NULL);
}

/* What does not fit the network is refused by its header: six gigabytes are not read. */
static void huge_weights_are_not_read(void **state) {
    (void)state;
    char header[160];
    const uint64_t data = (uint64_t)6 << 30;
    const int length =
        snprintf(header, sizeof header,
                 "{\"conv1.weight\":{\"dtype\":\"U8\",\"shape\":[%llu],\"data_offsets\":[0,%llu]}}",
                 (unsigned long long)data, (unsigned long long)data);
    const uint64_t prefix = (uint64_t)length;
    FILE *file = fopen(model, "wb");
    assert_non_null(file);
    fwrite(&prefix, 8, 1, file);
    fwrite(header, (size_t)length, 1, file);
    fclose(file);
    assert_int_equal(truncate(model, (off_t)(8 + prefix + data)), 0);
    rl_error error;
    assert_int_equal(load(&error), RL_ERROR_MISMATCH);
    rl_config *config = tiny_config("unused");
    set(config, "init", model);
    assert_int_equal(rl_train_check(config, &error), RL_ERROR_MISMATCH);
    rl_config_free(config);
}

/* Before any data are opened: weights of another network than the options describe. */
static void initial_weights_are_checked_beforehand(void **state) {
    (void)state;
    rl_error error;
    assert_int_equal(rl_file_replace_bytes(model, bytes, size, NULL), RL_OK);
    rl_config *config = tiny_config("unused");
    set(config, "init", model);
    assert_int_equal(rl_train_check(config, NULL), RL_OK);
    set(config, "width", "8");
    assert_int_equal(rl_train_check(config, &error), RL_ERROR_MISMATCH);
    assert_non_null(strstr(error.message, "conv1.weight has shape [4, 3, 3, 3], expected [8, 3"));
    set(config, "width", "4");
    bytes[size - 3] ^= 4;
    assert_int_equal(rl_file_replace_bytes(model, bytes, size, NULL), RL_OK);
    bytes[size - 3] ^= 4;
    assert_int_equal(rl_train_check(config, &error), RL_ERROR_FORMAT);
    assert_non_null(strstr(error.message, "does not fit its checksum"));
    unlink(model);
    assert_int_equal(mkfifo(model, 0600), 0);
    assert_int_equal(rl_train_check(config, &error), RL_ERROR_IO);
    rl_config_free(config);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(flipped_bits_are_refused),
        cmocka_unit_test(files_without_a_checksum),
        cmocka_unit_test(huge_weights_are_not_read),
        cmocka_unit_test(initial_weights_are_checked_beforehand),
    };
    return cmocka_run_group_tests(tests, make_model, remove_model);
}
