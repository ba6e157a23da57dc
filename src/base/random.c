/* Philox4x32-10 and the distributions drawn from it. Floats and integers are exact functions of the
 * counter on every machine; rl_random_normal also depends on libm's log and cos. A stream repeats
 * after 2^34 words, far beyond what one item draws. */
#include "base/random.h"

#include <math.h>

void rl_philox(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]) {
    uint32_t c0 = counter[0], c1 = counter[1], c2 = counter[2], c3 = counter[3];
    uint32_t k0 = key[0], k1 = key[1];
    for (int round = 0; round < 10; round++) {
        uint64_t p0 = (uint64_t)0xD2511F53 * c0;
        uint64_t p1 = (uint64_t)0xCD9E8D57 * c2;
        c0 = (uint32_t)(p1 >> 32) ^ c1 ^ k0;
        c1 = (uint32_t)p1;
        c2 = (uint32_t)(p0 >> 32) ^ c3 ^ k1;
        c3 = (uint32_t)p0;
        k0 += 0x9E3779B9; /* the Weyl sequence of the key */
        k1 += 0xBB67AE85;
    }
    out[0] = c0;
    out[1] = c1;
    out[2] = c2;
    out[3] = c3;
}

rl_random rl_random_stream(uint64_t seed, rl_random_purpose purpose, uint32_t epoch,
                           uint64_t item) {
    return (rl_random){
        .key = {(uint32_t)seed, (uint32_t)(seed >> 32)},
        .counter = {0, (uint32_t)item, (uint32_t)(item >> 32),
                    (uint32_t)purpose << 24 | (epoch & 0xFFFFFF)},
        .used = 4,
    };
}

uint32_t rl_random_u32(rl_random *random) {
    if (random->used == 4) {
        rl_philox(random->counter, random->key, random->block);
        random->counter[0]++;
        random->used = 0;
    }
    return random->block[random->used++];
}

float rl_random_float(rl_random *random) {
    return (float)(rl_random_u32(random) >> 8) * 0x1p-24f;
}

float rl_random_range(rl_random *random, float low, float high) {
    float value = low + (high - low) * rl_random_float(random);
    /* The sum may round up to `high`, which is outside the interval. */
    return value < high ? value : nextafterf(high, low);
}

/* Lemire, "Fast random integer generation in an interval", 2019. */
uint32_t rl_random_below(rl_random *random, uint32_t bound) {
    uint64_t product = (uint64_t)rl_random_u32(random) * bound;
    if ((uint32_t)product < bound) {
        uint32_t threshold = (0u - bound) % bound;
        while ((uint32_t)product < threshold) {
            product = (uint64_t)rl_random_u32(random) * bound;
        }
    }
    return (uint32_t)(product >> 32);
}

float rl_random_normal(rl_random *random) {
    const double two_pi = 6.283185307179586;
    double radius = ((double)rl_random_u32(random) + 1) * 0x1p-32; /* (0, 1]: log is finite */
    double angle = (double)rl_random_u32(random) * 0x1p-32;
    return (float)(sqrt(-2 * log(radius)) * cos(two_pi * angle));
}
