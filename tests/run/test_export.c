/* Exported models: a graph in which every node finds its inputs, with the weights of the model, or
 * with batch norms folded into them; refusals that leave the old file. That other programs compute
 * the same with it is tested in tests/interop. */
#include "run/runs.h"

#include "format/protobuf_reader.h"
#include "nn/activation.h"
#include "nn/graph.h"
#include "run/model.h"

#include <math.h>

enum { MAX_NAMES = 1000, GRAPH = 7, NODE = 1, TENSOR = 5, INPUT = 11, OUTPUT = 12 };

static char folder[TEST_PATH], path[TEST_PATH];

static int make_folder(void **state) {
    (void)state;
    make_scratch(folder);
    in_folder(path, folder, "m.onnx");
    return 0;
}

static int remove_folder(void **state) {
    (void)state;
    remove_scratch(folder);
    return 0;
}

/* A model of the built-in data's classes whose statistics are not trivial. */
static rl_model *make_model(const char *const settings[][2]) {
    rl_config *config = tiny_config("");
    rl_model *model;
    rl_error error;
    for (; (*settings)[0]; settings++)
        set(config, (*settings)[0], (*settings)[1]);
    if (rl_model_create(&model, config, shapes(), &error) != RL_OK)
        fail_msg("%s", error.message);
    float *statistics = rl_net_statistics(model->net), *parameters = rl_net_parameters(model->net);
    for (size_t i = 0; i < rl_net_tensor_count(model->net); i++) {
        const rl_net_tensor *tensor = rl_net_tensor_at(model->net, i);
        float *slab = tensor->role == RL_TENSOR_STATISTIC ? statistics : parameters;
        for (size_t j = 0; tensor->rank == 1 && j < tensor->count; j++)
            slab[tensor->offset + j] = 0.5F + 0.25F * (float)((i + 3 * j) % 7);
    }
    rl_config_free(config);
    return model;
}

static const char *const plain[][2] = {{"activation", "gelu"}, {NULL, NULL}};
static const char *const ghost[][2] = {{"model", "resnet18-ghost"}, {NULL, NULL}};
static const char *const ghost_of_three[][2] = {
    {"model", "resnet18-ghost"}, {"ghost-ratio", "3"},      {"ghost-dw-size", "5"},
    {"ghost-outer-bn", "false"}, {"activation", "sigmoid"}, {NULL, NULL}};

/* The graph of the exported model; the bytes stay until the next call. */
static proto_message export_graph(const rl_model *model, const rl_export_options *options) {
    static uint8_t *bytes;
    size_t size;
    rl_error error;
    if (rl_model_export(model, path, options, &error) != RL_OK)
        fail_msg("%s", error.message);
    rl_free(bytes);
    assert_int_equal(rl_file_read(path, 1U << 26, &bytes, &size, NULL), RL_OK);
    return proto_in((proto_message){bytes, bytes + size}, GRAPH, 0);
}

static bool same_text(proto_message a, proto_message b) {
    return a.end - a.at == b.end - b.at && memcmp(a.at, b.at, (size_t)(a.end - a.at)) == 0;
}

typedef struct {
    proto_message names[MAX_NAMES];
    size_t count;
} name_list;

static bool has_name(const name_list *list, proto_message name) {
    for (size_t i = 0; i < list->count; i++)
        if (same_text(list->names[i], name))
            return true;
    return false;
}

static void add_name(name_list *list, proto_message name) {
    assert_true(list->count < MAX_NAMES);
    if (has_name(list, name))
        fail_msg("'%.*s' is given twice", (int)(name.end - name.at), name.at);
    list->names[list->count++] = name;
}

static size_t count_nodes(proto_message graph, const char *type) {
    size_t count = 0;
    proto_field node;
    for (size_t i = 0; proto_find(graph, NODE, i, &node); i++)
        count += proto_is(proto_in(node.bytes, 4, 0), type);
    return count;
}

/* Nodes in an order in which each finds its inputs; every tensor is used, the output is there. */
static void assert_sound(proto_message graph, const char *output) {
    name_list known = {0}, used = {0};
    proto_field field, input;
    for (size_t i = 0; proto_find(graph, TENSOR, i, &field); i++)
        add_name(&known, proto_in(field.bytes, 8, 0));
    add_name(&known, proto_in(proto_in(graph, INPUT, 0), 1, 0));
    for (size_t i = 0; proto_find(graph, NODE, i, &field); i++) {
        for (size_t j = 0; proto_find(field.bytes, 1, j, &input); j++) {
            if (!has_name(&known, input.bytes))
                fail_msg("'%.*s' is not there yet", (int)(input.bytes.end - input.bytes.at),
                         input.bytes.at);
            if (!has_name(&used, input.bytes))
                add_name(&used, input.bytes);
        }
        add_name(&known, proto_in(field.bytes, 2, 0));
    }
    assert_int_equal(used.count + 1, known.count); /* all but the output */
    const proto_message last = proto_in(proto_in(graph, OUTPUT, 0), 1, 0);
    assert_true(proto_is(last, output) && has_name(&known, last) && !has_name(&used, last));
}

