/* A network ready to run: units in order, one slab each for parameters, gradients, running
 * statistics and activations. Layers above see flat slabs, named tensors and whole passes. */
#ifndef RL_NN_NET_H
#define RL_NN_NET_H

#include "nn/model_spec.h"
#include "nn/profile.h"
#include "reslab.h"

/* A named tensor of a model file. */
typedef enum {
    RL_TENSOR_PARAMETER, /* in the parameter slab: learned */
    RL_TENSOR_STATISTIC, /* in the statistics slab: running_mean, running_var */
    RL_TENSOR_COUNTER    /* num_batches_tracked: no storage, the net's own batch counter */
} rl_tensor_role;

/* How a tensor lies in its slab against PyTorch's order. */
typedef enum {
    RL_LAYOUT_FLAT,      /* the same: vectors */
    RL_LAYOUT_CONV,      /* file [K][C][R][S], memory [R][S][C][K] */
    RL_LAYOUT_DEPTHWISE, /* file [C][1][R][S], memory [R][S][C] */
    RL_LAYOUT_LINEAR     /* file [K][C], memory [C][K] */
} rl_tensor_layout;

typedef struct {
    char name[80]; /* PyTorch's: "layer1.0.conv1.weight" */
    rl_tensor_role role;
    rl_tensor_layout layout;
    size_t rank;
    size_t shape[4]; /* PyTorch's order */
    size_t offset;   /* floats into its slab; 64-byte aligned */
    size_t count;    /* elements */
    size_t fan_in;   /* inputs of one output, for initialisation; 0 for norm parameters */
} rl_net_tensor;

typedef struct rl_net rl_net;

typedef enum {
    RL_NET_TRAIN,    /* forward, backward, everything kept for it */
    RL_NET_INFERENCE /* forward only, least memory */
} rl_net_mode;

/* Builds the network and allocates every slab for up to `max_batch` images. threads: as many as the
 * system gives; 0: rl_threads_usable(0). Weights are zero until initialised or loaded (batch norm:
 * gamma 1, running_var 1). */
rl_status rl_net_create(rl_net **net, const rl_model_spec *spec, size_t max_batch, rl_net_mode mode,
                        int threads, rl_error *error);
void rl_net_free(rl_net *net);

/* Forward in training mode: batch statistics normalise, running statistics are updated, logits are
 * left in the net. images: [count][32][32][3] normalised floats, to stay valid until the backward
 * pass is done. count <= max_batch. Allocates nothing. */
void rl_net_forward_train(rl_net *net, const float *images, size_t count);

/* Forward with running statistics. Valid in both modes. */
void rl_net_forward_eval(rl_net *net, const float *images, size_t count);

/* [count][class_count] of the last forward pass. */
const float *rl_net_logits(const rl_net *net);

/* Loss of the last forward pass: the mean over images, NaN where a logit is not finite; *correct =
 * images whose largest logit is the label's (first of equals; none where a logit is not finite).
 * With gradients set, also prepares dL/dlogits for the backward pass. */
double rl_net_loss(rl_net *net, const uint16_t *labels, double label_smoothing, bool gradients,
                   size_t *correct);

/* What the images of a batch should be recognised as: label i with weight `share` and partner i
 * with 1 - share, both smoothed. */
typedef struct {
    const uint16_t *labels;
    const uint16_t *partners; /* NULL: labels alone */
    double share;             /* where there are partners: 0..1 */
    double smoothing;
} rl_net_targets;

/* The same for images that may be mixed of two. An image counts as correct by the label with the
 * larger share (of equals: labels[i]). */
double rl_net_loss_mixed(rl_net *net, const rl_net_targets *targets, bool gradients,
                         size_t *correct);

/* Backward from the loss's gradient: overwrites the whole gradient slab. */
void rl_net_backward(rl_net *net);

/* Slabs. In a net for inference a change to parameters takes effect from the first forward pass
 * after the call of rl_net_parameters that gave the pointer. Padding between tensors is zero in
 * parameters and gradients and stays so. */
float *rl_net_parameters(rl_net *net);
float *rl_net_gradients(rl_net *net); /* NULL in inference mode */
float *rl_net_statistics(rl_net *net);
size_t rl_net_parameter_floats(const rl_net *net); /* slab length, padding included */
size_t rl_net_statistic_floats(const rl_net *net);
uint64_t rl_net_batches_tracked(const rl_net *net);
void rl_net_set_batches_tracked(rl_net *net, uint64_t batches);

size_t rl_net_tensor_count(const rl_net *net);
const rl_net_tensor *rl_net_tensor_at(const rl_net *net, size_t index);

/* Copies one tensor between the net and PyTorch's order (`values`: tensor->count floats). The role
 * must not be RL_TENSOR_COUNTER. */
void rl_net_tensor_read(const rl_net *net, const rl_net_tensor *tensor, float *values);
void rl_net_tensor_write(rl_net *net, const rl_net_tensor *tensor, const float *values);

const rl_model_spec *rl_net_spec(const rl_net *net);
int rl_net_threads(const rl_net *net);
const rl_kernels *rl_net_kernels(const rl_net *net);
size_t rl_net_activation_bytes(const rl_net *net);

/* From now on passes add their times to `profile` (NULL: no more), which must outlive them. */
void rl_net_set_profile(rl_net *net, rl_profile *profile);

/* The names of all models, for options: ended by NULL. */
extern const char *const rl_model_names[];

#endif
