/* Philox4x32-10 and the distributions drawn from it. Floats and integers are exact functions of the
 * counter on every machine; rl_random_normal and rl_random_beta also depend on libm. A stream
 * repeats after 2^34 words, far beyond what one item draws. */
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

double rl_random_double(rl_random *random) {
    const uint64_t high = rl_random_u32(random);
    const uint64_t bits = (high << 32 | rl_random_u32(random)) >> 12;
    return ((double)bits + 0.5) * 0x1p-52;
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

/* Joehnk, "Erzeugung von betaverteilten und gammaverteilten Zufallszahlen", 1964, in logarithms:
 * the powers themselves underflow for a small alpha. Rejects at most half of the pairs here. */
static double beta_up_to_one(rl_random *random, double alpha) {
    double x, y;
    do {
        x = log(rl_random_double(random));
        y = log(rl_random_double(random));
    } while (exp(x / alpha) + exp(y / alpha) > 1);
    return 1 / (1 + exp((y - x) / alpha));
}

/* Cheng, "Generating beta variates with nonintegral shape parameters", 1978: algorithm BB, whose
 * constants become these when both parameters are alpha. */
static double beta_above_one(rl_random *random, double alpha) {
    const double root = sqrt(alpha), log4 = 1.3862943611198906;
    double u, v, w;
    do {
        u = rl_random_double(random);
        v = log(u / (1 - u)) / root;
        w = alpha * exp(v);
    } while ((alpha + root) * v - log4 + 2 * alpha * log(2 * alpha / (alpha + w)) <
             log(u * u * rl_random_double(random)));
    return w / (alpha + w);
}

double rl_random_beta(rl_random *random, double alpha) {
    return alpha <= 1 ? beta_up_to_one(random, alpha) : beta_above_one(random, alpha);
}

/* Fisher and Yates, from the end. */
void rl_random_order(rl_random *random, uint32_t *order, size_t count) {
    for (size_t i = 0; i < count; i++)
        order[i] = (uint32_t)i;
    for (size_t i = count; i > 1; i--) {
        const size_t j = rl_random_below(random, (uint32_t)i);
        const uint32_t kept = order[i - 1];
        order[i - 1] = order[j];
        order[j] = kept;
    }
}
