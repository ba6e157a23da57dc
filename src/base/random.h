/* Counter-based random numbers: Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as
 * 1, 2, 3", SC 2011). A stream is named by (seed, purpose, epoch, item) and has no stored state
 * beyond its position, so any sample of any epoch can be drawn alone and in any order: threads and
 * resumed runs see the same numbers. */
#ifndef RL_BASE_RANDOM_H
#define RL_BASE_RANDOM_H

#include <stdint.h>

/* What a stream is for. Values are part of the reproducibility contract: never renumber. */
typedef enum {
    RL_RANDOM_INIT = 1,
    RL_RANDOM_SHUFFLE = 2,
    RL_RANDOM_AUGMENT = 3,
    RL_RANDOM_SHAPES = 4,
    RL_RANDOM_TEST = 5,
    RL_RANDOM_BENCH = 6,
    RL_RANDOM_PERMUTATION = 7,
} rl_random_purpose;

typedef struct {
    uint32_t key[2];
    uint32_t counter[4]; /* block number, item low, item high, purpose << 24 | epoch */
    uint32_t block[4];   /* the current output */
    unsigned used;       /* words of `block` already handed out */
} rl_random;

/* One Philox4x32-10 block: out = philox(counter, key). */
void rl_philox(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]);

/* The stream (seed, purpose, epoch, item); epoch < 2^24. */
rl_random rl_random_stream(uint64_t seed, rl_random_purpose purpose, uint32_t epoch, uint64_t item);

uint32_t rl_random_u32(rl_random *random);

/* Uniform in [0, 1), 24 bits. */
float rl_random_float(rl_random *random);

/* Uniform in [low, high). */
float rl_random_range(rl_random *random, float low, float high);

/* Uniform in 0..bound-1, unbiased (rejection); bound > 0. */
uint32_t rl_random_below(rl_random *random, uint32_t bound);

/* Standard normal (Box-Muller). */
float rl_random_normal(rl_random *random);

#endif
