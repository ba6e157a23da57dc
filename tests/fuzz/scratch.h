/* For targets of what reads folders: a folder in memory, its files, and a few images. */
#ifndef RL_FUZZ_SCRATCH_H
#define RL_FUZZ_SCRATCH_H

#include "fuzz.h"

#include "reslab.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SCRATCH_PATH = 1024 };
static char scratch_root[64];

static inline int scratch_remove_entry(const char *path, const struct stat *info, int type,
                                       struct FTW *walk) {
    (void)info, (void)type, (void)walk;
    return remove(path);
}

/* Removes a file, or a folder with all that is in it; links are not followed. */
static inline void scratch_remove(const char *path) {
    nftw(path, scratch_remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

static inline void scratch_end(void) {
    scratch_remove(scratch_root);
}

/* The folder of this process, made at the first call and removed at the end. */
static inline const char *scratch(void) {
    if (scratch_root[0])
        return scratch_root;
    snprintf(scratch_root, sizeof scratch_root, "%s/reslab-fuzz-XXXXXX",
             access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    if (!mkdtemp(scratch_root))
        abort();
    atexit(scratch_end);
    return scratch_root;
}

/* "scratch/name" */
static inline const char *scratch_path(char path[SCRATCH_PATH], const char *name) {
    snprintf(path, SCRATCH_PATH, "%s/%s", scratch(), name);
    return path;
}

/* Writes a file below the folder; false where there is no such place. */
static inline bool scratch_write(const char *name, const void *data, size_t size) {
    char path[SCRATCH_PATH];
    const int file = open(scratch_path(path, name), O_WRONLY | O_CREAT | O_TRUNC, 0666);
    const bool done = file >= 0 && write(file, data, size) == (ssize_t)size;
    if (file >= 0)
        close(file);
    return done;
}

/* A PPM image of one colour. */
static inline size_t scratch_image(uint8_t image[3200], uint8_t colour) {
    const size_t heading = (size_t)sprintf((char *)image, "P6 32 32 255\n");
    memset(image + heading, colour, 32 * 32 * 3);
    return heading + 32 * 32 * 3;
}

/* What every refusal must be: a code and a message of one line. */
static inline void check_refusal(rl_status status, const rl_error *error) {
    if (error->code != status || !error->message[0] || strchr(error->message, '\n'))
        abort();
}

#endif
