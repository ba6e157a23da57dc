/* ONNX files, byte by byte: what was added is there under the numbers of onnx.proto; large tensors
 * are asked for while the file is written; and what cannot be written leaves the old file. */
#include "run/runs.h"

#include "format/onnx.h"
#include "format/protobuf_reader.h"

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

/* Elements count up from the tensor's number; context counts the calls. */
static void count_up(void *context, size_t number, void *elements) {
    float *values = elements;
    ++*(size_t *)context;
    for (size_t i = 0; i < 6; i++)
        values[i] = (float)(number + i);
}

static void add_all(rl_onnx *onnx) {
    static const int64_t ends[] = {-1, 7};
    const rl_onnx_attribute attributes[] = {{"axis", RL_ONNX_ONE_INTEGER, 0, 1, {-1}},
                                            {"pads", RL_ONNX_INTEGERS, 0, 3, {1, 300, 2}},
                                            {"alpha", RL_ONNX_ONE_FLOAT, 0.25F, 0, {0}},
                                            {0}};
    rl_onnx_add_metadata(onnx, "key", "value \xc3\xa9");
    rl_onnx_add_input(onnx, &(rl_onnx_tensor){"in", RL_ONNX_UINT8, 3, {9, 3, 200}});
    rl_onnx_add_output(onnx, &(rl_onnx_tensor){"out", RL_ONNX_FLOAT, 2, {0, 10}});
    rl_onnx_add_tensor(onnx, &(rl_onnx_tensor){"first", RL_ONNX_FLOAT, 2, {2, 3}}, count_up, 100);
    rl_onnx_add_constant(onnx, &(rl_onnx_tensor){"ends", RL_ONNX_INT64, 1, {2}}, ends);
    rl_onnx_add_node(onnx, &(rl_onnx_node){.type = "Op",
                                           .name = "node",
                                           .inputs = {"in", "first"},
                                           .output = "middle",
                                           .attributes = attributes});
    rl_onnx_add_node(
        onnx,
        &(rl_onnx_node){.type = "Other", .name = "last", .inputs = {"middle"}, .output = "out"});
    rl_onnx_add_tensor(onnx, &(rl_onnx_tensor){"second", RL_ONNX_FLOAT, 1, {6}}, count_up, 200);
}

static rl_status write_all(unsigned opset, size_t *calls, rl_error *error) {
    rl_onnx *onnx = rl_onnx_create(opset, "graph");
    if (!onnx)
        return RL_ERROR_MEMORY;
    add_all(onnx);
    const rl_status status = rl_onnx_write(onnx, path, calls, error);
    rl_onnx_free(onnx);
    return status;
}

/* The file's model; the bytes stay until the next call. */
static proto_message read_model(void) {
    static uint8_t *bytes;
    size_t size;
    rl_free(bytes);
    assert_int_equal(rl_file_read(path, 1U << 20, &bytes, &size, NULL), RL_OK);
    return (proto_message){bytes, bytes + size};
}

static void assert_tensor(proto_message graph, size_t index, const char *name, uint64_t type,
                          const void *elements, size_t size) {
    const proto_message tensor = proto_in(graph, 5, index);
    assert_true(proto_is(proto_in(tensor, 8, 0), name));
    assert_int_equal(proto_integer(tensor, 2), type);
    const proto_message raw = proto_in(tensor, 9, 0);
    assert_int_equal(raw.end - raw.at, size);
    assert_memory_equal(raw.at, elements, size);
}

static void model_and_values(void **state) {
    (void)state;
    size_t calls = 0;
    for (unsigned opset = 17; opset <= 20; opset += 3) {
        assert_int_equal(write_all(opset, &calls, NULL), RL_OK);
        const proto_message model = read_model(), graph = proto_in(model, 7, 0);
        assert_int_equal(proto_integer(model, 1), opset == 20 ? 9 : 8);
        assert_true(proto_is(proto_in(model, 2, 0), "reslab"));
        assert_true(proto_is(proto_in(model, 3, 0), rl_version()));
        assert_int_equal(proto_integer(proto_in(model, 8, 0), 2), opset);
        assert_true(proto_is(proto_in(proto_in(model, 14, 0), 1, 0), "key"));
        assert_true(proto_is(proto_in(proto_in(model, 14, 0), 2, 0), "value \xc3\xa9"));
        assert_true(proto_is(proto_in(graph, 2, 0), "graph"));

        const proto_message input = proto_in(graph, 11, 0);
        assert_true(proto_is(proto_in(input, 1, 0), "in"));
        const proto_message tensor = proto_in(proto_in(input, 2, 0), 1, 0);
        assert_int_equal(proto_integer(tensor, 1), 2);
        const proto_message shape = proto_in(tensor, 2, 0);
        assert_int_equal(proto_count(shape, 1), 3);
        assert_true(proto_is(proto_in(proto_in(shape, 1, 0), 2, 0), "batch"));
        assert_int_equal(proto_count(proto_in(shape, 1, 0), 1), 0);
        assert_int_equal(proto_integer(proto_in(shape, 1, 2), 1), 200);
        assert_true(proto_is(proto_in(proto_in(graph, 12, 0), 1, 0), "out"));
    }
    assert_int_equal(calls, 4);
}

