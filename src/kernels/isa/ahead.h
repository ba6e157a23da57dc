/* Memory that is used soon, brought into the L2 cache while a product waits for nothing: a line
 * every step, since a burst would hold up the product's own loads. What a register tile fetches is
 * settled before it, so that its loop has no branch for it. */
#ifndef RL_KERNELS_ISA_AHEAD_H
#define RL_KERNELS_ISA_AHEAD_H

#include "kernels/isa/vector.h"
#include "kernels/kernels.h"

enum { LINE = 64 / sizeof(float) };

/* What is left to fetch. */
typedef struct {
    rl_range now;
    const rl_range *after;
    size_t count; /* of the ranges after */
} rl_ahead_walk;

/* One tile's share: the lines at next, next + stride, and so on. */
typedef struct {
    const float *next;
    size_t stride;
} rl_ahead_lines;

RL_INLINE rl_ahead_walk ahead_walk(const rl_range *ranges, size_t count) {
    return (rl_ahead_walk){{0}, ranges, count};
}

/* The next lines for `steps` steps, of one range. When nothing is left, all are the one at `idle`,
 * which is near anyway. A short range may be passed by less than a float a step. */
RL_INLINE rl_ahead_lines ahead_take(rl_ahead_walk *walk, size_t steps, const float *idle) {
    while (walk->now.floats == 0 && walk->count > 0) {
        walk->now = *walk->after++;
        walk->count--;
    }
    if (walk->now.floats == 0 || steps == 0)
        return (rl_ahead_lines){idle, 0};
    const rl_range now = walk->now;
    if (now.floats < steps * LINE) {
        walk->now.floats = 0;
        return (rl_ahead_lines){now.begin, (now.floats + steps - 1) / steps};
    }
    walk->now = (rl_range){now.begin + steps * LINE, now.floats - steps * LINE};
    return (rl_ahead_lines){now.begin, LINE};
}

RL_INLINE void ahead_step(rl_ahead_lines *lines) {
    __builtin_prefetch(lines->next, 0, 2);
    lines->next += lines->stride;
}

#endif
