/* Data sets that reslab downloads, verifies and puts where they are found by name. Part of the
 * public interface; reslab.h includes it, with the conventions stated there. */
#ifndef RESLAB_DATA_H
#define RESLAB_DATA_H

#include "reslab.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A data set that rl_data_get knows where to get. */
typedef struct {
    const char *name; /* "cifar10", for rl_data_get and, when it is there, for rl_dataset_open */
    const char *url;  /* of its archive or, ending in '/', of the folder with its files */
    size_t files;     /* to be downloaded */
    uint64_t bytes;   /* of all of them */
} rl_data_source;

/* The source number `index`, or NULL past the last. */
RL_API const rl_data_source *rl_data_source_at(size_t index);

typedef struct {
    const char *file;     /* the name of the file that is being downloaded */
    size_t number, files; /* 1-based; of how many */
    uint64_t bytes;       /* of this file, those of earlier tries included */
    uint64_t total;
    double bytes_per_second; /* of this try; 0 while unknown */
} rl_data_progress;

/* Called while a download goes on, at least once a second, from the thread of rl_data_get. Return
 * false to stop: rl_data_get returns RL_STOPPED, and the next call goes on from there. */
typedef bool rl_data_progress_function(const rl_data_progress *progress, void *context);

typedef struct {
    const char *name; /* of a source */
    const char *url;  /* of a mirror: an archive, or a folder with the files under their names; may
                         also be http:// or file://, as all that comes is verified. NULL: the
                         source's own, by https */
    const char *folder; /* where the set's own folder is made; NULL: $RESLAB_DATA or, where that is
                           not set, the folder reslab of the user's cache (~/.cache) */
    rl_data_progress_function *progress; /* may be NULL */
    void *context;
} rl_data_request;

typedef struct {
    char folder[1024]; /* with the set: <folder>/<name> */
    bool was_there;    /* nothing had to be done: every file is there, with its size and, unless it
                          came out of an archive, its SHA-256 */
} rl_data_result;

/* Downloads a data set, verifies size and SHA-256 of every file, takes out of an archive the files
 * it is known to have and no other, and moves the set's folder into place when it is whole. Until
 * then all lies in <folder>/<name>.part, of which only stays what the next call can go on from:
 * files that are verified, and the beginning of one where the connection broke, the server was
 * silent for 30 seconds, or progress asked to stop (RL_STOPPED). What is refused is removed at
 * once: RL_ERROR_FORMAT for another size or SHA-256 and for an archive that is not as expected.
 * Redirects are followed to https only. RL_ERROR_EXISTS when another process is at it, or when the
 * set's folder is there but not whole; RL_ERROR_ARGUMENT for an unknown name. `result` may be NULL.
 */
RL_API rl_status rl_data_get(const rl_data_request *request, rl_data_result *result,
                             rl_error *error);

#ifdef __cplusplus
}
#endif

#endif
