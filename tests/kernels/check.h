/* What the kernel tests share: arrays between guard pages, random contents, and comparison against
 * a reference in double with a bound from magnitudes. */
#ifndef RL_TEST_CHECK_H
#define RL_TEST_CHECK_H

#include "kernels/kernels.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include <float.h>
#include <math.h>

/* Where arrays lie between their two pages that must not be touched: right before the last one, or
 * right after the first one. Every test runs with both. */
static bool guard_in_front;

typedef struct {
    float *data;
    size_t count;
    void *pages;
    size_t bytes;
} guarded;

/* `count` floats, zeroed. */
static inline guarded guarded_floats(size_t count) {
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    const size_t inner = (count * sizeof(float) + page - 1) / page * page;
    guarded g = {.count = count, .bytes = inner + 2 * page};
    g.pages = mmap(NULL, g.bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_true(g.pages != MAP_FAILED);
    char *begin = (char *)g.pages + page;
    if (inner)
        assert_int_equal(mprotect(begin, inner, PROT_READ | PROT_WRITE), 0);
    g.data = guard_in_front ? (float *)(void *)begin : (float *)(void *)(begin + inner) - count;
    return g;
}

static inline void guarded_free(guarded *g) {
    munmap(g->pages, g->bytes);
}

/* xorshift: a stream a test, the same every time. */
static inline float noise(uint64_t *state) {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return (float)(*state >> 40) / (float)(1 << 23) - 1;
}

static inline void fill(guarded *g, uint64_t seed) {
    uint64_t state = seed * 0x9e3779b97f4a7c15U + 1;
    for (size_t i = 0; i < g->count; i++)
        g->data[i] = noise(&state);
}

static inline guarded random_floats(size_t count, uint64_t seed) {
    guarded g = guarded_floats(count);
    fill(&g, seed);
    return g;
}

/* A value no kernel computes here: what lies between rows must still hold it afterwards. */
#define POISON (-12345.678F)

static inline guarded poisoned_floats(size_t count) {
    guarded g = guarded_floats(count);
    for (size_t i = 0; i < count; i++)
        g.data[i] = POISON;
    return g;
}

/* Rows of C values at distance ld: everything between the rows is still poison. */
static inline void assert_gaps_kept(const guarded *g, size_t rows, size_t C, size_t ld) {
    for (size_t r = 0; r < rows; r++)
        for (size_t c = C; c < ld && r * ld + c < g->count; c++)
            if (g->data[r * ld + c] != POISON)
                fail_msg("row %zu: written past its %zu channels at %zu", r, C, c);
}

/* |value - expected| <= terms * eps * magnitude, where magnitude is the sum of the absolute values
 * that were added up in `terms` roundings. */
static inline void assert_near(float value, double expected, double terms, double magnitude,
                               const char *what) {
    const double bound = terms * (FLT_EPSILON / 2) * magnitude + FLT_MIN;
    if (!(fabs(value - expected) <= bound))
        fail_msg("%s: %.9g, expected %.9g within %.3g", what, (double)value, expected, bound);
}

/* Runs `test` on every kernel table of this build and CPU. */
#define FOR_EACH_TABLE(kernels)                                                                    \
    for (size_t table_ = 0; rl_kernels_at(table_); table_++)                                       \
        for (const rl_kernels *kernels = rl_kernels_at(table_), *once_ = kernels; once_;           \
             once_ = NULL)

/* Runs the tests with both placements of the guard pages and returns from main. */
#define RETURN_RUN_GUARDED(tests)                                                                  \
    do {                                                                                           \
        guard_in_front = false;                                                                    \
        const int failed_ = cmocka_run_group_tests(tests, NULL, NULL);                             \
        guard_in_front = true;                                                                     \
        return failed_ + cmocka_run_group_tests(tests, NULL, NULL);                                \
    } while (0)

#endif
