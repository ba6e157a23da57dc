/* Initial weights. A scheme is a row of the table in initialize.c. */
#ifndef RL_NN_INITIALIZE_H
#define RL_NN_INITIALIZE_H

#include "nn/net.h"

extern const char *const rl_init_names[]; /* "pytorch", "kaiming_normal"; ended by NULL */

/* Fills the parameters from the seed. Every tensor has a stream of its own, keyed by its name, so
 * that tensors which two models share (same name, same shape) start out equal. Batch norm: gamma 1,
 * beta 0, running mean 0, running variance 1. `scheme` must be one of rl_init_names. */
void rl_net_initialize(rl_net *net, const char *scheme, uint64_t seed);

#endif
