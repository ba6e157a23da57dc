/* The draws and the blending of mixup. Share and partners have a stream each, so that partners stay
 * the same when alpha changes. */
#include "data/mix.h"

#include "base/random.h"

double rl_mix_share(const rl_mix_batch *batch, double alpha) {
    rl_random random =
        rl_random_stream(batch->seed, RL_RANDOM_MIXUP_SHARE, batch->epoch, batch->step);
    return rl_random_beta(&random, alpha);
}

void rl_mix_partners(const rl_mix_batch *batch, uint32_t *partners, size_t count) {
    rl_random random =
        rl_random_stream(batch->seed, RL_RANDOM_MIXUP_PARTNER, batch->epoch, batch->step);
    rl_random_order(&random, partners, count);
}

void rl_mix_floats(double share, const float *restrict image, const float *restrict partner,
                   float *restrict out, size_t count) {
    const float own = (float)share, other = (float)(1 - share);
    for (size_t i = 0; i < count; i++)
        out[i] = own * image[i] + other * partner[i];
}
