/* What a network consists of, without making it: for tables and memory estimates. */
#ifndef RL_NN_SUMMARY_H
#define RL_NN_SUMMARY_H

#include "nn/net.h"

typedef struct {
    char name[80];                  /* PyTorch's module name */
    char type[32];                  /* "conv 3x3", "depthwise 3x3", "batch norm", "linear", ... */
    size_t channels, height, width; /* of the output */
    uint64_t parameters;
    uint64_t macs; /* multiply-adds an image */
} rl_net_layer;

/* The layers in order of execution: *layers (rl_free it) and *count. */
rl_status rl_net_describe(const rl_model_spec *spec, rl_net_layer **layers, size_t *count,
                          rl_error *error);

/* Bytes of the parameter slab, and of activations (with gradients of activations in training mode)
 * for batches of up to max_batch. */
rl_status rl_net_memory(const rl_model_spec *spec, size_t max_batch, rl_net_mode mode,
                        uint64_t *parameter_bytes, uint64_t *activation_bytes, rl_error *error);

#endif
