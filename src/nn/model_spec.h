/* What a network is, before it has weights: the arguments of a model builder. */
#ifndef RL_NN_MODEL_SPEC_H
#define RL_NN_MODEL_SPEC_H

#include "kernels/kernels.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct {
    const char *model; /* a name from rl_model_builders; must outlive the spec (use the table's) */
    size_t width;      /* base channels */
    size_t class_count;
    rl_activation_kind activation;
    float negative_slope;
    size_t ghost_ratio;
    size_t ghost_dw_size; /* odd */
    bool ghost_outer_bn;
    bool ghost_activation_follows_model; /* else ReLU inside the Ghost Module */
} rl_model_spec;

#endif
