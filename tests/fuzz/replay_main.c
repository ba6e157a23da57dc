/* Runs a fuzz target over the files of a corpus folder, without libFuzzer: each file as it is, cut
 * at many lengths, and with single bytes changed. This keeps found crashes found, and gives every
 * parser its truncated and mutated inputs in the normal test run. With a count and a seed, that
 * many random mutants instead; the number of the one that a target fails at is printed, and with it
 * as FIRST and a count of 1 that one is run alone. */
#include "fuzz.h"
#include "mutate.h"

#include <dirent.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FILE_LIMIT ((size_t)1 << 20)
#define CUTS 128       /* lengths tried, evenly spaced */
#define FLIPS 512      /* positions changed, evenly spaced */
#define DENSE_BYTES 96 /* every position of the start, where headers are */
#define FILES_MAX 1024
#define SECONDS_MAX 20 /* of one input */

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

static void run_changes(uint8_t *data, size_t size) {
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

/* A file of the corpus. */
typedef struct {
    char path[PATH_MAX];
    uint8_t *data;
    size_t size;
} input;

static int by_path(const void *a, const void *b) {
    return strcmp(((const input *)a)->path, ((const input *)b)->path);
}

static int read_input(input *file) {
    static uint8_t data[FILE_LIMIT];
    FILE *stream = fopen(file->path, "rb");
    if (!stream) {
        perror(file->path);
        return 1;
    }
    file->size = fread(data, 1, sizeof data, stream);
    const int failed = ferror(stream) || file->size == sizeof data;
    fclose(stream);
    if (failed)
        fprintf(stderr, "%s: cannot read, or above %zu bytes\n", file->path, FILE_LIMIT);
    file->data = failed ? NULL : malloc(file->size ? file->size : 1);
    if (file->data)
        memcpy(file->data, data, file->size);
    return !file->data;
}

/* The files of the corpus by name; 0 when one cannot be read. */
static size_t read_corpus(input *files, const char *path) {
    DIR *folder = opendir(path);
    size_t count = 0;
    int failed = 0;
    if (!folder) {
        perror(path);
        return 0;
    }
    for (const struct dirent *entry; (entry = readdir(folder)) && count < FILES_MAX;) {
        if (entry->d_name[0] == '.')
            continue;
        snprintf(files[count].path, PATH_MAX, "%s/%s", path, entry->d_name);
        failed |= read_input(&files[count++]);
    }
    closedir(folder);
    qsort(files, count, sizeof *files, by_path);
    if (count == 0)
        fprintf(stderr, "%s: an empty corpus tests nothing\n", path);
    return failed ? 0 : count;
}

/* The mutant that is being run. */
static struct {
    const char *program, *corpus;
    unsigned long long seed, index;
} current;

static void tell(void) {
    char text[2 * PATH_MAX];
    const int size = snprintf(text, sizeof text, "failed at: %s %s 1 %llu %llu\n", current.program,
                              current.corpus, current.seed, current.index);
    if (write(STDERR_FILENO, text, (size_t)size) < 0)
        return;
}

static void on_signal(int number) {
    tell();
    signal(number, SIG_DFL);
    raise(number);
}

/* Of the sanitizers, where they are built in. */
__attribute__((weak)) void __sanitizer_set_death_callback(void (*callback)(void));

static void run_mutants(const input *files, size_t file_count, unsigned long long count,
                        unsigned long long first) {
    static const int deaths[] = {SIGABRT, SIGALRM, SIGSEGV, SIGBUS, SIGFPE, SIGILL};
    static uint8_t data[2 * FILE_LIMIT];
    if (__sanitizer_set_death_callback)
        __sanitizer_set_death_callback(tell);
    for (size_t i = 0; i < (__sanitizer_set_death_callback ? 2 : sizeof deaths / sizeof *deaths);
         i++)
        signal(deaths[i], on_signal);
    for (size_t i = 0; i < file_count; i++)
        run_exact(files[i].data, files[i].size);
    for (current.index = first; current.index < first + count; current.index++) {
        const input *file = &files[current.index % file_count];
        memcpy(data, file->data, file->size);
        const size_t size = mutate(data, file->size, sizeof data, current.seed, current.index);
        alarm(SECONDS_MAX);
        run_exact(data, size);
    }
    alarm(0);
}

int main(int argc, char **argv) {
    static input files[FILES_MAX];
    if (argc != 2 && argc != 4 && argc != 5) {
        fprintf(stderr, "usage: %s CORPUS_FOLDER [COUNT SEED [FIRST]]\n", argv[0]);
        return 2;
    }
    const size_t file_count = read_corpus(files, argv[1]);
    if (file_count == 0)
        return 1;
    if (argc == 2) {
        for (size_t i = 0; i < file_count; i++)
            run_changes(files[i].data, files[i].size);
    } else {
        current.program = argv[0];
        current.corpus = argv[1];
        current.seed = strtoull(argv[3], NULL, 10);
        run_mutants(files, file_count, strtoull(argv[2], NULL, 10),
                    argc == 5 ? strtoull(argv[4], NULL, 10) : 0);
        printf("%s mutants of ", argv[2]);
    }
    printf("%zu files\n", file_count);
    for (size_t i = 0; i < file_count; i++)
        free(files[i].data);
    return 0;
}
