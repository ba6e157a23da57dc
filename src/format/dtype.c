/* Names and sizes of element types, and their conversion to float. */
#include "format/dtype.h"

#include "base/error.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

static const struct {
    const char *name;
    rl_dtype dtype;
    size_t size;
} dtypes[] = {
    {"F64", RL_DTYPE_F64, 8},       {"F32", RL_DTYPE_F32, 4},       {"F16", RL_DTYPE_F16, 2},
    {"BF16", RL_DTYPE_BF16, 2},     {"I64", RL_DTYPE_I64, 8},       {"I32", RL_DTYPE_I32, 4},
    {"U8", RL_DTYPE_U8, 1},         {"BOOL", RL_DTYPE_OTHER, 1},    {"I8", RL_DTYPE_OTHER, 1},
    {"I16", RL_DTYPE_OTHER, 2},     {"U16", RL_DTYPE_OTHER, 2},     {"U32", RL_DTYPE_OTHER, 4},
    {"U64", RL_DTYPE_OTHER, 8},     {"C64", RL_DTYPE_OTHER, 8},     {"F8_E4M3", RL_DTYPE_OTHER, 1},
    {"F8_E5M2", RL_DTYPE_OTHER, 1}, {"F8_E8M0", RL_DTYPE_OTHER, 1},
};

rl_dtype rl_dtype_find(const char *name, size_t *size) {
    for (size_t i = 0; i < sizeof dtypes / sizeof dtypes[0]; i++)
        if (strcmp(dtypes[i].name, name) == 0) {
            *size = dtypes[i].size;
            return dtypes[i].dtype;
        }
    *size = 0;
    return RL_DTYPE_OTHER;
}

const char *rl_dtype_name(rl_dtype dtype) {
    for (size_t i = 0; i < sizeof dtypes / sizeof dtypes[0]; i++)
        if (dtypes[i].dtype == dtype && dtype != RL_DTYPE_OTHER)
            return dtypes[i].name;
    return NULL;
}

size_t rl_dtype_size(rl_dtype dtype) {
    for (size_t i = 0; i < sizeof dtypes / sizeof dtypes[0]; i++)
        if (dtypes[i].dtype == dtype)
            return dtypes[i].size;
    return 0;
}

static float float_from_bits(uint32_t bits) {
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* IEEE 754 binary16, exactly: every half is a float. */
static float half_to_float(uint16_t half) {
    const uint32_t sign = (uint32_t)(half & 0x8000) << 16;
    const uint32_t exponent = half >> 10 & 0x1f, fraction = half & 0x3ff;
    if (exponent == 0x1f) /* infinities and NaN */
        return float_from_bits(sign | 0x7f800000 | fraction << 13);
    if (exponent == 0) { /* zero and subnormals: fraction * 2^-24 */
        const float magnitude = (float)fraction * 0x1p-24F;
        return sign ? -magnitude : magnitude;
    }
    return float_from_bits(sign | (exponent + 112) << 23 | fraction << 13);
}

static float element_to_float(rl_dtype dtype, const unsigned char *bytes) {
    double f64;
    float f32;
    uint16_t u16;
    switch (dtype) {
    case RL_DTYPE_F64:
        memcpy(&f64, bytes, sizeof f64);
        return (float)f64;
    case RL_DTYPE_F16:
        memcpy(&u16, bytes, sizeof u16);
        return half_to_float(u16);
    case RL_DTYPE_BF16:
        memcpy(&u16, bytes, sizeof u16);
        return float_from_bits((uint32_t)u16 << 16);
    default:
        memcpy(&f32, bytes, sizeof f32);
        return f32;
    }
}

rl_status rl_tensor_to_floats(const rl_tensor *tensor, float *values, size_t count,
                              rl_error *error) {
    const rl_dtype dtype = tensor->dtype;
    const bool real = dtype == RL_DTYPE_F64 || dtype == RL_DTYPE_F32 || dtype == RL_DTYPE_F16 ||
                      dtype == RL_DTYPE_BF16;
    if (!real)
        return rl_fail(error, RL_ERROR_MISMATCH,
                       "tensor '%s': holds %s, expected F32, F64, F16 or BF16", tensor->name,
                       rl_dtype_name(dtype) ? rl_dtype_name(dtype) : "another type");
    const size_t size = rl_dtype_size(dtype);
    if (tensor->size / size != count)
        return rl_fail(error, RL_ERROR_MISMATCH, "tensor '%s': has %zu elements, expected %zu",
                       tensor->name, tensor->size / size, count);
    if (dtype == RL_DTYPE_F32) {
        if (count)
            memcpy(values, tensor->data, count * size);
        return RL_OK;
    }
    const unsigned char *bytes = tensor->data;
    for (size_t i = 0; i < count; i++)
        values[i] = element_to_float(dtype, bytes + i * size);
    return RL_OK;
}

size_t rl_tensor_find_bad(const rl_tensor *tensor, float minimum, float *value) {
    const size_t size = rl_dtype_size(tensor->dtype), count = tensor->size / size;
    const unsigned char *bytes = tensor->data;
    for (size_t i = 0; i < count; i++) {
        *value = element_to_float(tensor->dtype, bytes + i * size);
        if (!isfinite(*value) || *value < minimum)
            return i;
    }
    return count;
}
