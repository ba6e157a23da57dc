/* CIFAR-100 folders for tests, made at run time. */
#ifndef RL_TESTS_DATA_CIFAR100_FILES_H
#define RL_TESTS_DATA_CIFAR100_FILES_H

#include "data/fixtures.h"

#define CIFAR100_RECORD 3074

/* `count` records; record r has fine label (first + r) % 100, and the coarse one is a fifth of it.
 */
static inline void write_cifar100_file(const char *name, size_t first, size_t count) {
    uint8_t *bytes = malloc(count * CIFAR100_RECORD + 1);
    assert_non_null(bytes);
    for (size_t r = 0; r < count; r++) {
        uint8_t *record = bytes + r * CIFAR100_RECORD;
        record[1] = (uint8_t)((first + r) % 100);
        record[0] = (uint8_t)(record[1] / 5);
        for (size_t c = 0; c < 3; c++)
            for (size_t y = 0; y < 32; y++)
                for (size_t x = 0; x < 32; x++)
                    record[2 + c * 1024 + y * 32 + x] = test_pixel(first + r, y, x, c);
    }
    write_file(name, bytes, count * CIFAR100_RECORD);
    free(bytes);
}

/* A file with the names <kind> 0, <kind> 1, ... */
static inline void write_cifar100_names(const char *name, const char *kind, size_t count) {
    char text[100 * 16];
    size_t length = 0;
    for (size_t i = 0; i < count; i++)
        length += (size_t)snprintf(text + length, sizeof text - length, "%s %zu\n", kind, i);
    write_file(name, text, length);
}

/* A complete folder of 110 training images, from label 0 on, and 7 test images, from label 50 on.
 */
static inline void write_cifar100(const char *folder) {
    char name[PATH_MAX];
    make_folder(folder);
    snprintf(name, sizeof name, "%s/train.bin", folder);
    write_cifar100_file(name, 0, 110);
    snprintf(name, sizeof name, "%s/test.bin", folder);
    write_cifar100_file(name, 50, 7);
    snprintf(name, sizeof name, "%s/fine_label_names.txt", folder);
    write_cifar100_names(name, "fine", 100);
    snprintf(name, sizeof name, "%s/coarse_label_names.txt", folder);
    write_cifar100_names(name, "coarse", 20);
}

#endif
