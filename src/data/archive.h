/* Known files out of a tar.gz archive. No path of the archive is ever used as a path: members are
 * told by comparing, and go where the caller puts them. What is not listed is passed over when it
 * is an ordinary small file or a folder inside the archive's own; an archive with anything else in
 * it (links, devices, "../x", "/x") is refused as a whole. */
#ifndef RL_DATA_ARCHIVE_H
#define RL_DATA_ARCHIVE_H

#include "reslab.h"

typedef struct {
    const char *path;           /* in the archive */
    uint64_t smallest, largest; /* bytes; at least 1 */
} rl_archive_member;

enum { RL_ARCHIVE_MEMBERS_MAX = 16 };

/* Gets the bytes of members[member] in order, one member after another. */
typedef rl_status rl_archive_sink(void *context, size_t member, const void *bytes, size_t size,
                                  rl_error *error);

/* Hands every member to `sink`, each once and whole, in the archive's order. `name` is what
 * messages call the archive. On an error the sink may have had some of them. */
rl_status rl_archive_parse(const void *data, size_t size, const char *name,
                           const rl_archive_member *members, size_t count, rl_archive_sink *sink,
                           void *context, rl_error *error);

/* The same from the file `path`, with every member as a file of `folder`, under what follows the
 * last '/' of its path. All of them or, on an error, none. */
rl_status rl_archive_extract(const char *path, const char *name, const rl_archive_member *members,
                             size_t count, const char *folder, rl_error *error);

/* What follows the last '/' of a member's path. */
const char *rl_archive_member_name(const rl_archive_member *member);

#endif
