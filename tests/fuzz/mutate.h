/* Random mutants of an input, each drawn from a seed and its number alone. */
#ifndef RL_FUZZ_MUTATE_H
#define RL_FUZZ_MUTATE_H

#include <stddef.h>
#include <stdint.h>

/* Changes data[0..size), which has room for `room` bytes, as number `index` of `seed` says; returns
 * the new size. Bits and bytes are changed, pieces cut out, doubled, moved, or replaced by what is
 * at the edge of formats: large and negative numbers, empty fields, quotes, other lengths. */
size_t mutate(uint8_t *data, size_t size, size_t room, uint64_t seed, uint64_t index);

#endif
