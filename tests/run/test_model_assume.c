/* Weights without metadata: what their tensors say is taken from them, the rest from the options,
 * and said; what neither says is an error, never a guess. */
#include "run/runs.h"

#include "run/model.h"

static char folder[TEST_PATH], path[TEST_PATH];

static int make_folder(void **state) {
    (void)state;
    make_scratch(folder);
    in_folder(path, folder, "w.safetensors");
    return 0;
}

static int remove_folder(void **state) {
    (void)state;
    remove_scratch(folder);
    return 0;
}

static rl_model *make_model(rl_config *config) {
    rl_model *model;
    rl_error error;
    if (rl_model_create(&model, config, shapes(), &error) != RL_OK)
        fail_msg("%s", error.message);
    return model;
}

static void write_bare(const rl_model *model) {
    rl_error error;
    if (rl_model_weights_write(path, model->net, NULL, 0, NULL, &error) != RL_OK)
        fail_msg("%s", error.message);
}

static void assert_same_logits(rl_model *a, rl_model *b) {
    float x[10], y[10];
    const uint8_t *image = rl_dataset_image(shapes(), RL_SPLIT_TEST, 3, NULL);
    assert_int_equal(rl_model_logits(a, image, 1, x, NULL), RL_OK);
    assert_int_equal(rl_model_logits(b, image, 1, y, NULL), RL_OK);
    assert_memory_equal(x, y, sizeof x);
}

/* Width 4 is the file's, although the options say 64. */
static void described_by_options_and_shapes(void **state) {
    (void)state;
    rl_config *config = tiny_config("");
    set(config, "model", "resnet18-ghost");
    set(config, "activation", "leaky_relu");
    set(config, "negative-slope", "0.3");
    set(config, "ghost-outer-bn", "false");
    rl_model *model = make_model(config), *loaded;
    write_bare(model);
    set(config, "width", "64");
    assert_int_equal(rl_model_load_as(&loaded, path, config, shapes(), NULL), RL_OK);
    assert_same_logits(model, loaded);
    assert_string_equal(rl_model_class_name(loaded, 3), rl_dataset_class_name(shapes(), 3));
    static const char *const said[] = {"resnet18-ghost", "leaky_relu with slope 0.3",
                                       "ghost ratio 2",  "relu inside",
                                       "'dataset'",      "width 4, 10 classes"};
    for (size_t i = 0; i < sizeof said / sizeof *said; i++)
        if (!strstr(rl_model_assumptions(loaded), said[i]))
            fail_msg("'%s' does not say '%s'", rl_model_assumptions(loaded), said[i]);
    rl_model_free(loaded);

    set(config, "normalize", "cifar10");
    assert_int_equal(rl_model_load_as(&loaded, path, config, NULL, NULL), RL_OK);
    assert_string_equal(rl_model_class_name(loaded, 3), "3");
    assert_true(loaded->info.normalization.mean[0] == 0.4914F);
    rl_model_free(loaded);
    rl_model_free(model);
    rl_config_free(config);
}

/* A file with metadata is what it says. */
static void metadata_come_first(void **state) {
    (void)state;
    rl_config *config = tiny_config("");
    rl_model *model = make_model(config), *loaded;
    assert_null(rl_model_assumptions(model));
    assert_int_equal(rl_model_save(model, path, NULL), RL_OK);
    set(config, "model", "resnet34");
    assert_int_equal(rl_model_load_as(&loaded, path, config, NULL, NULL), RL_OK);
    assert_null(rl_model_assumptions(loaded));
    assert_same_logits(model, loaded);
    rl_model_free(loaded);
    rl_model_free(model);
    rl_config_free(config);
}

static void expect_refused(const rl_config *config, const rl_dataset *data, rl_status status,
                           const char *message) {
    rl_model *model;
    rl_error error;
    assert_int_equal(rl_model_load_as(&model, path, config, data, &error), status);
    assert_null(model);
    if (!strstr(error.message, message) || !strstr(error.message, path))
        fail_msg("'%s' does not say '%s'", error.message, message);
}

static void write_tensors(const rl_tensor *tensors, size_t count) {
    assert_int_equal(rl_safetensors_write(path, tensors, count, NULL, NULL), RL_OK);
}

