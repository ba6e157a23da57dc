/* The vectors that all kernels of this folder are written in: GNU vector extensions, with the few
 * operations that need an instruction of their own. One width per instruction set; MR x NR is the
 * register tile of the matrix kernels, chosen to fill the registers with accumulators. WIDE: there
 * are registers for WIDE_MR x 2 NR as well, which loads a third less for each product. */
#ifndef RL_KERNELS_ISA_VECTOR_H
#define RL_KERNELS_ISA_VECTOR_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

#if defined(RL_ISA_avx512) /* 32 registers */
enum { LANES = 16, MR = 8, NR = 2 * LANES, WIDE = 1, WIDE_MR = 6 };
#elif defined(RL_ISA_avx2)
enum { LANES = 8, MR = 6, NR = 2 * LANES, WIDE = 0, WIDE_MR = MR };
#elif defined(__aarch64__) /* 32 registers */
enum { LANES = 4, MR = 8, NR = 2 * LANES, WIDE = 1, WIDE_MR = 6 };
#else
enum { LANES = 4, MR = 4, NR = 2 * LANES, WIDE = 0, WIDE_MR = MR };
#endif

/* External names carry the instruction set: RL_SYMBOL(gemm_rows) is rl_gemm_rows_avx2. */
#define RL_PASTE(name, isa) rl_##name##_##isa
#define RL_PASTE_ISA(name, isa) RL_PASTE(name, isa)
#define RL_SYMBOL(name) RL_PASTE_ISA(name, RL_ISA)

/* Before a loop over a constant number of registers. Unless it is unrolled whole, the registers
 * become an array in memory. */
#ifdef __clang__
#define RL_UNROLL _Pragma("clang loop unroll(full)")
#else
#define RL_UNROLL _Pragma("GCC unroll 16")
#endif

#define RL_INLINE static inline __attribute__((always_inline, unused))

typedef float vec __attribute__((vector_size(LANES * sizeof(float))));
typedef int32_t mask __attribute__((vector_size(LANES * sizeof(float))));
typedef float vec_anywhere
    __attribute__((vector_size(LANES * sizeof(float)), aligned(4), may_alias));

RL_INLINE vec vec_load(const float *p) {
    return *(const vec_anywhere *)p;
}

RL_INLINE void vec_store(float *p, vec v) {
    *(vec_anywhere *)p = v;
}

RL_INLINE vec vec_all(float value) {
    return value - (vec){0};
}

/* The first `count` < LANES elements; the others are zero, or not written. */
#if defined(RL_ISA_avx512)
RL_INLINE vec vec_load_part(const float *p, size_t count) {
    return (vec)_mm512_maskz_loadu_ps((__mmask16)((1U << count) - 1), p);
}

RL_INLINE void vec_store_part(float *p, vec v, size_t count) {
    _mm512_mask_storeu_ps(p, (__mmask16)((1U << count) - 1), (__m512)v);
}
#elif defined(RL_ISA_avx2)
RL_INLINE __m256i vec_part_mask(size_t count) {
    static const int32_t ones_then_zeros[2 * LANES] = {-1, -1, -1, -1, -1, -1, -1, -1};
    return _mm256_loadu_si256((const __m256i *)(ones_then_zeros + LANES - count));
}

RL_INLINE vec vec_load_part(const float *p, size_t count) {
    return (vec)_mm256_maskload_ps(p, vec_part_mask(count));
}

RL_INLINE void vec_store_part(float *p, vec v, size_t count) {
    _mm256_maskstore_ps(p, vec_part_mask(count), (__m256)v);
}
#else
RL_INLINE vec vec_load_part(const float *p, size_t count) {
    vec v = {0};
    for (size_t i = 0; i < count; i++)
        v[i] = p[i];
    return v;
}

RL_INLINE void vec_store_part(float *p, vec v, size_t count) {
    for (size_t i = 0; i < count; i++)
        p[i] = v[i];
}
#endif

/* A whole vector to an address that is a multiple of its size, past the caches: the line need not
 * be read first. vec_streamed() puts such stores before all that follows. */
RL_INLINE void vec_stream(float *p, vec v) {
#if defined(RL_ISA_avx512)
    _mm512_stream_ps(p, (__m512)v);
#elif defined(RL_ISA_avx2)
    _mm256_stream_ps(p, (__m256)v);
#elif defined(__x86_64__)
    _mm_stream_ps(p, (__m128)v);
#else
    vec_store(p, v);
#endif
}

