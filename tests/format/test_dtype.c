/* Element types: every half and every bfloat16 becomes exactly the float it stands for. */
#include "format/dtype.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { ALL = 1 << 16 };

/* All 16-bit patterns, at an odd address, as tensor bytes may be. */
static unsigned char patterns[2 * ALL + 1];
static float values[ALL];

static void convert_all(rl_dtype dtype) {
    for (unsigned i = 0; i < ALL; i++) {
        const uint16_t bits = (uint16_t)i;
        memcpy(patterns + 1 + 2 * i, &bits, sizeof bits);
    }
    const rl_tensor tensor = {
        .name = "t", .dtype = dtype, .data = patterns + 1, .size = sizeof patterns - 1};
    assert_int_equal(rl_tensor_to_floats(&tensor, values, ALL, NULL), RL_OK);
}

/* The definition of a binary format with `exponent_bits` and `fraction_bits`. */
static void check_all(int exponent_bits, int fraction_bits) {
    const int bias = (1 << (exponent_bits - 1)) - 1;
    for (int i = 0; i < ALL; i++) {
        const int fraction = i & ((1 << fraction_bits) - 1);
        const int exponent = i >> fraction_bits & ((1 << exponent_bits) - 1);
        const float value = values[i];
        double magnitude = ldexp(fraction, 1 - bias - fraction_bits);
        if (exponent > 0) {
            magnitude = ldexp(fraction + (1 << fraction_bits), exponent - bias - fraction_bits);
        }
        if (exponent == (1 << exponent_bits) - 1) {
            magnitude = INFINITY;
        }
        const bool nan = isinf(magnitude) && fraction != 0;
        if (nan ? !isnan(value) : fabs((double)value) != magnitude) {
            fail_msg("pattern %#x became %g, expected %g", i, value, magnitude);
        }
        assert_int_equal(!!signbit(value), i >> 15);
    }
}

static void every_half_is_exact(void **state) {
    (void)state;
    convert_all(RL_DTYPE_F16);
    check_all(5, 10);
}

static void every_bfloat_is_exact(void **state) {
    (void)state;
    convert_all(RL_DTYPE_BF16);
    check_all(8, 7);
}

static void names_and_sizes(void **state) {
    (void)state;
    size_t size;
    for (rl_dtype dtype = RL_DTYPE_F64; dtype < RL_DTYPE_OTHER; dtype++) {
        assert_int_equal(rl_dtype_find(rl_dtype_name(dtype), &size), dtype);
        assert_int_equal(size, rl_dtype_size(dtype));
    }
    assert_null(rl_dtype_name(RL_DTYPE_OTHER));
    assert_int_equal(rl_dtype_find("C64", &size), RL_DTYPE_OTHER);
    assert_int_equal(size, 8);
    assert_int_equal(rl_dtype_find("f32", &size), RL_DTYPE_OTHER);
    assert_int_equal(size, 0);
}

static void other_types_are_refused(void **state) {
    (void)state;
    const rl_dtype whole[] = {RL_DTYPE_I64, RL_DTYPE_I32, RL_DTYPE_U8, RL_DTYPE_OTHER};
    for (size_t i = 0; i < 4; i++) {
        const rl_tensor tensor = {.name = "t", .dtype = whole[i], .data = patterns, .size = 8};
        rl_error error;
        assert_int_equal(rl_tensor_to_floats(&tensor, values, 1, &error), RL_ERROR_MISMATCH);
        assert_non_null(strstr(error.message, "expected F32, F64, F16 or BF16"));
    }
    /* Bytes that do not make whole elements cannot come from a file, but could from a caller. */
    const rl_tensor odd = {.name = "t", .dtype = RL_DTYPE_F32, .data = patterns, .size = 3};
    assert_int_equal(rl_tensor_to_floats(&odd, values, 1, NULL), RL_ERROR_MISMATCH);
    const rl_tensor empty = {.name = "t", .dtype = RL_DTYPE_F32, .data = NULL, .size = 0};
    assert_int_equal(rl_tensor_to_floats(&empty, NULL, 0, NULL), RL_OK);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_half_is_exact),
        cmocka_unit_test(every_bfloat_is_exact),
        cmocka_unit_test(names_and_sizes),
        cmocka_unit_test(other_types_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
