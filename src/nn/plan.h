/* Where every activation of a network lies in one slab, by lifetime: buffers whose lives do not
 * meet share memory. Times are passes in order: unit i's forward is time i, the head's is
 * unit_count, and unit i's backward 2 * unit_count - i. */
#ifndef RL_NN_PLAN_H
#define RL_NN_PLAN_H

#include "nn/graph.h"

#define RL_NO_BUFFER SIZE_MAX

/* The gradient of a map is the sum over its readers. In the order of the backward pass the first
 * one overwrites, if it reads the whole map, or else zeroes the map and adds like all others. */
typedef enum { RL_WRITE_ADD, RL_WRITE_OVERWRITE, RL_WRITE_CLEAR_AND_ADD } rl_gradient_write;

typedef struct {
    /* Offsets in floats into the slab, RL_NO_BUFFER where there is no such buffer. */
    size_t *map;      /* [map_count] activations; none for map 0, the caller's images */
    size_t *gradient; /* [map_count] their gradients (training) */
    size_t *conv;     /* [unit_count] a unit's output before batch norm (training) */
    size_t floats;    /* of the slab */
    rl_gradient_write *write_input;    /* [unit_count] how unit i's backward meets ... */
    rl_gradient_write *write_residual; /* ... the gradients of its input and residual maps */
    rl_gradient_write write_features;  /* and the head's, that of the features */
} rl_plan;

rl_status rl_plan_create(rl_plan *plan, const rl_graph *graph, size_t max_batch, rl_net_mode mode,
                         rl_error *error);
void rl_plan_clear(rl_plan *plan);

#endif
