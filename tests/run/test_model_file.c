/* Model files: everything comes back; files of other programs, types and prefixes are read; and
 * what does not fit is refused by name, with the net as it was. */
#include "run/runs.h"

#include "nn/initialize.h"
#include "run/model_file.h"

enum { MAX_TENSORS = 256 };

static char folder[TEST_PATH], path[TEST_PATH];
static const char *const class_names[] = {"a \"b\" \\ , ]", "\xc3\xa9t\xc3\xa9", "<i>'"};

static int make_folder(void **state) {
    (void)state;
    make_scratch(folder);
    in_folder(path, folder, "m.safetensors");
    return 0;
}

static int remove_folder(void **state) {
    (void)state;
    remove_scratch(folder);
    return 0;
}

static const rl_model_spec plain = {.model = "resnet18",
                                    .width = 2,
                                    .class_count = 3,
                                    .activation = RL_ACTIVATION_GELU,
                                    .negative_slope = 0.01F,
                                    .ghost_ratio = 2,
                                    .ghost_dw_size = 3,
                                    .ghost_outer_bn = true};

static const rl_model_spec ghost = {.model = "resnet18-ghost",
                                    .width = 4,
                                    .class_count = 3,
                                    .activation = RL_ACTIVATION_LEAKY_RELU,
                                    .negative_slope = 0.3F,
                                    .ghost_ratio = 3,
                                    .ghost_dw_size = 5,
                                    .ghost_outer_bn = false,
                                    .ghost_activation_follows_model = true};

static rl_net *make_net(const rl_model_spec *spec, uint64_t seed) {
    rl_net *net;
    assert_int_equal(rl_net_create(&net, spec, 1, RL_NET_INFERENCE, 1, NULL), RL_OK);
    rl_net_initialize(net, "pytorch", seed);
    float *statistics = rl_net_statistics(net);
    for (size_t i = 0; i < rl_net_tensor_count(net); i++) {
        const rl_net_tensor *tensor = rl_net_tensor_at(net, i);
        for (size_t j = 0; tensor->role == RL_TENSOR_STATISTIC && j < tensor->count; j++)
            statistics[tensor->offset + j] = (float)(seed + i) + 0.5F * (float)j;
    }
    rl_net_set_batches_tracked(net, 1000 + seed);
    return net;
}

static void assert_same_net(rl_net *a, rl_net *b) {
    assert_memory_equal(rl_net_parameters(a), rl_net_parameters(b),
                        rl_net_parameter_floats(a) * sizeof(float));
    assert_memory_equal(rl_net_statistics(a), rl_net_statistics(b),
                        rl_net_statistic_floats(a) * sizeof(float));
    assert_int_equal(rl_net_batches_tracked(a), rl_net_batches_tracked(b));
}

static rl_status try_write(const rl_net *net, const rl_model_extra *extra, rl_error *error) {
    const rl_model_info info = {.spec = *rl_net_spec(net),
                                .class_names = (char **)class_names,
                                .normalization = {{0.1F, 0.2F, 1.0F / 3}, {0.4F, 0.5F, 1e-7F}}};
    return rl_model_file_write(path, net, &info, extra, error);
}

static void write_model(const rl_net *net, const rl_model_extra *extra) {
    rl_error error;
    if (try_write(net, extra, &error) != RL_OK)
        fail_msg("%s", error.message);
}

static rl_safetensors *read_file(void) {
    rl_safetensors *file;
    rl_error error;
    if (rl_safetensors_read(&file, path, &error) != RL_OK)
        fail_msg("%s", error.message);
    return file;
}

static void everything_comes_back(void **state) {
    (void)state;
    const rl_model_spec *const specs[] = {&plain, &ghost};
    for (size_t i = 0; i < 2; i++) {
        rl_net *net = make_net(specs[i], 1), *other = make_net(specs[i], 2);
        write_model(net, NULL);
        rl_safetensors *file = read_file();
        rl_model_info info;
        assert_int_equal(rl_model_info_read(&info, file, path, NULL), RL_OK);
        assert_string_equal(info.spec.model, specs[i]->model);
        assert_true(info.spec.width == specs[i]->width &&
                    info.spec.activation == specs[i]->activation &&
                    info.spec.negative_slope == specs[i]->negative_slope);
        assert_true(info.spec.ghost_ratio == specs[i]->ghost_ratio &&
                    info.spec.ghost_dw_size == specs[i]->ghost_dw_size &&
                    info.spec.ghost_outer_bn == specs[i]->ghost_outer_bn &&
                    info.spec.ghost_activation_follows_model ==
                        specs[i]->ghost_activation_follows_model);
        assert_int_equal(info.spec.class_count, 3);
        assert_string_equal(info.class_names[2], class_names[2]);
        assert_true(info.normalization.mean[2] == 1.0F / 3);
        assert_true(info.normalization.deviation[2] == 1e-7F);
        rl_model_info_clear(&info);
        assert_int_equal(rl_model_weights_read(other, file, path, NULL), RL_OK);
        assert_same_net(net, other);
        rl_safetensors_free(file);
        rl_net_free(net);
        rl_net_free(other);
    }
}

