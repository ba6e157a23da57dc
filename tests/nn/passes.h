/* What the tests of single operations share: an engine whose scratch holds no zeros by luck,
 * sources that compute their pixels, sinks that watch how they are called, and comparison with
 * sums in double. */
#ifndef RL_TEST_PASSES_H
#define RL_TEST_PASSES_H

#include "base/memory.h"
#include "base/random.h"
#include "nn/engine.h"
#include "nn/pixels.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <float.h>
#include <math.h>

static inline void fill_nan(float *values, size_t count) {
    for (size_t i = 0; i < count; i++)
        values[i] = NAN;
}

/* The first of the kernel tables that operations are tested with: all of them; only the one that is
 * used here where sanitizers watch all but the kernels. */
static inline size_t first_tested_table(void) {
    size_t first = 0;
#ifdef RL_PLAIN_KERNELS
    while (rl_kernels_at(first + 1))
        first++;
#endif
    return first;
}

/* For the kernel table of this name; with NaN in all scratch but the row of zeros. */
static inline rl_engine test_engine(const char *isa, const rl_engine_needs *needs, int threads) {
    rl_engine engine;
    rl_error error;
    assert_int_equal(setenv("RESLAB_ISA", isa, 1), 0);
    if (rl_engine_create(&engine, needs, threads, &error) != RL_OK)
        fail_msg("%s", error.message);
    fill_nan(engine.partials, engine.partial_floats);
    fill_nan(engine.sums, engine.sum_floats);
    fill_nan(engine.packed, engine.packed_floats);
    fill_nan(engine.shared, engine.shared_floats);
    fill_nan(engine.work, (size_t)threads * engine.work_floats_per_thread);
    return engine;
}

/* Pixels at distance `ld`, NaN between them. */
typedef struct {
    size_t pixels, channels, ld;
    float *values;
} pixels;

static inline pixels nan_pixels(size_t count, size_t channels, size_t ld) {
    const pixels p = {count, channels, ld, rl_alloc_floats(count * ld)};
    assert_non_null(p.values);
    fill_nan(p.values, count * ld);
    return p;
}

static inline pixels random_pixels(size_t count, size_t channels, size_t ld, uint64_t seed) {
    const pixels p = nan_pixels(count, channels, ld);
    rl_random random = rl_random_stream(seed, RL_RANDOM_TEST, 0, channels);
    for (size_t i = 0; i < count; i++)
        for (size_t c = 0; c < channels; c++)
            p.values[i * ld + c] = rl_random_normal(&random);
    return p;
}

static inline void assert_gaps_nan(const pixels *p, const char *what) {
    for (size_t i = 0; i < p->pixels; i++)
        for (size_t c = p->channels; c < p->ld; c++)
            if (!isnan(p->values[i * p->ld + c]))
                fail_msg("%s: written past the channels of pixel %zu", what, i);
}

static inline rl_pixel_source in_memory(const pixels *p) {
    return (rl_pixel_source){.x = p->values, .ld = p->ld};
}

static inline void read_pixels(const void *context, size_t first, size_t count, size_t channel,
                               size_t channels, float *out) {
    const pixels *p = context;
    for (size_t i = 0; i < count; i++)
        memcpy(out + i * channels, p->values + (first + i) * p->ld + channel,
               channels * sizeof *out);
}

/* The same pixels, to be had from the callback only. */
static inline rl_pixel_source computed(const pixels *p) {
    return (rl_pixel_source){.read = read_pixels, .context = p};
}

/* A sink's calls. Threads may not fail a test, so they keep what they saw. */
typedef struct {
    const pixels *y;
    size_t chunk;
    atomic_uint *calls; /* for every pixel and channel */
    float *seen;        /* what was at y */
    atomic_bool bad_cut;
} watch;

static inline void watch_written(const void *context, size_t first, size_t count, size_t channel,
                                 size_t channels, float *scratch) {
    watch *w = (watch *)(uintptr_t)context; /* sinks promise not to change their context */
    const pixels *y = w->y;
    if (first % w->chunk != 0 || first >= y->pixels ||
        count != rl_min(w->chunk, y->pixels - first) || channel + channels > y->channels) {
        atomic_store(&w->bad_cut, true);
        return;
    }
    fill_nan(scratch, count * channels);
    for (size_t i = first; i < first + count; i++)
        for (size_t c = channel; c < channel + channels; c++) {
            atomic_fetch_add(&w->calls[i * y->channels + c], 1);
            w->seen[i * y->channels + c] = y->values[i * y->ld + c];
        }
}

static inline watch new_watch(const pixels *y, size_t chunk) {
    const size_t count = y->pixels * y->channels;
    watch w = {.y = y,
               .chunk = chunk,
               .calls = rl_alloc(count, sizeof *w.calls),
               .seen = rl_alloc_floats(count)};
    assert_true(w.calls && w.seen);
    return w;
}

static inline void check_watch(watch *w, const char *what) {
    const pixels *y = w->y;
    if (atomic_load(&w->bad_cut))
        fail_msg("%s: the sink was called for a range that is not one chunk", what);
    for (size_t i = 0; i < y->pixels; i++)
        for (size_t c = 0; c < y->channels; c++) {
            const size_t at = i * y->channels + c;
            const unsigned calls = atomic_load(&w->calls[at]);
            if (calls != 1)
                fail_msg("%s: the sink was called %u times for pixel %zu, channel %zu", what, calls,
                         i, c);
            if (memcmp(&w->seen[at], &y->values[i * y->ld + c], sizeof(float)) != 0)
                fail_msg("%s: the sink was called before pixel %zu, channel %zu was written", what,
                         i, c);
        }
    rl_free(w->calls);
    rl_free(w->seen);
}

/* Results without gaps, and the sums of the magnitudes of what was added up. */
typedef struct {
    size_t count;
    double *sum, *magnitude;
} reference;

static inline reference new_reference(size_t count) {
    const reference r = {count, rl_alloc(count, sizeof(double)), rl_alloc(count, sizeof(double))};
    assert_true(r.sum && r.magnitude);
    return r;
}

static inline void free_reference(reference *r) {
    rl_free(r->sum);
    rl_free(r->magnitude);
}

static inline void add_product(reference *r, size_t at, double product) {
    r->sum[at] += product;
    r->magnitude[at] += fabs(product);
}

/* Element i is at values[i / channels * ld + i % channels]. */
static inline void assert_near(const reference *r, const float *values, size_t channels, size_t ld,
                               double start, double terms, const char *what) {
    for (size_t i = 0; i < r->count; i++) {
        const double value = values[i / channels * ld + i % channels], expected = r->sum[i] + start;
        const double bound = terms * (FLT_EPSILON / 2) * (r->magnitude[i] + start) + FLT_MIN;
        if (!(fabs(value - expected) <= bound))
            fail_msg("%s: element %zu is %.9g, expected %.9g within %.3g", what, i, value, expected,
                     bound);
    }
}

#endif
