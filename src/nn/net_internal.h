/* The inside of rl_net, for the files that make it up. */
#ifndef RL_NN_NET_INTERNAL_H
#define RL_NN_NET_INTERNAL_H

#include "nn/batch_norm.h"
#include "nn/engine.h"
#include "nn/graph.h"
#include "nn/head.h"
#include "nn/plan.h"
#include "nn/profile.h"

struct rl_net {
    rl_graph graph;
    rl_plan plan;
    rl_engine engine;
    rl_head head;
    rl_net_mode mode;
    size_t max_batch;
    float *parameters, *gradients, *statistics;
    float *activations;  /* laid out by `plan` */
    float *norm_slab;    /* RL_BATCH_NORM_VECTORS vectors for every map */
    size_t *norm_offset; /* [map_count] into norm_slab */
    /* Inference: the weights of convolutions as these want them, made at the first forward pass
     * after the parameters may have changed. */
    float *prepared;
    size_t *prepared_offset; /* [unit_count], RL_NO_BUFFER for units without a convolution */
    bool prepared_ready;
    float *head_slab; /* pooled features, logits and their gradients */
    uint64_t batches_tracked;
    const float *images; /* of the last forward pass */
    size_t batch;        /* its images */
    rl_profile *profile; /* or NULL */
};

/* One unit: unit_forward.c, unit_backward.c. */
void rl_unit_forward_train(rl_net *net, size_t index);
void rl_unit_forward_eval(rl_net *net, size_t index);
void rl_unit_backward(rl_net *net, size_t index);

/* Scratch that the unit's passes use. */
void rl_unit_needs(const rl_net *net, size_t index, const rl_kernels *kernels,
                   rl_engine_needs *needs);

/* --- What units read and write: unit_data.c. --- */

/* The first float of a slice of image 0: of its values (of a deferred map in evaluation, too). */
float *rl_net_slice(const rl_net *net, rl_slice slice);

/* Floats from pixel to pixel of a slice's values. */
size_t rl_net_ld(const rl_net *net, rl_slice slice);

/* The first float of a slice of image 0, and floats from pixel to pixel. */
typedef struct {
    float *first;
    size_t ld;
} rl_net_place;

/* Training: gradients of a slice's values, and what convolutions left before batch norm. Of a map
 * in two parts, the slice must begin in the part that is asked about, and the place is right for
 * its channels up to the end of the part. */
rl_net_place rl_net_gradient(const rl_net *net, rl_slice slice);
rl_net_place rl_net_raw(const rl_net *net, rl_slice slice);

/* The values of a slice in training, and the context they may need. */
typedef struct {
    const rl_net *net;
    rl_slice slice;
    rl_pixel_source source;
} rl_slice_reader;

/* Call after `reader` has its final address: the source may point to it. */
const rl_pixel_source *rl_net_read(rl_slice_reader *reader, const rl_net *net, rl_slice slice);

/* A unit's part of a parameter slab (or gradient or statistics slab); NULL for RL_NO_TENSOR. */
float *rl_net_tensor_in(const rl_net *net, float *slab, size_t tensor);

/* The batch norm of a unit with its residual's and activation's place. */
rl_batch_norm rl_unit_norm(const rl_net *net, size_t index);

rl_depthwise_shape rl_unit_depthwise_shape(const rl_net *net, const rl_graph_unit *unit);

/* Before a write to the gradient of `map`: clears it if so planned; returns whether to add. */
bool rl_net_prepare_gradient(rl_net *net, size_t map, rl_gradient_write write);

#endif
