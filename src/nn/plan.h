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
    size_t *map;      /* [map_count] activations; none for map 0, the caller's images, and for
                         deferred maps */
    size_t *gradient; /* [map_count] gradients of activations (training) */
    size_t *raw;      /* [map_count] outputs of convolutions before batch norm, laid out as the map
                         (training); none where units without a convolution write the map */
    size_t floats;    /* of the slab */

    /* Fusions (training). A deferred map is never written: its readers compute it from `raw` as
     * they read, since that is cheaper than to write and read it. */
    bool *deferred; /* [map_count] */
    size_t *writer; /* [map_count] the first unit that writes the map */
    /* A map in two parts: channels [0, split) of all pixels, then the others of all pixels, each
     * as a map of its own (`raw` and `gradient`). Passes over one part then read memory without
     * gaps. 0: channels of a pixel lie together. */
    size_t *split; /* [map_count] */
    /* The activation's backward pass of a unit runs inside the data gradient that completes the
     * gradient of its output: completes[i] is the unit that unit i's data gradient does this for,
     * or RL_NO_UNIT; completed[i] whether another unit does it for unit i. */
    size_t *completes; /* [unit_count] */
    bool *completed;   /* [unit_count] */
    /* A depthwise unit that reads the first channels of a map, whole, on behalf of the unit without
     * a convolution that follows and reads all of it: forward it takes their moments, backward it
     * begins their gradient with that unit's. serves[i] is that unit, or RL_NO_UNIT; served[i] how
     * many of unit i's channels another unit sees to. */
    size_t *serves; /* [unit_count] */
    size_t *served; /* [unit_count] */

    /* The gradient of a residual is that in front of the activation. Where the unit's own backward
     * pass leaves this in its place, the residual's map shares the buffer: gradient_of[m] is the
     * map whose gradient's buffer m's gradient has, m itself as a rule. */
    size_t *gradient_of; /* [map_count] */

    rl_gradient_write *write_input;    /* [unit_count] how unit i's backward meets ... */
    rl_gradient_write *write_residual; /* ... the gradients of its input and residual maps */
    rl_gradient_write write_features;  /* and the head's, that of the features */
} rl_plan;

rl_status rl_plan_create(rl_plan *plan, const rl_graph *graph, size_t max_batch, rl_net_mode mode,
                         rl_error *error);
void rl_plan_clear(rl_plan *plan);

#endif
