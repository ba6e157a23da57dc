/* Allocation with checked sizes. Slabs of floats are 64-byte aligned, zeroed, and advised to use
 * huge pages, since one slab holds all activations and the TLB would otherwise miss on every row.
 */
#ifndef RL_BASE_MEMORY_H
#define RL_BASE_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

#define RL_ALIGNMENT 64

/* *product = a * b; false on overflow. */
bool rl_multiply(size_t a, size_t b, size_t *product);

/* Zeroed memory for `count` elements of `size` bytes, 64-byte aligned (count 0 gives a valid
 * pointer). NULL on overflow or when there is no memory. Release with rl_free. */
void *rl_alloc(size_t count, size_t size);

/* rl_alloc of floats. */
float *rl_alloc_floats(size_t count);

void rl_free(void *memory);

/* A copy of `text` to release with rl_free; NULL when there is no memory. */
char *rl_strdup(const char *text);

/* For tests only: of the allocations from now on, number `count` (0: the very next) fails, once; -1
 * switches it off. Counts over all threads. */
void rl_memory_fail_after(long count);

/* `count` rounded up to a multiple of `multiple`. */
static inline size_t rl_round_up(size_t count, size_t multiple) {
    return (count + multiple - 1) / multiple * multiple;
}

static inline size_t rl_divide_up(size_t a, size_t b) {
    return (a + b - 1) / b;
}

static inline size_t rl_min(size_t a, size_t b) {
    return a < b ? a : b;
}

static inline size_t rl_max(size_t a, size_t b) {
    return a > b ? a : b;
}

#endif
