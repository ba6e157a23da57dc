/* Which kernel tables this build has, and which of them this CPU can run. */
#include "kernels/kernels.h"

#include <string.h>

extern const rl_kernels rl_kernels_base;
#ifdef RL_HAVE_avx2
extern const rl_kernels rl_kernels_avx2;
static bool has_avx2(void) {
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}
#endif
#ifdef RL_HAVE_avx512
extern const rl_kernels rl_kernels_avx512;
static bool has_avx512(void) {
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
           __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw");
}
#endif

static bool always(void) {
    return true;
}

static const struct {
    const rl_kernels *kernels;
    bool (*supported)(void);
} tables[] = {
    {&rl_kernels_base, always}, /* slowest first */
#ifdef RL_HAVE_avx2
    {&rl_kernels_avx2, has_avx2},
#endif
#ifdef RL_HAVE_avx512
    {&rl_kernels_avx512, has_avx512},
#endif
};

const rl_kernels *rl_kernels_at(size_t index) {
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++)
        if (tables[i].supported() && index-- == 0)
            return tables[i].kernels;
    return NULL;
}

const rl_kernels *rl_kernels_select(const char *isa) {
    const rl_kernels *best = NULL;
    for (size_t i = 0; rl_kernels_at(i); i++) {
        const rl_kernels *kernels = rl_kernels_at(i);
        if (!isa || strcmp(isa, kernels->name) == 0)
            best = kernels;
    }
    return best;
}