/* The tensors of the file at `path`, to be changed and written again without metadata. */
typedef struct {
    rl_safetensors *file;
    rl_tensor tensors[MAX_TENSORS];
    size_t count;
    rl_net *net; /* whose file it is */
} edited;

static edited open_edited(void) {
    edited e = {.net = make_net(&plain, 1)};
    write_model(e.net, NULL);
    e.file = read_file();
    e.count = rl_safetensors_count(e.file);
    assert_true(e.count < MAX_TENSORS);
    for (size_t i = 0; i < e.count; i++)
        e.tensors[i] = *rl_safetensors_at(e.file, i);
    return e;
}

static rl_tensor *tensor_named(edited *e, const char *name) {
    for (size_t i = 0; i < e->count; i++)
        if (strcmp(e->tensors[i].name, name) == 0)
            return &e->tensors[i];
    fail_msg("no tensor %s", name);
    return NULL;
}

/* Writes the edited tensors and reads them into `net`. */
static rl_status load_edited(const edited *e, rl_net *net, rl_error *error) {
    assert_int_equal(rl_safetensors_write(path, e->tensors, e->count, NULL, NULL), RL_OK);
    rl_safetensors *file = read_file();
    const rl_status status = rl_model_weights_read(net, file, path, error);
    rl_safetensors_free(file);
    return status;
}

static void close_edited(edited *e) {
    rl_safetensors_free(e->file);
    rl_net_free(e->net);
}

static void expect_loaded(edited *e) {
    rl_net *net = make_net(&plain, 2);
    rl_error error;
    if (load_edited(e, net, &error) != RL_OK)
        fail_msg("%s", error.message);
    assert_same_net(e->net, net);
    rl_net_free(net);
}

/* Refused with `part` in the message, and the net as before. */
static void expect_refused(const edited *e, const char *part) {
    rl_net *net = make_net(&plain, 2), *same = make_net(&plain, 2);
    rl_error error;
    assert_int_equal(load_edited(e, net, &error), RL_ERROR_MISMATCH);
    if (!strstr(error.message, part) || !strstr(error.message, path))
        fail_msg("'%s' does not say '%s'", error.message, part);
    assert_same_net(net, same);
    rl_net_free(net);
    rl_net_free(same);
}

/* A PyTorch state dict: no metadata, the prefixes of wrappers before every name, no batch counters
 * where it is old. */
static void files_of_pytorch(void **state) {
    (void)state;
    static const char *const prefixes[] = {"module.",
                                           "_orig_mod.",
                                           "model.",
                                           "_orig_mod.module.",
                                           "net._orig_mod.",
                                           "module.module.",
                                           "module._orig_mod.",
                                           "network._orig_mod.module.",
                                           "_fsdp_wrapped_module._checkpoint_wrapped_module."};
    static char names[MAX_TENSORS][160];
    edited e = open_edited();
    expect_loaded(&e);
    for (size_t p = 0; p < sizeof prefixes / sizeof *prefixes; p++) {
        for (size_t i = 0; i < e.count; i++) {
            const char *bare = rl_safetensors_at(e.file, i)->name;
            snprintf(names[i], sizeof names[i], "%s%s", prefixes[p], bare);
            e.tensors[i].name = names[i];
        }
        expect_loaded(&e);
        e.tensors[p].name += strlen(prefixes[p]);
        expect_refused(&e, "some names have a wrapper's prefix and some have not");
    }
    close_edited(&e);

    e = open_edited();
    size_t kept = 0;
    for (size_t i = 0; i < e.count; i++)
        if (e.tensors[i].dtype != RL_DTYPE_I64)
            e.tensors[kept++] = e.tensors[i];
    assert_true(kept < e.count);
    e.count = kept;
    rl_net_set_batches_tracked(e.net, 0);
    expect_loaded(&e);
    close_edited(&e);
}

