/* The element types of safetensors files: name, size, and what they are here. */
#ifndef RL_FORMAT_DTYPE_H
#define RL_FORMAT_DTYPE_H

#include "format/safetensors.h"

typedef struct {
    const char *name;
    unsigned bits; /* of one element; below 8 for packed types */
    rl_dtype dtype;
} rl_dtype_info;

/* NULL when the format knows no such type. */
const rl_dtype_info *rl_dtype_find(const char *name);

/* NULL for RL_DTYPE_OTHER. */
const rl_dtype_info *rl_dtype_of(rl_dtype dtype);

#endif
