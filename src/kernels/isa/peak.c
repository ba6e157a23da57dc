/* The fastest this instruction set can multiply and add: registers only, no memory, no waiting for
 * a result. What real kernels reach is measured against it. */
#include "kernels/isa/symbols.h"
#include "kernels/isa/vector.h"

/* Chains that do not wait for each other: enough to cover the latency of a multiply-add (4 cycles
 * or so, more where it takes two instructions) at two a cycle, and few enough to stay in the 16 or
 * 32 registers with the constant. */
#if defined(RL_ISA_avx512) || defined(__aarch64__)
enum { CHAINS = 16 };
#else
enum { CHAINS = 14 };
#endif

/* Every chain starts elsewhere, or the compiler would run one for all, and none at 1, where it
 * would see that nothing changes. All draw near 1: no number ever becomes subnormal, which some
 * CPUs are slow at. */
double RL_SYMBOL(fused_multiply_adds)(size_t count) {
    const vec half = vec_all(0.5F);
    vec chain[CHAINS];
    RL_UNROLL
    for (int i = 0; i < CHAINS; i++)
        chain[i] = vec_all(2 + (float)i);
    for (size_t done = 0; done < count; done += CHAINS * LANES) {
        RL_UNROLL
        for (int i = 0; i < CHAINS; i++)
            chain[i] = vec_fma(chain[i], half, half);
    }
    for (int i = 1; i < CHAINS; i++)
        chain[0] += chain[i];
    double sum = 0;
    for (int lane = 0; lane < LANES; lane++)
        sum += (double)chain[0][lane];
    return sum;
}
