/* Runs a fuzz target over the files of a corpus folder, without libFuzzer: each file as it is, cut
 * at many lengths, and with single bytes changed. This keeps found crashes found, and gives every
 * parser its truncated and mutated inputs in the normal test run. */
#include "fuzz.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_LIMIT ((size_t)1 << 20)
#define CUTS 128       /* lengths tried, evenly spaced */
#define FLIPS 512      /* positions changed, evenly spaced */
#define DENSE_BYTES 96 /* every position of the start, where headers are */

/* The input in memory of its exact size, so that a sanitizer sees any read past its end. */
static void run_exact(const uint8_t *data, size_t size) {
    uint8_t *copy = malloc(size ? size : 1);
    if (!copy) {
        fprintf(stderr, "out of memory\n");
        exit(1);
    }
    if (size)
        memcpy(copy, data, size);
    LLVMFuzzerTestOneInput(copy, size);
    free(copy);
}

static size_t stride(size_t size, size_t count) {
    return size / count + 1;
}

static void run_mutations(uint8_t *data, size_t size) {
    static const uint8_t changes[] = {0x01, 0x80, 0xff};
    run_exact(data, size);
    for (size_t cut = 0; cut < size; cut += cut < DENSE_BYTES ? 1 : stride(size, CUTS))
        run_exact(data, cut);
    for (size_t at = 0; at < size; at += at < DENSE_BYTES ? 1 : stride(size, FLIPS))
        for (size_t i = 0; i < sizeof changes; i++) {
            data[at] ^= changes[i];
            run_exact(data, size);
            data[at] ^= changes[i];
        }
}

static int run_file(const char *path) {
    static uint8_t data[FILE_LIMIT];
    FILE *file = fopen(path, "rb");
    if (!file) {
        perror(path);
        return 1;
    }
    size_t size = fread(data, 1, sizeof data, file);
    int failed = ferror(file) || size == sizeof data;
    fclose(file);
    if (failed) {
        fprintf(stderr, "%s: cannot read, or above %zu bytes\n", path, FILE_LIMIT);
        return 1;
    }
    run_mutations(data, size);
    return 0;
}

int main(int argc, char **argv) {
    if (argc != 2) {
        fprintf(stderr, "usage: %s CORPUS_FOLDER\n", argv[0]);
        return 2;
    }
    DIR *folder = opendir(argv[1]);
    if (!folder) {
        perror(argv[1]);
        return 1;
    }
    size_t files = 0;
    int failed = 0;
    const struct dirent *entry;
    while ((entry = readdir(folder))) {
        char path[PATH_MAX];
        if (entry->d_name[0] == '.')
            continue;
        snprintf(path, sizeof path, "%s/%s", argv[1], entry->d_name);
        failed |= run_file(path);
        files++;
    }
    closedir(folder);
    printf("%zu files\n", files);
    if (files == 0)
        fprintf(stderr, "%s: an empty corpus tests nothing\n", argv[1]);
    return failed || files == 0;
}
