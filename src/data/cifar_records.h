/* The bytes of a file of CIFAR-10 or CIFAR-100 in binary layout, apart from the file system so that
 * tests and fuzzers can feed them directly. */
#ifndef RL_DATA_CIFAR_RECORDS_H
#define RL_DATA_CIFAR_RECORDS_H

#include "data/dataset.h"

/* A record: its labels, a byte each, then the planes R, G and B of a 32x32 image. */
typedef struct {
    const char *set; /* for messages */
    size_t label_count;
    struct {
        const char *name; /* for messages */
        size_t classes;
    } labels[2];
} rl_cifar_layout;

extern const rl_cifar_layout rl_cifar10_layout;
extern const rl_cifar_layout rl_cifar100_layout;

enum { RL_CIFAR100_COARSE = 0, RL_CIFAR100_FINE = 1 }; /* its labels */

size_t rl_cifar_record_size(const rl_cifar_layout *layout);

/* Number of records in a file of `size` bytes; an error unless size is a positive multiple of the
 * record. `path` is for messages. */
rl_status rl_cifar_count(size_t *count, const rl_cifar_layout *layout, uint64_t size,
                         const char *path, rl_error *error);

/* Converts `count` records to interleaved pixels and to their labels number `label`. The labels
 * that are not wanted must be in range too: one that is not means damage. */
rl_status rl_cifar_parse(const uint8_t *records, size_t count, const rl_cifar_layout *layout,
                         size_t label, uint8_t *pixels, uint16_t *labels, const char *path,
                         rl_error *error);

#endif