static void graphs_are_sound(void **state) {
    (void)state;
    static const struct {
        const char *const (*settings)[2];
        size_t convs, norms, folded_norms, concats, slices;
    } cases[] = {
        {plain, 20, 20, 0, 0, 0}, {ghost, 36, 52, 16, 16, 0}, {ghost_of_three, 36, 36, 0, 16, 16}};
    for (size_t i = 0; i < 3; i++) {
        rl_model *model = make_model(cases[i].settings);
        for (int bits = 0; bits < 16; bits++) {
            const rl_export_options options = {.opset = bits & 1 ? 20 : 17,
                                               .fold_batch_norm = bits & 2,
                                               .pixels = bits & 4,
                                               .softmax = bits & 8};
            const proto_message graph = export_graph(model, &options);
            assert_sound(graph, options.softmax ? "probabilities" : "logits");
            assert_int_equal(count_nodes(graph, "Conv"), cases[i].convs);
            assert_int_equal(count_nodes(graph, "BatchNormalization"),
                             options.fold_batch_norm ? cases[i].folded_norms : cases[i].norms);
            assert_int_equal(count_nodes(graph, "Concat"), cases[i].concats);
            assert_int_equal(count_nodes(graph, "Slice"), cases[i].slices);
            assert_int_equal(count_nodes(graph, "Cast"), options.pixels);
        }
        rl_model_free(model);
    }
}

static size_t count_names_ending(proto_message graph, const char *end) {
    size_t count = 0;
    proto_field node;
    for (size_t i = 0; proto_find(graph, NODE, i, &node); i++) {
        const proto_message name = proto_in(node.bytes, 3, 0);
        const size_t length = (size_t)(name.end - name.at), tail = strlen(end);
        count += length > tail && memcmp(name.end - tail, end, tail) == 0;
    }
    return count;
}

static size_t count_units(const rl_model *model, rl_activation_kind kind) {
    rl_graph graph;
    size_t count = 0;
    assert_int_equal(rl_graph_build(&graph, rl_net_spec(model->net), NULL), RL_OK);
    for (size_t i = 0; i < graph.unit_count; i++)
        count += graph.units[i].activation == kind;
    rl_graph_clear(&graph);
    return count;
}

static void check_activation(const rl_model *model, rl_activation_kind kind) {
    char suffix[32];
    rl_model *again;
    snprintf(suffix, sizeof suffix, ".%s", rl_activations[kind].name);
    for (int bits = 0; bits < 4; bits++) {
        const rl_export_options options = {.opset = bits & 1 ? 20 : 17,
                                           .fold_batch_norm = bits & 2};
        const proto_message graph = export_graph(model, &options);
        assert_sound(graph, "logits");
        if (count_names_ending(graph, suffix) != count_units(model, kind))
            fail_msg("%zu nodes '%s', expected %zu", count_names_ending(graph, suffix), suffix,
                     count_units(model, kind));
    }
    for (size_t f = 0; rl_export_format_name(f); f++)
        if (rl_model_export(model, path, &(rl_export_options){.format = rl_export_format_name(f)},
                            NULL) != RL_OK)
            fail_msg("%s is not exported as %s", suffix, rl_export_format_name(f));
    assert_int_equal(rl_model_load(&again, path, 1, NULL), RL_OK); /* the last one, safetensors */
    assert_int_equal(rl_net_spec(again->net)->activation, kind);
    rl_model_free(again);
}

/* Whatever can be chosen comes out in every format, each unit's activation with it; and what the
 * table of activations has can be chosen. */
static void every_activation_in_every_format(void **state) {
    (void)state;
    static const char *const forms[] = {"resnet18", "resnet18-ghost"};
    for (int kind = 0; kind < RL_ACTIVATION_COUNT; kind++) {
        if (kind == RL_ACTIVATION_NONE)
            continue;
        for (size_t f = 0; f < 2; f++) {
            const char *const settings[][2] = {{"model", forms[f]},
                                               {"ghost-activation", "model"},
                                               {"activation", rl_activations[kind].name},
                                               {NULL, NULL}};
            rl_model *model = make_model(settings);
            check_activation(model, (rl_activation_kind)kind);
            rl_model_free(model);
        }
    }
}