static void nodes_and_tensors(void **state) {
    (void)state;
    size_t calls = 0;
    assert_int_equal(write_all(17, &calls, NULL), RL_OK);
    const proto_message graph = proto_in(read_model(), 7, 0), node = proto_in(graph, 1, 0);
    assert_int_equal(proto_count(graph, 1), 2);
    assert_int_equal(proto_count(node, 1), 2);
    assert_true(proto_is(proto_in(node, 1, 1), "first"));
    assert_true(proto_is(proto_in(node, 2, 0), "middle"));
    assert_true(proto_is(proto_in(node, 3, 0), "node"));
    assert_true(proto_is(proto_in(node, 4, 0), "Op"));
    assert_int_equal(proto_count(node, 5), 3);
    const proto_message axis = proto_in(node, 5, 0), pads = proto_in(node, 5, 1);
    assert_true(proto_is(proto_in(axis, 1, 0), "axis"));
    assert_int_equal(proto_integer(axis, 20), 2);
    assert_true((int64_t)proto_integer(axis, 3) == -1);
    assert_int_equal(proto_integer(pads, 20), 7);
    assert_int_equal(proto_count(pads, 8), 3);
    const float alpha = 0.25F;
    const uint64_t bits = proto_integer(proto_in(node, 5, 2), 2);
    assert_memory_equal(&bits, &alpha, sizeof alpha);
    assert_int_equal(proto_integer(proto_in(node, 5, 2), 20), 1);
    assert_int_equal(proto_count(proto_in(graph, 1, 1), 1), 1);

    const float first[] = {100, 101, 102, 103, 104, 105}, second[] = {200, 201, 202, 203, 204, 205};
    const int64_t ends[] = {-1, 7};
    assert_int_equal(proto_count(graph, 5), 3);
    assert_tensor(graph, 0, "ends", 7, ends, sizeof ends);
    assert_tensor(graph, 1, "first", 1, first, sizeof first);
    assert_tensor(graph, 2, "second", 1, second, sizeof second);
    assert_int_equal(proto_count(proto_in(graph, 5, 1), 1), 2);
    assert_int_equal(proto_integer(proto_in(graph, 5, 1), 1), 2);
}

static void never_asked(void *context, size_t number, void *elements) {
    (void)context, (void)number, (void)elements;
    fail_msg("a tensor was asked for, of a model that cannot be written");
}

/* One tensor beyond any size, one beyond the file's, and several that are together. */
static void what_is_too_large_is_refused(void **state) {
    (void)state;
    static const rl_onnx_tensor tensors[] = {
        {"huge", RL_ONNX_FLOAT, 4, {1U << 31, 1U << 31, 1U << 31, 1U << 31}},
        {"large", RL_ONNX_FLOAT, 1, {(1U << 29)}},
        {"half", RL_ONNX_FLOAT, 1, {(1U << 28)}}};
    for (size_t i = 0; i < 3; i++) {
        rl_onnx *onnx = rl_onnx_create(17, "graph");
        rl_error error;
        for (size_t copies = 0; copies < 2; copies++)
            rl_onnx_add_tensor(onnx, &tensors[i], never_asked, 0);
        assert_int_equal(rl_file_replace_bytes(path, "old", 3, NULL), RL_OK);
        assert_int_equal(rl_onnx_write(onnx, path, NULL, &error), RL_ERROR_ARGUMENT);
        assert_non_null(strstr(error.message, "too large for an ONNX file"));
        assert_non_null(strstr(error.message, path));
        const proto_message old = read_model();
        assert_true(proto_is(old, "old"));
        rl_onnx_free(onnx);
    }
}

static void failures_leave_the_old_file(void **state) {
    (void)state;
    size_t calls = 0;
    assert_int_equal(rl_file_replace_bytes(path, "old", 3, NULL), RL_OK);
    rl_status status = RL_ERROR_MEMORY;
    long n = 0;
    for (; status != RL_OK && n < 100; n++) {
        rl_memory_fail_after(n);
        status = write_all(17, &calls, NULL);
        rl_memory_fail_after(-1);
        assert_true(status == RL_OK || status == RL_ERROR_MEMORY);
        if (status != RL_OK)
            assert_true(proto_is(read_model(), "old"));
    }
    assert_true(n > 5 && status == RL_OK);
    assert_int_equal(proto_count(proto_in(read_model(), 7, 0), 5), 3);

    char saved[TEST_PATH];
    memcpy(saved, path, sizeof saved);
    in_folder(path, folder, "no/such/m.onnx");
    rl_error error;
    assert_int_equal(write_all(17, &calls, &error), RL_ERROR_IO);
    assert_non_null(strstr(error.message, path));
    memcpy(path, saved, sizeof path);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(model_and_values),
        cmocka_unit_test(nodes_and_tensors),
        cmocka_unit_test(what_is_too_large_is_refused),
        cmocka_unit_test(failures_leave_the_old_file),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