RL_INLINE void vec_streamed(void) {
#if defined(__x86_64__)
    _mm_sfence();
#endif
}

/* The same for `count` up to LANES and more: whole vectors take the fast way. */
RL_INLINE vec vec_get(const float *p, size_t count) {
    return count >= LANES ? vec_load(p) : vec_load_part(p, count);
}

RL_INLINE void vec_put(float *p, vec v, size_t count) {
    if (count >= LANES)
        vec_store(p, v);
    else
        vec_store_part(p, v, count);
}

/* Runs CALL, which uses `c` and `count`, for blocks of channels [c, c + count): whole vectors, for
 * which `count` is a constant, then what is left. */
#define RL_EACH_CHANNELS(C, CALL)                                                                  \
    do {                                                                                           \
        size_t c = 0;                                                                              \
        for (; c + LANES <= (C); c += LANES) {                                                     \
            enum { count = LANES };                                                                \
            CALL;                                                                                  \
        }                                                                                          \
        if (c < (C)) {                                                                             \
            const size_t count = (C)-c;                                                            \
            CALL;                                                                                  \
        }                                                                                          \
    } while (0)

/* a * b + c, in one rounding where the instruction set has it. */
RL_INLINE vec vec_fma(vec a, vec b, vec c) {
#if defined(RL_ISA_avx512)
    return (vec)_mm512_fmadd_ps((__m512)a, (__m512)b, (__m512)c);
#elif defined(RL_ISA_avx2)
    return (vec)_mm256_fmadd_ps((__m256)a, (__m256)b, (__m256)c);
#elif defined(__aarch64__)
    return (vec)vfmaq_f32((float32x4_t)c, (float32x4_t)a, (float32x4_t)b);
#else
    return a * b + c;
#endif
}

/* Lane by lane m ? a : b, m a comparison's result. */
RL_INLINE vec vec_choose(mask m, vec a, vec b) {
    return (vec)(((mask)a & m) | ((mask)b & ~m));
}

/* Lane l is p[from[l]], 0 <= from[l] < count <= LANES. */
RL_INLINE vec vec_load_lanes(const float *p, mask from, size_t count) {
#if defined(RL_ISA_avx512)
    return (vec)_mm512_permutexvar_ps((__m512i)from, (__m512)vec_get(p, count));
#elif defined(RL_ISA_avx2)
    return (vec)_mm256_permutevar8x32_ps((__m256)vec_get(p, count), (__m256i)from);
#else
    (void)count;
    vec result;
    for (int i = 0; i < LANES; i++)
        result[i] = p[from[i]];
    return result;
#endif
}

/* a[0] b[0] a[1] b[1] ... of the lower, or upper, halves. */
#if defined(RL_ISA_avx512)
#define RL_INTERLEAVE(a, b, n)                                                                     \
    __builtin_shufflevector(a, b, n, 16 + (n), 1 + (n), 17 + (n), 2 + (n), 18 + (n), 3 + (n),      \
                            19 + (n), 4 + (n), 20 + (n), 5 + (n), 21 + (n), 6 + (n), 22 + (n),     \
                            7 + (n), 23 + (n))
#elif defined(RL_ISA_avx2)
#define RL_INTERLEAVE(a, b, n)                                                                     \
    __builtin_shufflevector(a, b, n, 8 + (n), 1 + (n), 9 + (n), 2 + (n), 10 + (n), 3 + (n),        \
                            11 + (n))
#else
#define RL_INTERLEAVE(a, b, n) __builtin_shufflevector(a, b, n, 4 + (n), 1 + (n), 5 + (n))
#endif

RL_INLINE vec vec_interleave_low(vec a, vec b) {
    return RL_INTERLEAVE(a, b, 0);
}

RL_INLINE vec vec_interleave_high(vec a, vec b) {
    return RL_INTERLEAVE(a, b, LANES / 2);
}

RL_INLINE vec vec_abs(vec a) {
    return (vec)((mask)a & 0x7fffffff);
}

RL_INLINE vec vec_sqrt(vec a) {
#if defined(RL_ISA_avx512)
    return (vec)_mm512_sqrt_ps((__m512)a);
#elif defined(RL_ISA_avx2)
    return (vec)_mm256_sqrt_ps((__m256)a);
#else
    vec root;
    for (int i = 0; i < LANES; i++)
        root[i] = __builtin_sqrtf(a[i]);
    return root;
#endif
}

#endif
