/* Counter-based random numbers: Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as
 * 1, 2, 3", SC 2011). A stream is named by (seed, purpose, epoch, item) and has no stored state
 * beyond its position, so any sample of any epoch can be drawn alone and in any order: threads and
 * resumed runs see the same numbers. */
#ifndef RL_BASE_RANDOM_H
#define RL_BASE_RANDOM_H

#include <stddef.h>
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
    RL_RANDOM_FLIP = 8, /* which epochs alternating flips begin with */
    RL_RANDOM_RESIZED_CROP = 9,
    RL_RANDOM_CUTOUT = 10,
    RL_RANDOM_ERASING = 11,
    RL_RANDOM_MIXUP_SHARE = 12, /* item: the step */
    RL_RANDOM_MIXUP_PARTNER = 13,
    RL_RANDOM_HOLDOUT = 14, /* item: the class */
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

/* Uniform in (0, 1), 52 bits: never an end, so that its logarithm is finite. */
double rl_random_double(rl_random *random);

/* Uniform in 0..bound-1, unbiased (rejection); bound > 0. */
uint32_t rl_random_below(rl_random *random, uint32_t bound);

/* Standard normal (Box-Muller). */
float rl_random_normal(rl_random *random);

/* Beta(alpha, alpha), in [0, 1]; alpha > 0. */
double rl_random_beta(rl_random *random, double alpha);

/* 0..count-1 in a fair random order; count < 2^32. */
void rl_random_order(rl_random *random, uint32_t *order, size_t count);

#endif
