/* Opening files for writing. */
#ifndef RL_BASE_OPEN_H
#define RL_BASE_OPEN_H

#include <stdio.h>
#include <sys/types.h>

/* open with O_CLOEXEC that never answers with a descriptor of 0 to 2: in a process that was started
 * with one of them closed, the caller's next line of progress would land in the file. -1 and errno
 * on failure. */
int rl_open(const char *path, int flags, mode_t mode);

/* The same as a stream: `flags` for rl_open, `mode` for fdopen. */
FILE *rl_open_stream(const char *path, int flags, const char *mode);

/* Moves a descriptor out of 0 to 2, where it is one of them; -1, and it is closed, on failure. */
int rl_above_standard(int descriptor);

#endif
