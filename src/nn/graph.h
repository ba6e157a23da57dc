/* A model as data: maps (activation buffers), units that write into channel ranges of them, and the
 * tensors those own. Builders fill a graph; the net gives it memory; the summary only reads it. */
#ifndef RL_NN_GRAPH_H
#define RL_NN_GRAPH_H

#include "nn/conv.h"
#include "nn/net.h"

#define RL_NO_TENSOR SIZE_MAX
#define RL_NO_MAP SIZE_MAX
#define RL_NO_UNIT SIZE_MAX

/* The output of one or several units: [N][height][width][channels]. Map 0 is the input image. */
typedef struct {
    size_t height, width, channels;
} rl_map;

/* Channels [first, first + channels) of a map. */
typedef struct {
    size_t map, first, channels;
} rl_slice;

typedef enum { RL_UNIT_NO_CONV, RL_UNIT_CONV, RL_UNIT_DEPTHWISE } rl_unit_conv;

/* y = act(bn(conv(x)) + residual); every part but the input is optional. */
typedef struct {
    rl_slice input, output;
    rl_slice residual; /* map RL_NO_MAP: none */
    rl_unit_conv conv;
    size_t kernel, stride, multiplier;
    size_t conv_weight; /* tensor number, or RL_NO_TENSOR */
    size_t gamma, beta; /* tensor numbers, or RL_NO_TENSOR: no batch norm */
    size_t running_mean, running_var;
    rl_activation_kind activation;
} rl_graph_unit;

typedef struct {
    rl_model_spec spec;
    rl_map *maps;
    size_t map_count, map_capacity;
    rl_graph_unit *units;
    size_t unit_count, unit_capacity;
    rl_net_tensor *tensors;
    size_t tensor_count, tensor_capacity;
    size_t parameter_floats, statistic_floats;
    /* Head: global average pooling of a slice, then a linear layer. */
    rl_slice features;
    size_t linear_weight, linear_bias;
    bool out_of_memory; /* set by any append that failed; checked once at the end */
} rl_graph;

/* Builds the graph of a model; RL_ERROR_ARGUMENT for what the spec rules out. */
rl_status rl_graph_build(rl_graph *graph, const rl_model_spec *spec, rl_error *error);
void rl_graph_clear(rl_graph *graph);

/* --- For builders --- */

typedef struct {
    const char *conv_name; /* PyTorch module name of the convolution; NULL: no convolution */
    const char *norm_name; /* of the batch norm; NULL: none */
    rl_unit_conv conv;
    size_t kernel, stride;
    size_t channels;          /* of the output; depthwise: a multiple of the input's */
    const rl_slice *into;     /* channel range to write to; NULL: a new map */
    const rl_slice *residual; /* or NULL */
    rl_activation_kind activation;
} rl_unit_spec;

size_t rl_graph_add_map(rl_graph *graph, size_t height, size_t width, size_t channels);

/* Appends a unit with its tensors; returns the slice it writes. */
rl_slice rl_graph_add_unit(rl_graph *graph, rl_slice input, const rl_unit_spec *spec);

void rl_graph_add_head(rl_graph *graph, rl_slice features, const char *linear_name);

/* A model family: one file, one row in the table of models.c. */
typedef struct {
    const char *name;
    const char *help;
    void (*build)(rl_graph *graph, const rl_slice *image);
} rl_model_builder;

const rl_model_builder *rl_model_builder_find(const char *name);

/* The shape of a unit's convolution, with pixels as far apart as its maps' are. */
rl_conv_shape rl_graph_conv_shape(const rl_graph *graph, const rl_graph_unit *unit);

/* Height (and width) of a unit's output, from its input map. */
rl_map rl_graph_output_map(const rl_graph *graph, const rl_graph_unit *unit);

#endif
