/* Memory that is used soon, brought into the L2 cache between the register tiles of a product,
 * which waits for nothing: a few lines a tile. */
#ifndef RL_KERNELS_ISA_AHEAD_H
#define RL_KERNELS_ISA_AHEAD_H

#include "kernels/isa/vector.h"
#include "kernels/kernels.h"

enum { LINE = 64 / sizeof(float) };

typedef struct {
    const float *next, *end;
    size_t lines; /* a step */
} rl_ahead_steps;

RL_INLINE rl_ahead_steps ahead_steps(const rl_ahead *ahead, size_t steps) {
    if (!ahead || ahead->floats == 0)
        return (rl_ahead_steps){0};
    const size_t lines = (ahead->floats + LINE - 1) / LINE;
    return (rl_ahead_steps){ahead->begin, ahead->begin + ahead->floats, lines / steps + 1};
}

RL_INLINE void ahead_step(rl_ahead_steps *steps) {
    for (size_t i = 0; i < steps->lines && steps->next < steps->end; i++, steps->next += LINE)
        __builtin_prefetch(steps->next, 0, 2);
}

#endif
