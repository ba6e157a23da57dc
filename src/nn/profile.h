/* Where the time of a network's passes goes: seconds by unit and part. A net writes into the
 * profile it was given (rl_net_set_profile), and reads no clock when it has none. */
#ifndef RL_NN_PROFILE_H
#define RL_NN_PROFILE_H

#include <stddef.h>

typedef enum {
    RL_PART_FORWARD,         /* convolution, with what is fused into it */
    RL_PART_NORM_FORWARD,    /* batch norm, residual and activation as passes of their own */
    RL_PART_NORM_BACKWARD,   /* the same, backward */
    RL_PART_WEIGHT_GRADIENT, /* of the convolution; both gradients where these run as one: of a
                                depthwise convolution, and of the head */
    RL_PART_DATA_GRADIENT,   /* of the convolution, with what is fused into it */
    RL_PART_COUNT
} rl_profile_part;

typedef struct {
    /* [unit_count + 1][RL_PART_COUNT] seconds, added to by every pass, in the order of
     * rl_graph.units. The last row is the head: pooling and linear layer. */
    double *seconds;
} rl_profile;

/* Begins a measurement: now, or 0 without a profile. */
double rl_profile_begin(const rl_profile *profile);

/* Adds the time since `*begin` to a part of a unit, and begins the next measurement. */
void rl_profile_end(const rl_profile *profile, size_t unit, rl_profile_part part, double *begin);

#endif
