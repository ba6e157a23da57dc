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
    float *norm_slab;    /* scale, shift, mean, inv_std of every unit */
    size_t *norm_offset; /* [unit_count] into norm_slab */
    float *head_slab;    /* pooled features, logits and their gradients */
    uint64_t batches_tracked;
    const float *images; /* of the last forward pass */
    size_t batch;        /* its images */
    rl_profile *profile; /* or NULL */
};

/* One unit, in unit.c. */
void rl_unit_forward(rl_net *net, size_t index, bool training);
void rl_unit_backward(rl_net *net, size_t index);

/* Scratch that the unit's passes use. */
void rl_unit_needs(const rl_net *net, size_t index, const rl_kernels *kernels,
                   rl_engine_needs *needs);

/* The first float of a slice of image 0, in the activations and in their gradients. */
float *rl_net_slice(const rl_net *net, rl_slice slice);
float *rl_net_gradient_slice(const rl_net *net, rl_slice slice);

/* Before a write to the gradient of `map`: clears it if so planned; returns whether to add. */
bool rl_net_prepare_gradient(rl_net *net, size_t map, rl_gradient_write write);

#endif
