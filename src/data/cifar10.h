/* The bytes of one file in CIFAR-10 binary layout, apart from the file system so that tests and
 * fuzzers can feed them directly. */
#ifndef RL_DATA_CIFAR10_H
#define RL_DATA_CIFAR10_H

#include "data/dataset.h"

#define RL_CIFAR10_RECORD (1 + RL_IMAGE_BYTES) /* label, then R, G and B planes */
#define RL_CIFAR10_CLASSES 10

/* Number of records in a file of `size` bytes; an error unless size is a positive multiple of the
 * record. `path` is for messages. */
rl_status rl_cifar10_count(size_t *count, const char *path, uint64_t size, rl_error *error);

/* Converts `count` records to interleaved pixels and labels. */
rl_status rl_cifar10_parse(const uint8_t *records, size_t count, uint8_t *pixels, uint16_t *labels,
                           const char *path, rl_error *error);

/* Splits the text of batches.meta.txt (modified in place) into exactly ten names. */
rl_status rl_cifar10_parse_names(char *text, const char *names[RL_CIFAR10_CLASSES],
                                 const char *path, rl_error *error);

#endif