/* Weights of small integers are exact in every type: 1 is 0x3c00 as a half, 0x3f80 as a bfloat. */
static void weights_of_other_types(void **state) {
    (void)state;
    static uint16_t halves[4096], bfloats[4096];
    static double doubles[4096];
    static float ones[4096];
    edited e = open_edited();
    static const char *const names[] = {"bn1.weight", "layer1.0.bn1.weight", "layer1.0.bn2.weight"};
    for (size_t i = 0; i < 4096; i++) {
        halves[i] = 0x3c00;
        bfloats[i] = 0x3f80;
        ones[i] = 1;
        doubles[i] = 1;
    }
    const rl_tensor as[] = {{.dtype = RL_DTYPE_F16, .data = halves, .size = 2},
                            {.dtype = RL_DTYPE_BF16, .data = bfloats, .size = 2},
                            {.dtype = RL_DTYPE_F64, .data = doubles, .size = 8}};
    for (size_t i = 0; i < 3; i++) {
        rl_tensor *tensor = tensor_named(&e, names[i]);
        tensor->dtype = as[i].dtype;
        tensor->data = as[i].data;
        tensor->size = tensor->shape[0] * as[i].size;
        for (size_t j = 0; j < rl_net_tensor_count(e.net); j++)
            if (strcmp(rl_net_tensor_at(e.net, j)->name, names[i]) == 0)
                rl_net_tensor_write(e.net, rl_net_tensor_at(e.net, j), ones);
    }
    expect_loaded(&e);
    close_edited(&e);
}

static void what_does_not_fit_is_named(void **state) {
    (void)state;
    edited e = open_edited();
    tensor_named(&e, "conv1.weight")->name = "conv0.weight";
    expect_refused(&e,
                   "(2 differences): conv1.weight is missing, conv0.weight belongs to no layer");
    close_edited(&e);

    e = open_edited();
    rl_tensor *tensor = tensor_named(&e, "conv1.weight");
    assert_int_equal(tensor->shape[2], 3);
    tensor->shape[1] = 9; /* the same elements in another form */
    tensor->shape[3] = 1;
    expect_refused(&e, "conv1.weight has shape [2, 9, 3, 1], expected [2, 3, 3, 3]");
    close_edited(&e);

    e = open_edited();
    tensor = tensor_named(&e, "bn1.bias");
    tensor->rank = 2;
    tensor->shape[1] = 1;
    expect_refused(&e, "bn1.bias has shape [2, 1], expected [2]");
    tensor->rank = 1;
    tensor->dtype = RL_DTYPE_I32;
    expect_refused(&e, "bn1.bias is not of type F32");
    e.count = 0;
    expect_refused(&e, "resnet18 of width 2 with 3 classes"); /* and as many names as fit */
    expect_refused(&e, "(102 differences): conv1.weight is missing, bn1.weight is missing, ");
    expect_refused(&e, " more; 'reslab weights' lists all");
    close_edited(&e);
}

/* A checkpoint's own tensors and metadata pass through, and are no strangers on the way back. */
static void extra_tensors(void **state) {
    (void)state;
    rl_net *net = make_net(&ghost, 1), *other = make_net(&ghost, 2);
    const float m[] = {1, 2, 3};
    const rl_tensor tensors[] = {{.name = "optimizer.m",
                                  .dtype = RL_DTYPE_F32,
                                  .rank = 1,
                                  .shape = {3},
                                  .data = m,
                                  .size = sizeof m},
                                 {.name = "run.x", .dtype = RL_DTYPE_U8, .data = m, .size = 1}};
    const char *const metadata[] = {"run.step", "7", NULL};
    write_model(net, &(rl_model_extra){tensors, 2, metadata});
    rl_safetensors *file = read_file();
    assert_string_equal(rl_safetensors_metadata(file, "run.step"), "7");
    assert_memory_equal(rl_safetensors_find(file, "optimizer.m")->data, m, sizeof m);
    assert_int_equal(rl_model_weights_read(other, file, path, NULL), RL_OK);
    assert_same_net(net, other);
    rl_safetensors_free(file);
    rl_net_free(net);
    rl_net_free(other);
}

static const char *const keys[] = {
    "reslab.format",        "reslab.model",          "reslab.width",
    "reslab.activation",    "reslab.negative_slope", "reslab.ghost_ratio",
    "reslab.ghost_dw_size", "reslab.ghost_outer_bn", "reslab.ghost_activation",
    "reslab.classes",       "reslab.mean",           "reslab.deviation"};
enum { KEY_COUNT = sizeof keys / sizeof keys[0] };

