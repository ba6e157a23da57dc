/* Messages of onnx.proto, by field number. Lengths stand before contents, so all but the elements
 * of large tensors is put together in memory first, and the sum of it is known before a byte is
 * written. */
#include "format/onnx.h"

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "format/protobuf.h"

#include <inttypes.h>
#include <string.h>

enum {
    MODEL_IR_VERSION = 1,
    MODEL_PRODUCER_NAME = 2,
    MODEL_PRODUCER_VERSION = 3,
    MODEL_GRAPH = 7,
    MODEL_OPSET_IMPORT = 8,
    MODEL_METADATA = 14,
    OPSET_VERSION = 2,
    GRAPH_NODE = 1,
    GRAPH_NAME = 2,
    GRAPH_INITIALIZER = 5,
    GRAPH_INPUT = 11,
    GRAPH_OUTPUT = 12,
    NODE_INPUT = 1,
    NODE_OUTPUT = 2,
    NODE_NAME = 3,
    NODE_OP_TYPE = 4,
    NODE_ATTRIBUTE = 5,
    ATTRIBUTE_NAME = 1,
    ATTRIBUTE_F = 2,
    ATTRIBUTE_I = 3,
    ATTRIBUTE_INTS = 8,
    ATTRIBUTE_TYPE = 20,
    ATTRIBUTE_IS_FLOAT = 1,
    ATTRIBUTE_IS_INT = 2,
    ATTRIBUTE_IS_INTS = 7,
    TENSOR_DIMS = 1,
    TENSOR_DATA_TYPE = 2,
    TENSOR_NAME = 8,
    TENSOR_RAW_DATA = 9,
    VALUE_NAME = 1,
    VALUE_TYPE = 2,
    TYPE_TENSOR = 1,
    TENSOR_TYPE_ELEMENT = 1,
    TENSOR_TYPE_SHAPE = 2,
    SHAPE_DIMENSION = 1,
    DIMENSION_VALUE = 1,
    DIMENSION_NAME = 2,
    PAIR_KEY = 1,
    PAIR_VALUE = 2,
};

/* Readers keep a message's length in a signed 32-bit integer. */
#define MAX_FILE INT32_MAX

/* A tensor of which the elements are still to come. */
typedef struct {
    size_t head;  /* where its message without the elements begins in `heads` */
    size_t bytes; /* of the elements */
    rl_onnx_fill *fill;
    size_t number;
} pending_tensor;

struct rl_onnx {
    unsigned opset;
    rl_buffer model;   /* fields of the model but the graph */
    rl_buffer graph;   /* fields of the graph but the pending tensors */
    rl_buffer heads;   /* of the pending tensors, one after the other */
    rl_buffer pending; /* of pending_tensor */
    bool too_large;    /* one tensor is more than a size_t counts */
};

static size_t element_size(rl_onnx_type type) {
    return type == RL_ONNX_FLOAT ? sizeof(float) : type == RL_ONNX_INT64 ? sizeof(int64_t) : 1;
}

static void add_pair(rl_buffer *message, unsigned field, const char *key, const char *value) {
    const size_t pair = rl_protobuf_begin(message, field);
    rl_protobuf_text(message, PAIR_KEY, key);
    rl_protobuf_text(message, PAIR_VALUE, value);
    rl_protobuf_end(message, pair);
}

rl_onnx *rl_onnx_create(unsigned opset, const char *graph_name) {
    rl_onnx *onnx = rl_alloc(1, sizeof *onnx);
    if (!onnx)
        return NULL;
    /* The oldest format that knows the operators: runtimes refuse newer ones than they know. */
    rl_protobuf_integer(&onnx->model, MODEL_IR_VERSION, opset >= 20 ? 9 : 8);
    rl_protobuf_text(&onnx->model, MODEL_PRODUCER_NAME, "reslab");
    rl_protobuf_text(&onnx->model, MODEL_PRODUCER_VERSION, rl_version());
    const size_t import = rl_protobuf_begin(&onnx->model, MODEL_OPSET_IMPORT);
    rl_protobuf_integer(&onnx->model, OPSET_VERSION, opset);
    rl_protobuf_end(&onnx->model, import);
    rl_protobuf_text(&onnx->graph, GRAPH_NAME, graph_name);
    return onnx;
}

void rl_onnx_free(rl_onnx *onnx) {
    if (!onnx)
        return;
    rl_buffer_clear(&onnx->model);
    rl_buffer_clear(&onnx->graph);
    rl_buffer_clear(&onnx->heads);
    rl_buffer_clear(&onnx->pending);
    rl_free(onnx);
}

