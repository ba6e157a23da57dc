/* The multiply-adds that only burn time: whether they are fast, no test can say, but they must be
 * done, and end in numbers that no CPU is slow at. */
#include "kernels/check.h"

static void multiply_adds_are_done(void **state) {
    (void)state;
    for (size_t i = 0; rl_kernels_at(i); i++) {
        const rl_kernels *kernels = rl_kernels_at(i);
        const double none = kernels->fused_multiply_adds(0);
        const double some = kernels->fused_multiply_adds(1);
        const double many = kernels->fused_multiply_adds(1 << 20);
        /* From 2, 3, 4, ... in steps that halve the distance to 1. */
        assert_true(none > some && some > many && many >= 1);
        assert_true(fabs((none - many) / (some - many) - 2) < 1e-6);
        assert_true(kernels->fused_multiply_adds(1 << 20) == many);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(multiply_adds_are_done)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
