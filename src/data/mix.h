/* Mixup (Zhang et al., "mixup: beyond empirical risk minimization", ICLR 2018): each image of a
 * batch is blended with a partner, another image of the batch, and is to be recognised as both. The
 * share is one a batch, and partners are a permutation of the batch, as in the authors' code. */
#ifndef RL_DATA_MIX_H
#define RL_DATA_MIX_H

#include <stddef.h>
#include <stdint.h>

/* Which batch: this is all that draws depend on. */
typedef struct {
    uint64_t seed;
    uint32_t epoch;
    size_t step; /* of the epoch */
} rl_mix_batch;

/* The share of an image itself in a batch, 0..1, from Beta(alpha, alpha). */
double rl_mix_share(const rl_mix_batch *batch, double alpha);

/* The partner of each of `count` images; some may be their own. */
void rl_mix_partners(const rl_mix_batch *batch, uint32_t *partners, size_t count);

/* out = share * image + (1 - share) * partner; `out` may not overlap them. */
void rl_mix_floats(double share, const float *image, const float *partner, float *out,
                   size_t count);

#endif
