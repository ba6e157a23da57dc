/* Weights that are no numbers, in every tensor, wherever in it and in every type: who reads them
 * refuses them and names the tensor. */
#include "run/model_file.h"
#include "run/runs.h"

#include <math.h>

enum { MOST_TENSORS = 256, MOST_VALUES = 16384 };

static char path[TEST_PATH];
static rl_config *config;
static rl_tensor tensors[MOST_TENSORS];
static size_t count;

static void expect_refused(const char *part) {
    rl_error error;
    rl_model *model;
    assert_int_equal(rl_safetensors_write(path, tensors, count, NULL, NULL), RL_OK);
    assert_int_equal(rl_model_load_as(&model, path, config, shapes(), &error), RL_ERROR_MISMATCH);
    assert_null(model);
    if (!strstr(error.message, part) || !strstr(error.message, path))
        fail_msg("'%s' does not say '%s'", error.message, part);
    rl_error again;
    assert_int_equal(rl_weights_compare(path, config, NULL, NULL, &again), RL_ERROR_MISMATCH);
    assert_string_equal(error.message, again.message);
}

static void check_types(rl_tensor *tensor) {
    static double doubles[4] = {1, 1e300, 1, 1}; /* too large for the network */
    static uint16_t halves[4] = {0x3c00, 0x7c00, 0x3c00, 0x3c00};
    static uint16_t bfloats[4] = {0x3f80, 0xff80, 0x3f80, 0x3f80};
    const struct {
        rl_tensor as;
        const char *said;
    } types[] = {
        {{.dtype = RL_DTYPE_F64, .data = doubles, .size = sizeof doubles}, "inf (element 1)"},
        {{.dtype = RL_DTYPE_F16, .data = halves, .size = sizeof halves}, "inf (element 1)"},
        {{.dtype = RL_DTYPE_BF16, .data = bfloats, .size = sizeof bfloats}, "-inf (element 1)"}};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        char said[160];
        tensor->dtype = types[i].as.dtype;
        tensor->data = types[i].as.data;
        tensor->size = types[i].as.size;
        snprintf(said, sizeof said, "%.80s holds %s", tensor->name, types[i].said);
        expect_refused(said);
    }
}

static void values_that_are_none_are_named(void **state) {
    (void)state;
    static const float bad[] = {NAN, INFINITY, -INFINITY};
    static const char *const words[] = {"nan", "inf", "-inf"};
    static float values[MOST_VALUES];
    char folder[TEST_PATH];
    rl_model *model;
    rl_safetensors *file;
    make_scratch(folder);
    in_folder(path, folder, "m.safetensors");
    config = tiny_config("unused");
    assert_int_equal(rl_model_create(&model, config, shapes(), NULL), RL_OK);
    assert_int_equal(rl_model_save(model, path, NULL), RL_OK);
    rl_model_free(model);
    assert_int_equal(rl_safetensors_read(&file, path, NULL), RL_OK);
    count = rl_safetensors_count(file);
    assert_in_range(count, 60, MOST_TENSORS);
    for (size_t i = 0; i < count; i++)
        tensors[i] = *rl_safetensors_at(file, i);
    rl_tensor *last_bias = NULL;
    for (size_t i = 0; i < count; i++) {
        rl_tensor *tensor = &tensors[i];
        const void *good = tensor->data;
        const size_t elements = tensor->size / sizeof *values;
        if (tensor->dtype != RL_DTYPE_F32)
            continue;
        last_bias = strcmp(tensor->name, "bn1.bias") == 0 ? tensor : last_bias;
        assert_in_range(elements, 1, MOST_VALUES);
        memcpy(values, good, tensor->size);
        tensor->data = values;
        const size_t at = i % 2 ? elements - 1 : 0, k = i % 3;
        char said[200];
        values[at] = bad[k];
        snprintf(said, sizeof said, "(1 differences): %s holds %s (element %zu), expected finite",
                 tensor->name, words[k], at);
        expect_refused(said);
        if (strstr(tensor->name, "running_var")) {
            values[at] = -1;
            expect_refused("running_var holds -1 (element ");
        }
        tensor->data = good;
    }
    assert_non_null(last_bias);
    check_types(last_bias);
    rl_safetensors_free(file);
    rl_config_free(config);
    remove_scratch(folder);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(values_that_are_none_are_named)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
