/* What the files that write a network as ONNX share: the graph being walked, and the values that it
 * has given so far. */
#ifndef RL_RUN_EXPORT_ONNX_H
#define RL_RUN_EXPORT_ONNX_H

#include "format/onnx.h"
#include "nn/graph.h"
#include "run/export.h"

enum { RL_EXPORT_NAME = 128 };

/* Channels of a map, and the value of the ONNX graph that holds them. */
typedef struct {
    rl_slice slice;
    char name[RL_EXPORT_NAME];
    bool derived; /* made of other values of the same map, not by a unit */
} rl_export_value;

typedef struct {
    const rl_net *net;
    const rl_model_info *info;
    const rl_export_options *options;
    rl_graph graph; /* of `net`: its tensors have the same numbers */
    rl_onnx *onnx;
    rl_export_value *values; /* of all maps, as far as they are written */
    size_t value_count;
    float *norm; /* four vectors of a batch norm */
    bool has_gelu_constants;
    rl_status status; /* of the first part that ONNX cannot be given; no file is written then */
    rl_error *error;
} rl_exporter;

/* The name of a tensor's module: "layer1.0.conv1" of "layer1.0.conv1.weight". */
void rl_export_module(const rl_exporter *exporter, size_t tensor, char name[RL_EXPORT_NAME]);

/* export_units.c: appends the nodes of a unit. */
void rl_export_unit(rl_exporter *exporter, size_t index);

/* The value that holds a slice: one that a unit wrote, or nodes that put it together from several
 * are appended. Valid until the next call. */
const char *rl_export_value_of(rl_exporter *exporter, rl_slice slice);
void rl_export_add_value(rl_exporter *exporter, rl_slice slice, const char *name, bool derived);

/* export_weights.c: tensor `number` of the net as an initializer of its name. */
void rl_export_tensor(rl_exporter *exporter, size_t number);

/* The convolution of unit `index`, scaled by its batch norm, and the bias that the norm becomes;
 * the bias's name is written to `bias`. */
void rl_export_folded(rl_exporter *exporter, size_t index, char bias[RL_EXPORT_NAME]);

#endif
