/* A loop over independent items on all cores, for the one-off work of opening a dataset. */
#ifndef RL_DATA_PARALLEL_H
#define RL_DATA_PARALLEL_H

#include <stddef.h>

/* Handles items begin..end-1. */
typedef void rl_parallel_body(size_t begin, size_t end, void *context);

/* Covers 0..count-1 by calls of `body` from several threads at once, and returns when all are done.
 * The partition depends on the machine, so the result of an item must not depend on its neighbours.
 * As many threads as rl_threads_usable(0) says; where they cannot be had, the caller's thread does
 * their share. */
void rl_parallel_for(size_t count, rl_parallel_body *body, void *context);

#endif
