/* Allocation: aligned, zeroed, refused where the size overflows; and the seam of the other tests.
 */
#include "base/memory.h"

#include <malloc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void products(void **state) {
    (void)state;
    size_t product = 0;
    assert_true(rl_multiply(6, 7, &product) && product == 42);
    assert_true(rl_multiply(SIZE_MAX, 0, &product) && product == 0);
    assert_true(rl_multiply(SIZE_MAX, 1, &product) && product == SIZE_MAX);
    assert_false(rl_multiply(SIZE_MAX, 2, &product));
    assert_false(rl_multiply((size_t)1 << 32, (size_t)1 << 32, &product));
}

static bool all_zero(const unsigned char *bytes, size_t size) {
    for (size_t i = 0; i < size; i++) {
        if (bytes[i]) {
            return false;
        }
    }
    return true;
}

/* Around the size from which huge pages are asked for too. */
static void blocks_are_aligned_and_zero(void **state) {
    (void)state;
    static const size_t sizes[] = {1, 63, 64, 4097, (4 << 20) - 1, 4 << 20, (4 << 20) + 1, 9 << 20};
    mallopt(M_PERTURB, 0x55); /* whatever malloc hands out is filled with something */
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        const size_t size = sizes[i];
        unsigned char *block = rl_alloc(size, 1);
        assert_non_null(block);
        assert_int_equal((uintptr_t)block % RL_ALIGNMENT, 0);
        assert_true(all_zero(block, size));
        rl_free(block);
    }
    mallopt(M_PERTURB, 0);
    void *empty = rl_alloc(0, 8);
    assert_non_null(empty);
    rl_free(empty);
    rl_free(NULL);
}

static void impossible_sizes_are_refused(void **state) {
    (void)state;
    assert_null(rl_alloc(SIZE_MAX, 2));
    assert_null(rl_alloc(SIZE_MAX, 1));
    assert_null(rl_alloc_floats(SIZE_MAX / 4));
    assert_null(rl_alloc_floats(SIZE_MAX / 2 + 2)); /* wraps to a small number when unchecked */
}

static void copies_of_text(void **state) {
    (void)state;
    char text[] = "caf\xc3\xa9";
    char *copy = rl_strdup(text);
    text[0] = '\0';
    assert_string_equal(copy, "caf\xc3\xa9");
    rl_free(copy);
}

static void the_seam_fails_one_allocation(void **state) {
    (void)state;
    rl_memory_fail_after(2);
    for (int i = 0; i < 5; i++) {
        void *block = i % 2 ? rl_alloc(8, 1) : rl_strdup("x");
        assert_true((block == NULL) == (i == 2));
        rl_free(block);
    }
    rl_memory_fail_after(0);
    rl_memory_fail_after(-1);
    float *block = rl_alloc_floats(1);
    assert_non_null(block);
    rl_free(block);
}

static void rounding(void **state) {
    (void)state;
    assert_int_equal(rl_round_up(0, 16), 0);
    assert_int_equal(rl_round_up(1, 16), 16);
    assert_int_equal(rl_round_up(16, 16), 16);
    assert_int_equal(rl_divide_up(17, 16), 2);
    assert_int_equal(rl_min(3, 5), 3);
    assert_int_equal(rl_max(3, 5), 5);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(products),
        cmocka_unit_test(blocks_are_aligned_and_zero),
        cmocka_unit_test(impossible_sizes_are_refused),
        cmocka_unit_test(copies_of_text),
        cmocka_unit_test(the_seam_fails_one_allocation),
        cmocka_unit_test(rounding),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
