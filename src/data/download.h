/* One file over the network, or from a mirror on disk: goes on with what is there already, and ends
 * with exactly as many bytes as were expected. Whether they are the right ones is the caller's to
 * verify. */
#ifndef RL_DATA_DOWNLOAD_H
#define RL_DATA_DOWNLOAD_H

#include "reslab.h"

typedef struct {
    const char *url;
    bool any_scheme;  /* http:// and file:// too; redirects lead to https in any case */
    const char *path; /* the file, which may hold the first bytes already */
    uint64_t size;    /* that it is to have */
    /* `bytes` of the file are there; false stops. May be NULL. */
    bool (*progress)(void *context, uint64_t bytes, double bytes_per_second);
    void *context;
    unsigned stall_seconds;   /* below 1 kB a second for so long is the end; 0: 30 */
    const char *certificates; /* a file of those trusted; NULL: the system's */
} rl_download;

/* RL_STOPPED when `progress` said so, RL_ERROR_FORMAT when the file has another size on the server,
 * RL_ERROR_IO for everything else. On failure the file has what the next call can go on from, and
 * is not there when that is nothing. */
rl_status rl_download_run(const rl_download *download, rl_error *error);

#endif