static void read_tensor(proto_message graph, const char *name, float *values, size_t count) {
    proto_field tensor;
    for (size_t i = 0; proto_find(graph, TENSOR, i, &tensor); i++) {
        if (!proto_is(proto_in(tensor.bytes, 8, 0), name))
            continue;
        const proto_message raw = proto_in(tensor.bytes, 9, 0);
        assert_int_equal(raw.end - raw.at, count * sizeof *values);
        memcpy(values, raw.at, count * sizeof *values);
        return;
    }
    fail_msg("no tensor '%s'", name);
}

/* The first layer: 4 filters of 3x3x3. */
static void folding_is_exact(void **state) {
    (void)state;
    enum { FILTERS = 4, FILTER = 27 };
    float weight[FILTERS * FILTER], gamma[FILTERS], beta[FILTERS], mean[FILTERS], variance[FILTERS];
    float folded[FILTERS * FILTER], bias[FILTERS];
    rl_model *model = make_model(plain);
    proto_message graph = export_graph(model, NULL);
    read_tensor(graph, "conv1.weight", weight, FILTERS * FILTER);
    read_tensor(graph, "bn1.weight", gamma, FILTERS);
    read_tensor(graph, "bn1.bias", beta, FILTERS);
    read_tensor(graph, "bn1.running_mean", mean, FILTERS);
    read_tensor(graph, "bn1.running_var", variance, FILTERS);
    graph = export_graph(model, &(rl_export_options){.fold_batch_norm = true});
    read_tensor(graph, "conv1.weight", folded, FILTERS * FILTER);
    read_tensor(graph, "conv1.bias", bias, FILTERS);
    for (size_t k = 0; k < FILTERS; k++) {
        const double scale = gamma[k] / sqrt(variance[k] + 1e-5);
        assert_true(bias[k] == (float)(beta[k] - scale * mean[k]));
        for (size_t i = k * FILTER; i < (k + 1) * FILTER; i++)
            assert_true(folded[i] == (float)(scale * weight[i]));
    }
    rl_model_free(model);
}

static void write_old(void) {
    assert_int_equal(rl_file_replace_bytes(path, "old", 4, NULL), RL_OK);
}

static void expect_refused(const rl_model *model, const rl_export_options *options,
                           const char *message) {
    rl_error error;
    write_old();
    assert_int_equal(rl_model_export(model, path, options, &error), RL_ERROR_ARGUMENT);
    if (!strstr(error.message, message))
        fail_msg("'%s' does not say '%s'", error.message, message);
    char *text = text_of(folder, "m.onnx");
    assert_string_equal(text, "old");
    rl_free(text);
}

static void formats_and_their_options(void **state) {
    (void)state;
    rl_model *model = make_model(plain), *again;
    expect_refused(model, &(rl_export_options){.format = "pickle"},
                   "format 'pickle' is unknown; expected onnx or safetensors");
    expect_refused(model, &(rl_export_options){.opset = 18}, "opset 18 is not written");
    expect_refused(model, &(rl_export_options){.format = "safetensors", .softmax = true},
                   "softmax are for onnx");
    assert_string_equal(rl_export_format_name(0), "onnx");
    assert_null(rl_export_format_name(2));

    char file[TEST_PATH]; /* the format is the one of the file's name */
    in_folder(file, folder, "m.safetensors");
    assert_int_equal(rl_model_export(model, file, NULL, NULL), RL_OK);
    assert_int_equal(rl_model_load(&again, file, 1, NULL), RL_OK);
    rl_model_free(again);
    rl_model_free(model);
}

static void failing_allocations(void **state) {
    (void)state;
    rl_model *model = make_model(ghost);
    const rl_export_options options = {.fold_batch_norm = true};
    rl_status status = RL_ERROR_MEMORY;
    long n = 0;
    write_old();
    for (; status != RL_OK && n < 1000; n++) {
        rl_memory_fail_after(n);
        status = rl_model_export(model, path, &options, NULL);
        rl_memory_fail_after(-1);
        assert_true(status == RL_OK || status == RL_ERROR_MEMORY);
        if (status == RL_OK)
            break;
        char *text = text_of(folder, "m.onnx");
        assert_string_equal(text, "old");
        rl_free(text);
    }
    assert_true(n > 10 && status == RL_OK);
    rl_model_free(model);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(graphs_are_sound),    cmocka_unit_test(every_activation_in_every_format),
        cmocka_unit_test(folding_is_exact),    cmocka_unit_test(formats_and_their_options),
        cmocka_unit_test(failing_allocations),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
