/* The table of element types, and the conversion of the floating ones to float. Types without a
 * use here are listed all the same: the size of their tensors must be checked for the file to be
 * trusted, and other programs' files hold them. */
#include "format/dtype.h"

#include "base/error.h"

#include <string.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
               "tensors are read and written in memory order, which must be little-endian");

static const rl_dtype_info dtypes[] = {
    {"F64", 64, RL_DTYPE_F64},
    {"F32", 32, RL_DTYPE_F32},
    {"F16", 16, RL_DTYPE_F16},
    {"BF16", 16, RL_DTYPE_BF16},
    {"I64", 64, RL_DTYPE_I64},
    {"I32", 32, RL_DTYPE_I32},
    {"U8", 8, RL_DTYPE_U8},
    {"BOOL", 8, RL_DTYPE_OTHER},
    {"I8", 8, RL_DTYPE_OTHER},
    {"I16", 16, RL_DTYPE_OTHER},
    {"U16", 16, RL_DTYPE_OTHER},
    {"U32", 32, RL_DTYPE_OTHER},
    {"U64", 64, RL_DTYPE_OTHER},
    {"C64", 64, RL_DTYPE_OTHER},
    {"F8_E5M2", 8, RL_DTYPE_OTHER},
    {"F8_E4M3", 8, RL_DTYPE_OTHER},
    {"F8_E8M0", 8, RL_DTYPE_OTHER},
    {"F8_E5M2FNUZ", 8, RL_DTYPE_OTHER},
    {"F8_E4M3FNUZ", 8, RL_DTYPE_OTHER},
    {"F6_E2M3", 6, RL_DTYPE_OTHER},
    {"F6_E3M2", 6, RL_DTYPE_OTHER},
    {"F4", 4, RL_DTYPE_OTHER},
};

#define DTYPE_COUNT (sizeof dtypes / sizeof dtypes[0])

const rl_dtype_info *rl_dtype_find(const char *name) {
    for (size_t i = 0; i < DTYPE_COUNT; i++) {
        if (strcmp(dtypes[i].name, name) == 0) {
            return &dtypes[i];
        }
    }
    return NULL;
}

const rl_dtype_info *rl_dtype_of(rl_dtype dtype) {
    for (size_t i = 0; i < DTYPE_COUNT; i++) {
        if (dtypes[i].dtype == dtype && dtype != RL_DTYPE_OTHER) {
            return &dtypes[i];
        }
    }
    return NULL;
}

static float float_from_bits(uint32_t bits) {
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* Exact, since every half is a float: NaN payloads, infinities and subnormals included. */
static float float_from_half(uint16_t half) {
    uint32_t sign = (uint32_t)(half >> 15) << 31;
    uint32_t exponent = half >> 10 & 0x1F, fraction = half & 0x3FF;
    if (exponent == 0) { /* zero or subnormal: fraction * 2^-24 */
        float magnitude = (float)fraction * 0x1p-24f;
        return sign ? -magnitude : magnitude;
    }
    uint32_t wide = exponent == 0x1F ? 0xFF : exponent + (127 - 15);
    return float_from_bits(sign | wide << 23 | fraction << 13);
}

static uint16_t load_u16(const uint8_t *data) {
    uint16_t value;
    memcpy(&value, data, sizeof value);
    return value;
}

static void halves_to_floats(const uint8_t *data, float *values, size_t count) {
    for (size_t i = 0; i < count; i++) {
        values[i] = float_from_half(load_u16(data + 2 * i));
    }
}

static void bfloats_to_floats(const uint8_t *data, float *values, size_t count) {
    for (size_t i = 0; i < count; i++) {
        values[i] = float_from_bits((uint32_t)load_u16(data + 2 * i) << 16);
    }
}

static void doubles_to_floats(const uint8_t *data, float *values, size_t count) {
    for (size_t i = 0; i < count; i++) {
        double value;
        memcpy(&value, data + 8 * i, sizeof value);
        values[i] = (float)value;
    }
}

rl_status rl_tensor_to_floats(const rl_tensor *tensor, float *values, size_t count,
                              rl_error *error) {
    const rl_dtype_info *info = rl_dtype_of(tensor->dtype);
    bool floating = tensor->dtype == RL_DTYPE_F64 || tensor->dtype == RL_DTYPE_F32 ||
                    tensor->dtype == RL_DTYPE_F16 || tensor->dtype == RL_DTYPE_BF16;
    if (!floating) {
        return rl_fail(error, RL_ERROR_MISMATCH,
                       "tensor '%s' has elements of type %s, expected F32, F16, BF16 or F64",
                       tensor->name, info ? info->name : "other");
    }
    size_t elements = tensor->size / (info->bits / 8);
    if (elements != count) {
        return rl_fail(error, RL_ERROR_MISMATCH, "tensor '%s' has %zu elements, expected %zu",
                       tensor->name, elements, count);
    }
    if (tensor->dtype == RL_DTYPE_F64) {
        doubles_to_floats(tensor->data, values, count);
    } else if (tensor->dtype == RL_DTYPE_F16) {
        halves_to_floats(tensor->data, values, count);
    } else if (tensor->dtype == RL_DTYPE_BF16) {
        bfloats_to_floats(tensor->data, values, count);
    } else if (count > 0) {
        memcpy(values, tensor->data, count * sizeof *values);
    }
    return RL_OK;
}