static void what_is_not_known_is_asked_for(void **state) {
    (void)state;
    rl_config *config = tiny_config("");
    rl_model *model = make_model(config);
    write_bare(model);
    rl_model_free(model);
    expect_refused(config, NULL, RL_ERROR_ARGUMENT, "give --normalize cifar10, imagenet or none");
    set(config, "model", "resnet18-ghost");
    expect_refused(config, shapes(), RL_ERROR_MISMATCH, "give the plain model");
    set(config, "ghost-ratio", "8");
    model = make_model(config);
    write_bare(model);
    rl_model_free(model);
    set(config, "model", "resnet34");
    expect_refused(config, shapes(), RL_ERROR_MISMATCH, "give the model in its Ghost form");
    rl_config_free(config);
}

/* Shapes that promise a network of gigabytes, or none. */
static void shapes_are_not_believed(void **state) {
    (void)state;
    static const float values[8] = {0};
    rl_config *config = tiny_config("");
    set(config, "normalize", "none");
    rl_tensor tensors[] = {{.name = "conv1.weight", .rank = 4, .shape = {1024, 0, 3, 3}},
                           {.name = "linear.weight", .rank = 2, .shape = {65535, 0}}};
    for (size_t i = 0; i < 2; i++) {
        tensors[i].dtype = RL_DTYPE_F32;
        tensors[i].data = values;
    }
    write_tensors(tensors, 2);
    expect_refused(config, NULL, RL_ERROR_FORMAT,
                   "its tensors' shapes describe resnet18 of width "
                   "1024 with 65535 classes");
    tensors[0].shape[0] = 1025;
    write_tensors(tensors, 2);
    expect_refused(config, NULL, RL_ERROR_MISMATCH, "'conv1.weight' is no weight");
    tensors[0].shape[0] = 4;
    write_tensors(tensors, 1);
    expect_refused(config, NULL, RL_ERROR_MISMATCH, "has no tensor 'linear.weight'");
    tensors[1].shape[0] = 7;
    write_tensors(tensors, 2);
    expect_refused(config, shapes(), RL_ERROR_MISMATCH, "is for 7 classes, but the data have 10");
    tensors[1].name = "fc.weight";
    write_tensors(tensors, 2);
    expect_refused(config, NULL, RL_ERROR_MISMATCH, "rename 'fc' to 'linear'");
    rl_config_free(config);
}

typedef struct {
    size_t count, missing, strangers;
    char first[200];
} told;

static void note(const char *line, void *context) {
    told *t = context;
    if (t->count++ == 0)
        snprintf(t->first, sizeof t->first, "%s", line);
    t->missing += strstr(line, " is missing") != NULL;
    t->strangers += strstr(line, " belongs to no layer") != NULL;
}

static void all_differences_are_told(void **state) {
    (void)state;
    rl_config *config = tiny_config("");
    rl_model *model = make_model(config);
    write_bare(model);
    told t = {0};
    assert_int_equal(rl_weights_compare(path, config, note, &t, NULL), RL_OK);
    assert_int_equal(t.count, 0);
    set(config, "model", "resnet18-ghost");
    set(config, "width", "64");
    assert_int_equal(rl_weights_compare(path, config, note, &t, NULL), RL_ERROR_MISMATCH);
    assert_int_equal(t.strangers, 16);    /* a convolution of each module */
    assert_int_equal(t.missing, 16 * 10); /* two convolutions and two norms of four */
    assert_int_equal(t.count, 16 * 11);
    assert_string_equal(t.first, "layer1.0.conv1.primary_conv.0.weight is missing");

    assert_int_equal(rl_model_save(model, path, NULL), RL_OK); /* says itself what it is */
    assert_int_equal(rl_weights_compare(path, config, note, &t, NULL), RL_OK);
    rl_model_free(model);
    rl_config_free(config);
}

static void failing_allocations(void **state) {
    (void)state;
    rl_config *config = tiny_config("");
    rl_model *model = make_model(config), *loaded = NULL;
    write_bare(model);
    rl_status status = RL_ERROR_MEMORY;
    long n = 0;
    for (; status != RL_OK && n < 2000; n++) {
        rl_memory_fail_after(n);
        status = rl_model_load_as(&loaded, path, config, shapes(), NULL);
        rl_memory_fail_after(-1);
        assert_true(status == RL_OK || status == RL_ERROR_MEMORY);
        assert_true((status == RL_OK) == (loaded != NULL));
    }
    assert_true(n > 20 && status == RL_OK);
    assert_same_logits(model, loaded);
    rl_model_free(loaded);
    rl_model_free(model);
    rl_config_free(config);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(described_by_options_and_shapes),
        cmocka_unit_test(metadata_come_first),
        cmocka_unit_test(what_is_not_known_is_asked_for),
        cmocka_unit_test(shapes_are_not_believed),
        cmocka_unit_test(all_differences_are_told),
        cmocka_unit_test(failing_allocations),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
