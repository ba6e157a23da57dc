/* safetensors files: a reader that trusts no number in the file, and a writer whose files other
 * readers take. Names no model and no layout: tensors are names, shapes and bytes. */
#ifndef RL_FORMAT_SAFETENSORS_H
#define RL_FORMAT_SAFETENSORS_H

#include "reslab.h"

#include <stdint.h>

#define RL_MAX_RANK 4

typedef enum {
    RL_DTYPE_F64,
    RL_DTYPE_F32,
    RL_DTYPE_F16,
    RL_DTYPE_BF16,
    RL_DTYPE_I64,
    RL_DTYPE_I32,
    RL_DTYPE_U8,
    RL_DTYPE_OTHER /* legal in the format, opaque here */
} rl_dtype;

typedef struct {
    const char *name;
    rl_dtype dtype;
    size_t rank; /* above RL_MAX_RANK is legal in a file: shape then holds only the first ones */
    uint64_t shape[RL_MAX_RANK];
    const void
        *data;     /* little-endian, possibly unaligned when read from a file; NULL before that */
    size_t size;   /* bytes */
    size_t offset; /* in a file that was opened: of its data, from where data begin */
} rl_tensor;

typedef struct rl_safetensors rl_safetensors;

/* The metadata's key for the SHA-256, in hex, of the whole file with 64 zeros in the place of the
 * value. A file that has it is read only where that is right; others are taken as they are. */
#define RL_SAFETENSORS_CHECKSUM "reslab.checksum"

/* Opens the file and checks its header, against its own size too; no data are read yet, whose size
 * is the file's to claim. The file may be replaced afterwards. */
rl_status rl_safetensors_open(rl_safetensors **file, const char *path, rl_error *error);

/* Reads the data of an opened file and checks them against the checksum. Of one that has its data,
 * RL_OK at once. */
rl_status rl_safetensors_load(rl_safetensors *file, rl_error *error);

/* Both. */
rl_status rl_safetensors_read(rl_safetensors **file, const char *path, rl_error *error);

/* The same from bytes (fuzzing, embedding); `name` is used in messages. `bytes` is copied. */
rl_status rl_safetensors_parse(rl_safetensors **file, const void *bytes, size_t size,
                               const char *name, rl_error *error);
void rl_safetensors_free(rl_safetensors *file);

size_t rl_safetensors_count(const rl_safetensors *file);
/* In file order. Pointers live as long as `file`. */
const rl_tensor *rl_safetensors_at(const rl_safetensors *file, size_t index);
const rl_tensor *rl_safetensors_find(const rl_safetensors *file, const char *name);
/* A value of __metadata__, or NULL. */
const char *rl_safetensors_metadata(const rl_safetensors *file, const char *key);

/* All of them, in no particular order: how many, and the key of number `index`, its value in
 * *value. */
size_t rl_safetensors_metadata_count(const rl_safetensors *file);
const char *rl_safetensors_metadata_at(const rl_safetensors *file, size_t index,
                                       const char **value);

/* Converts `tensor` (F64, F32, F16 or BF16) to `count` floats; RL_ERROR_MISMATCH for another
 * dtype or element count. */
rl_status rl_tensor_to_floats(const rl_tensor *tensor, float *values, size_t count,
                              rl_error *error);

/* The number of the first element of a tensor of such a type that is no finite float, or less than
 * `minimum`; the count of elements when there is none. *value = what it is as a float. */
size_t rl_tensor_find_bad(const rl_tensor *tensor, float minimum, float *value);

/* Writes atomically (rl_file_replace). metadata: pairs key, value, ..., NULL; or NULL. The value of
 * RL_SAFETENSORS_CHECKSUM is computed here, whatever it is given as. Tensors may come in any order.
 */
rl_status rl_safetensors_write(const char *path, const rl_tensor *tensors, size_t count,
                               const char *const *metadata, rl_error *error);

#endif