static void add_value(rl_onnx *onnx, unsigned field, const rl_onnx_tensor *type) {
    rl_buffer *graph = &onnx->graph;
    const size_t value = rl_protobuf_begin(graph, field);
    rl_protobuf_text(graph, VALUE_NAME, type->name);
    const size_t any = rl_protobuf_begin(graph, VALUE_TYPE);
    const size_t tensor = rl_protobuf_begin(graph, TYPE_TENSOR);
    rl_protobuf_integer(graph, TENSOR_TYPE_ELEMENT, type->type);
    const size_t shape = rl_protobuf_begin(graph, TENSOR_TYPE_SHAPE);
    for (size_t i = 0; i < type->rank; i++) {
        const size_t dimension = rl_protobuf_begin(graph, SHAPE_DIMENSION);
        if (i == 0)
            rl_protobuf_text(graph, DIMENSION_NAME, "batch");
        else
            rl_protobuf_integer(graph, DIMENSION_VALUE, type->shape[i]);
        rl_protobuf_end(graph, dimension);
    }
    rl_protobuf_end(graph, shape);
    rl_protobuf_end(graph, tensor);
    rl_protobuf_end(graph, any);
    rl_protobuf_end(graph, value);
}

void rl_onnx_add_input(rl_onnx *onnx, const rl_onnx_tensor *type) {
    add_value(onnx, GRAPH_INPUT, type);
}

void rl_onnx_add_output(rl_onnx *onnx, const rl_onnx_tensor *type) {
    add_value(onnx, GRAPH_OUTPUT, type);
}

void rl_onnx_add_metadata(rl_onnx *onnx, const char *key, const char *value) {
    add_pair(&onnx->model, MODEL_METADATA, key, value);
}

static void add_attribute(rl_buffer *graph, const rl_onnx_attribute *attribute) {
    static const unsigned types[] = {[RL_ONNX_ONE_INTEGER] = ATTRIBUTE_IS_INT,
                                     [RL_ONNX_INTEGERS] = ATTRIBUTE_IS_INTS,
                                     [RL_ONNX_ONE_FLOAT] = ATTRIBUTE_IS_FLOAT};
    const size_t message = rl_protobuf_begin(graph, NODE_ATTRIBUTE);
    rl_protobuf_text(graph, ATTRIBUTE_NAME, attribute->name);
    rl_protobuf_integer(graph, ATTRIBUTE_TYPE, types[attribute->kind]);
    if (attribute->kind == RL_ONNX_ONE_FLOAT)
        rl_protobuf_float(graph, ATTRIBUTE_F, attribute->real);
    if (attribute->kind == RL_ONNX_ONE_INTEGER)
        rl_protobuf_integer(graph, ATTRIBUTE_I, (uint64_t)attribute->integers[0]);
    if (attribute->kind == RL_ONNX_INTEGERS)
        for (size_t i = 0; i < attribute->count; i++)
            rl_protobuf_integer(graph, ATTRIBUTE_INTS, (uint64_t)attribute->integers[i]);
    rl_protobuf_end(graph, message);
}

void rl_onnx_add_node(rl_onnx *onnx, const rl_onnx_node *node) {
    rl_buffer *graph = &onnx->graph;
    const size_t message = rl_protobuf_begin(graph, GRAPH_NODE);
    for (size_t i = 0; i < sizeof node->inputs / sizeof *node->inputs && node->inputs[i]; i++)
        rl_protobuf_text(graph, NODE_INPUT, node->inputs[i]);
    rl_protobuf_text(graph, NODE_OUTPUT, node->output);
    rl_protobuf_text(graph, NODE_NAME, node->name);
    rl_protobuf_text(graph, NODE_OP_TYPE, node->type);
    for (const rl_onnx_attribute *a = node->attributes; a && a->name; a++)
        add_attribute(graph, a);
    rl_protobuf_end(graph, message);
}

static void add_tensor_head(rl_buffer *message, const rl_onnx_tensor *tensor) {
    for (size_t i = 0; i < tensor->rank; i++)
        rl_protobuf_integer(message, TENSOR_DIMS, tensor->shape[i]);
    rl_protobuf_integer(message, TENSOR_DATA_TYPE, tensor->type);
    rl_protobuf_text(message, TENSOR_NAME, tensor->name);
}

static bool tensor_bytes(const rl_onnx_tensor *tensor, size_t *bytes) {
    *bytes = element_size(tensor->type);
    for (size_t i = 0; i < tensor->rank; i++)
        if (!rl_multiply(*bytes, tensor->shape[i], bytes))
            return false;
    return *bytes <= MAX_FILE;
}

