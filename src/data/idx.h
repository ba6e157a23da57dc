/* IDX files, the layout of MNIST: a header with the type of the values and up to three dimensions,
 * big-endian, then the values. The file's bytes, gzipped or not, apart from the file system so that
 * tests and fuzzers can feed them directly. */
#ifndef RL_DATA_IDX_H
#define RL_DATA_IDX_H

#include "reslab.h"

#include <stddef.h>
#include <stdint.h>

#define RL_IDX_COUNT_MAX 10000000 /* items of a file: 30 GB of images, or ten million labels */
#define RL_IDX_SIDE_MAX 4096      /* of an image */

typedef enum { RL_IDX_LABELS = 1, RL_IDX_IMAGES = 3 } rl_idx_kind; /* how many dimensions */

typedef struct {
    size_t count;         /* items: labels or images */
    size_t height, width; /* of an image; 1 and 1 for labels */
} rl_idx_shape;

typedef struct rl_idx rl_idx;

/* Reads the header and checks all that it says: *idx then hands out the items. `bytes` and `path`,
 * which is for messages, must outlive it. */
rl_status rl_idx_open(rl_idx **idx, rl_idx_kind kind, const uint8_t *bytes, size_t size,
                      const char *path, rl_error *error);
void rl_idx_free(rl_idx *idx);

rl_idx_shape rl_idx_get_shape(const rl_idx *idx);

/* The next `items` items, height * width bytes each, of which there must be so many left. With the
 * last one the file must end, and a gzipped one have the right checksum. */
rl_status rl_idx_read(rl_idx *idx, uint8_t *values, size_t items, rl_error *error);

#endif
