/* Writes ONNX models (https://github.com/onnx/onnx, onnx.proto): a graph of nodes, its tensors, its
 * inputs and outputs, and metadata. Names no network: what the graph computes is its caller's
 * matter. Tensors are asked for one by one while the file is written, so that a large model is
 * never in memory twice. No reading, no subgraphs, no tensors in files of their own. */
#ifndef RL_FORMAT_ONNX_H
#define RL_FORMAT_ONNX_H

#include "base/buffer.h"

#define RL_ONNX_RANK 4

typedef enum { RL_ONNX_FLOAT = 1, RL_ONNX_UINT8 = 2, RL_ONNX_INT64 = 7 } rl_onnx_type;

/* A tensor, or the type of a value. */
typedef struct {
    const char *name;
    rl_onnx_type type;
    size_t rank;
    uint64_t shape[RL_ONNX_RANK];
} rl_onnx_tensor;

/* An attribute of a node: its name and one of the values. */
typedef struct {
    const char *name; /* NULL ends a list */
    enum { RL_ONNX_ONE_INTEGER, RL_ONNX_INTEGERS, RL_ONNX_ONE_FLOAT } kind;
    float real;
    size_t count; /* of integers */
    int64_t integers[4];
} rl_onnx_attribute;

typedef struct {
    const char *type, *name;
    const char *inputs[5]; /* up to the first NULL */
    const char *output;
    const rl_onnx_attribute *attributes; /* or NULL */
} rl_onnx_node;

/* Puts all elements of a tensor that was announced with `number`. */
typedef void rl_onnx_fill(void *context, size_t number, void *elements);

typedef struct rl_onnx rl_onnx;

/* opset: the version of the operators, 13 to 20; the file's own version follows from it. A failed
 * allocation is remembered and reported by rl_onnx_write. NULL when there is no memory at all. */
rl_onnx *rl_onnx_create(unsigned opset, const char *graph_name);
void rl_onnx_free(rl_onnx *onnx);

/* Names and values are copied, here and below. The first dimension of an input or output is free
 * and called "batch". */
void rl_onnx_add_input(rl_onnx *onnx, const rl_onnx_tensor *type);
void rl_onnx_add_output(rl_onnx *onnx, const rl_onnx_tensor *type);
void rl_onnx_add_metadata(rl_onnx *onnx, const char *key, const char *value);
/* Nodes in an order in which each finds its inputs. */
void rl_onnx_add_node(rl_onnx *onnx, const rl_onnx_node *node);

/* A tensor that `fill` gives when the file is written, and a small one that is given now. */
void rl_onnx_add_tensor(rl_onnx *onnx, const rl_onnx_tensor *tensor, rl_onnx_fill *fill,
                        size_t number);
void rl_onnx_add_constant(rl_onnx *onnx, const rl_onnx_tensor *tensor, const void *elements);

/* Replaces `path` by the model; `context` is handed to the fill functions. RL_ERROR_ARGUMENT when
 * the model would be larger than its readers take. */
rl_status rl_onnx_write(const rl_onnx *onnx, const char *path, void *context, rl_error *error);

#endif
