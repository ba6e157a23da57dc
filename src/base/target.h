/* What the path of an output stands for: a file that is to be replaced, at the end of any symbolic
 * links, or something that is written into as it is: a device, a pipe, an open descriptor. */
#ifndef RL_BASE_TARGET_H
#define RL_BASE_TARGET_H

#include "reslab.h"

#include <limits.h>
#include <stdbool.h>
#include <sys/types.h>

typedef struct {
    bool replaced;       /* the file `path`, or what will be it; otherwise written into */
    char path[PATH_MAX]; /* with its symbolic links followed, if it is replaced */
    mode_t mode;         /* of what is there; 0 for nothing */
    int descriptor;      /* of this process that `path` names (/dev/fd/3); -1 for none */
} rl_target;

/* Follows `path`. Links that another user has put into a folder where everybody may write are
 * refused; so are folders, sockets and block devices. */
rl_status rl_target_find(rl_target *target, const char *path, rl_error *error);

/* Opens what is written into; the caller closes it. Waits some seconds for the reader of a named
 * pipe. */
rl_status rl_target_open(int *descriptor, const rl_target *target, const char *path,
                         rl_error *error);

/* Would rl_target_open be allowed to? Opens nothing. */
rl_status rl_target_check(const rl_target *target, const char *path, rl_error *error);

#endif