void rl_onnx_add_constant(rl_onnx *onnx, const rl_onnx_tensor *tensor, const void *elements) {
    size_t bytes;
    if (!tensor_bytes(tensor, &bytes)) {
        onnx->too_large = true;
        return;
    }
    const size_t message = rl_protobuf_begin(&onnx->graph, GRAPH_INITIALIZER);
    add_tensor_head(&onnx->graph, tensor);
    rl_protobuf_bytes(&onnx->graph, TENSOR_RAW_DATA, elements, bytes);
    rl_protobuf_end(&onnx->graph, message);
}

void rl_onnx_add_tensor(rl_onnx *onnx, const rl_onnx_tensor *tensor, rl_onnx_fill *fill,
                        size_t number) {
    pending_tensor pending = {onnx->heads.length, 0, fill, number};
    if (!tensor_bytes(tensor, &pending.bytes)) {
        onnx->too_large = true;
        return;
    }
    rl_buffer head = {0};
    add_tensor_head(&head, tensor);
    rl_protobuf_announce(&head, TENSOR_RAW_DATA, pending.bytes);
    rl_protobuf_announce(&onnx->heads, GRAPH_INITIALIZER, head.length + pending.bytes);
    rl_buffer_add_bytes(&onnx->heads, head.text, head.length);
    rl_buffer_add_bytes(&onnx->pending, &pending, sizeof pending);
    onnx->heads.failed |= head.failed;
    rl_buffer_clear(&head);
}

typedef struct {
    const rl_onnx *onnx;
    rl_buffer model;               /* all up to the graph's contents */
    const pending_tensor *tensors; /* [count] */
    size_t count;
    void *elements; /* of the largest tensor */
    void *context;
} file_parts;

static bool write_bytes(FILE *stream, const void *bytes, size_t size) {
    return size == 0 || fwrite(bytes, 1, size, stream) == size;
}

static bool write_file(FILE *stream, void *context) {
    const file_parts *f = context;
    const rl_onnx *onnx = f->onnx;
    bool good = write_bytes(stream, f->model.text, f->model.length) &&
                write_bytes(stream, onnx->graph.text, onnx->graph.length);
    for (size_t i = 0; good && i < f->count; i++) {
        const pending_tensor *tensor = &f->tensors[i];
        const size_t end = i + 1 < f->count ? tensor[1].head : onnx->heads.length;
        tensor->fill(f->context, tensor->number, f->elements);
        good = write_bytes(stream, onnx->heads.text + tensor->head, end - tensor->head) &&
               write_bytes(stream, f->elements, tensor->bytes);
    }
    return good;
}

static rl_status too_large(const char *path, rl_error *error) {
    return rl_fail(error, RL_ERROR_ARGUMENT,
                   "%s: the model is too large for an ONNX file, expected at most %d bytes", path,
                   MAX_FILE);
}

/* The model's fields in front of the graph's contents, and room for the elements. */
static rl_status prepare(file_parts *f, const char *path, rl_error *error) {
    const rl_onnx *onnx = f->onnx;
    size_t total = onnx->graph.length + onnx->heads.length, largest = 0;
    for (size_t i = 0; i < f->count; i++) {
        total += f->tensors[i].bytes; /* cannot overflow: each is less than 2^31 */
        largest = rl_max(largest, f->tensors[i].bytes);
    }
    rl_buffer_add_bytes(&f->model, onnx->model.text, onnx->model.length);
    rl_protobuf_announce(&f->model, MODEL_GRAPH, total);
    if (onnx->too_large || total > MAX_FILE || f->model.length > MAX_FILE - total)
        return too_large(path, error);
    f->elements = rl_alloc(largest, 1);
    return f->elements ? rl_buffer_status(&f->model, "an ONNX model", error)
                       : rl_fail_memory(error, "the weights of an ONNX model");
}

rl_status rl_onnx_write(const rl_onnx *onnx, const char *path, void *context, rl_error *error) {
    const rl_buffer *const parts[] = {&onnx->model, &onnx->graph, &onnx->heads, &onnx->pending};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        const rl_status status = rl_buffer_status(parts[i], "an ONNX model", error);
        if (status != RL_OK)
            return status;
    }
    /* The buffer's text has the alignment of any allocation. */
    file_parts f = {.onnx = onnx,
                    .tensors = (const pending_tensor *)(const void *)onnx->pending.text,
                    .count = onnx->pending.length / sizeof(pending_tensor),
                    .context = context};
    rl_status status = prepare(&f, path, error);
    if (status == RL_OK)
        status = rl_file_replace(path, write_file, &f, error);
    rl_free(f.elements);
    rl_buffer_clear(&f.model);
    return status;
}
