/* The SHA-256 of a file's bytes. */
#ifndef RL_DATA_CHECKSUM_H
#define RL_DATA_CHECKSUM_H

#include "base/digest.h"
#include "reslab.h"

/* In hex, lower case. */
rl_status rl_file_sha256(const char *path, char text[RL_DIGEST_TEXT], rl_error *error);

#endif
