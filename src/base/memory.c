/* Aligned, zeroed allocation. Blocks of several megabytes are laid out for transparent huge pages.
 * The seam for tests (rl_memory_fail_after) sits here, so that every allocation of the library can
 * be made to fail. */
#include "base/memory.h"

#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define HUGE_PAGE ((size_t)2 << 20)

/* Below this a huge page would be mostly padding. */
#define HUGE_PAGE_FROM (2 * HUGE_PAGE)

static atomic_long allocations_left = -1; /* until one fails; -1: never */

void rl_memory_fail_after(long count) {
    atomic_store(&allocations_left, count);
}

static bool must_fail(void) {
    if (atomic_load_explicit(&allocations_left, memory_order_relaxed) < 0) {
        return false;
    }
    return atomic_fetch_sub(&allocations_left, 1) == 0;
}

bool rl_multiply(size_t a, size_t b, size_t *product) {
    return !__builtin_mul_overflow(a, b, product);
}

void *rl_alloc(size_t count, size_t size) {
    size_t bytes;
    if (!rl_multiply(count, size, &bytes) || bytes > PTRDIFF_MAX || must_fail()) {
        return NULL;
    }
    bool huge = bytes >= HUGE_PAGE_FROM;
    void *memory = NULL;
    if (posix_memalign(&memory, huge ? HUGE_PAGE : RL_ALIGNMENT, bytes ? bytes : 1) != 0) {
        return NULL;
    }
    if (huge) {
        madvise(memory, bytes, MADV_HUGEPAGE); /* only advice: a refusal changes nothing */
    }
    memset(memory, 0, bytes ? bytes : 1);
    return memory;
}

float *rl_alloc_floats(size_t count) {
    return rl_alloc(count, sizeof(float));
}

void rl_free(void *memory) {
    free(memory);
}

char *rl_strdup(const char *text) {
    size_t size = strlen(text) + 1;
    char *copy = rl_alloc(size, 1);
    if (copy) {
        memcpy(copy, text, size);
    }
    return copy;
}
