/* The table of activations: names for people, kinds for kernels. */
#ifndef RL_NN_ACTIVATION_H
#define RL_NN_ACTIVATION_H

#include "kernels/kernels.h"

typedef struct {
    const char *name;
    const char *help; /* the formula */
} rl_activation;

/* Indexed by rl_activation_kind. RL_ACTIVATION_NONE is no choice for --activation. */
extern const rl_activation rl_activations[RL_ACTIVATION_COUNT];

/* RL_ACTIVATION_COUNT when there is none of that name. */
rl_activation_kind rl_activation_find(const char *name);

#endif
