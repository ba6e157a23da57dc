/* Memory that is used soon, brought into the L2 cache while a product waits for nothing: a line or
 * two at a time, since a burst would hold up the product's own loads. */
#ifndef RL_KERNELS_ISA_AHEAD_H
#define RL_KERNELS_ISA_AHEAD_H

#include "kernels/isa/vector.h"
#include "kernels/kernels.h"

enum { LINE = 64 / sizeof(float) };

typedef struct {
    const float *next, *end; /* of the range that is being fetched */
    const rl_range *after;   /* the ranges that follow */
    size_t ranges;
    size_t lines; /* a step */
} rl_ahead_steps;

/* All ranges in at most `steps` steps. */
RL_INLINE rl_ahead_steps ahead_steps(const rl_range *ranges, size_t count, size_t steps) {
    size_t lines = 0;
    for (size_t i = 0; i < count; i++)
        lines += (ranges[i].floats + LINE - 1) / LINE;
    return (rl_ahead_steps){NULL, NULL, ranges, count, steps ? lines / steps + (lines > 0) : 0};
}

RL_INLINE void ahead_step(rl_ahead_steps *steps) {
    for (size_t i = 0; i < steps->lines; i++, steps->next += LINE) {
        while (steps->next >= steps->end) {
            if (steps->ranges == 0) {
                steps->lines = 0;
                return;
            }
            steps->next = steps->after->begin;
            steps->end = steps->next + steps->after->floats;
            steps->after++;
            steps->ranges--;
        }
        __builtin_prefetch(steps->next, 0, 2);
    }
}

#endif
