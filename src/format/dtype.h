/* Element types of safetensors files. */
#ifndef RL_FORMAT_DTYPE_H
#define RL_FORMAT_DTYPE_H

#include "format/safetensors.h"

/* The dtype of a header's name; RL_DTYPE_OTHER for the format's other types. *size is the size of
 * an element in bytes, 0 for a name that the format does not know. */
rl_dtype rl_dtype_find(const char *name, size_t *size);

/* "F32", ...; NULL for RL_DTYPE_OTHER. */
const char *rl_dtype_name(rl_dtype dtype);
size_t rl_dtype_size(rl_dtype dtype);

#endif
