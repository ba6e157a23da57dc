/* What the rows of a profile stand for: names, operations, and which convolution of the plain
 * network a unit belongs to. */
#ifndef RL_NN_PROFILE_REPORT_H
#define RL_NN_PROFILE_REPORT_H

#include "nn/summary.h"

typedef struct {
    /* As rl_net_describe has them, with an empty name where the unit has none. The head's linear
     * layer counts as a convolution. A unit that only adds and activates has that as `norm`, under
     * the name of its module. */
    rl_net_layer conv, norm;
    size_t inputs;    /* channels that the unit reads */
    bool reads_image; /* nobody asks for the gradient of its input */
    bool joint;       /* its two gradients are one measurement, RL_PART_WEIGHT_GRADIENT */
    /* The convolution in whose place the unit stands, by its name in the network without Ghost
     * Modules ("layer1.0.conv1" of all three units of a Ghost Module and its block's batch norm):
     * what makes two networks comparable row by row. */
    char module[80];
} rl_profile_row;

/* A row a unit and one for the head, as in rl_profile.seconds: *rows (rl_free it) and *count. */
rl_status rl_profile_describe(const rl_model_spec *spec, rl_profile_row **rows, size_t *count,
                              rl_error *error);

#endif