static const struct {
    const char *key, *value, *message;
} bad_metadata[] = {
    {"reslab.format", "3", "'reslab.format' is '3', expected 1 or 2"},
    {"reslab.model", "resnet19", "'resnet19', expected a model"},
    {"reslab.width", "1024", "of width 1024 with 3 classes, expected 2856526851 parameters"},
    {"reslab.activation", "none", "expected sigmoid"},
    {"reslab.negative_slope", "1e300", "expected a number from 0 to 1"},
    {"reslab.ghost_ratio", "1", "expected an integer from 2 to 16"},
    {"reslab.ghost_dw_size", "4", "expected an odd integer"},
    {"reslab.ghost_outer_bn", "2", "expected true or false"},
    {"reslab.ghost_activation", "gelu", "expected relu or model"},
    {"reslab.classes", "[\"one\"]", "expected a JSON array of at least two class names"},
    {"reslab.classes", "[\"a\", 2, \"c\"]", "expected a JSON array of class names"},
    {"reslab.classes", "[\"a\", \"b\"", "expected a JSON array"},
    {"reslab.mean", "[1, 2]", "expected a JSON array of three numbers"},
    {"reslab.mean", "[1, 2, 1e300]", "expected a JSON array of three numbers"},
    {"reslab.deviation", "[1, 2, 0]", "expected a JSON array of three positive numbers"},
    {"reslab.deviation", "[1, 2, 1e-300]", "expected a JSON array of three positive numbers"},
};

/* Reads the file's metadata with `key` changed, or left out where value is NULL. */
static void expect_bad_metadata(const edited *e, const char *key, const char *value,
                                const char *part) {
    const char *metadata[2 * KEY_COUNT + 1];
    size_t n = 0;
    for (size_t i = 0; i < KEY_COUNT; i++) {
        const bool changed = strcmp(keys[i], key) == 0;
        if (!changed || value) {
            metadata[n++] = keys[i];
            metadata[n++] = changed ? value : rl_safetensors_metadata(e->file, keys[i]);
        }
    }
    metadata[n] = NULL;
    assert_int_equal(rl_safetensors_write(path, e->tensors, e->count, metadata, NULL), RL_OK);
    rl_safetensors *file = read_file();
    rl_model_info info;
    rl_error error;
    if (rl_model_info_read(&info, file, path, &error) != RL_ERROR_FORMAT)
        fail_msg("%s: '%s' was taken", key, value ? value : "nothing");
    if (!strstr(error.message, part) || !strstr(error.message, path))
        fail_msg("'%s' does not say '%s'", error.message, part);
    assert_null(info.class_names);
    rl_safetensors_free(file);
}

static void broken_metadata(void **state) {
    (void)state;
    edited e = open_edited();
    for (size_t i = 0; i < KEY_COUNT; i++)
        expect_bad_metadata(&e, keys[i], NULL, keys[i]);
    for (size_t i = 0; i < sizeof bad_metadata / sizeof bad_metadata[0]; i++)
        expect_bad_metadata(&e, bad_metadata[i].key, bad_metadata[i].value,
                            bad_metadata[i].message);
    close_edited(&e);
}

static rl_status try_read(rl_net *net) {
    rl_safetensors *file;
    rl_model_info info = {0};
    rl_status status = rl_safetensors_read(&file, path, NULL);
    if (status == RL_OK)
        status = rl_model_info_read(&info, file, path, NULL);
    for (size_t c = 0; status == RL_OK && c < 3; c++)
        assert_string_equal(info.class_names[c], class_names[c]);
    if (status == RL_OK)
        status = rl_model_weights_read(net, file, path, NULL);
    rl_model_info_clear(&info);
    rl_safetensors_free(file);
    return status;
}

static void failing_allocations(void **state) {
    (void)state;
    rl_net *net = make_net(&plain, 1), *other = make_net(&plain, 2);
    write_model(net, NULL);
    for (int reading = 0; reading < 2; reading++) {
        rl_status status = RL_ERROR_MEMORY;
        long n = 0;
        for (; status != RL_OK && n < 1000; n++) {
            rl_memory_fail_after(n);
            status = reading ? try_read(other) : try_write(net, NULL, NULL);
            rl_memory_fail_after(-1);
            assert_true(status == RL_OK || status == RL_ERROR_MEMORY);
        }
        assert_true(n > 4 && status == RL_OK);
    }
    assert_same_net(net, other);
    rl_net_free(net);
    rl_net_free(other);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_comes_back),  cmocka_unit_test(files_of_pytorch),
        cmocka_unit_test(weights_of_other_types), cmocka_unit_test(what_does_not_fit_is_named),
        cmocka_unit_test(extra_tensors),          cmocka_unit_test(broken_metadata),
        cmocka_unit_test(failing_allocations),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
