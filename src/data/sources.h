/* Where data sets are downloaded from, and what their files must be. Sizes and SHA-256 are those of
 * the publishers' files; whatever else arrives under their names is refused. */
#ifndef RL_DATA_SOURCES_H
#define RL_DATA_SOURCES_H

#include "reslab.h"

#include "data/archive.h"

typedef struct {
    const char *name; /* on the server */
    uint64_t size;
    const char *sha256; /* in hex, lower case */
} rl_remote_file;

typedef struct {
    rl_data_source about;        /* about.bytes is the sum over `files` */
    const rl_remote_file *files; /* [about.files] */
    /* What to take out of the only file, a tar.gz archive; NULL where files are kept as they are.
     */
    const rl_archive_member *members;
    size_t member_count;
} rl_source_row;

/* The row of the data set `name`; NULL when it is unknown. */
const rl_source_row *rl_source_find(const char *name);

#endif
