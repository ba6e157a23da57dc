/* Unfinished files: what is written under a name of its own before it is given its place. Each is
 * locked while its writer lives, so that whoever comes later can tell what a killed process has
 * left behind from what another one is writing, on whichever machine. */
#ifndef RL_BASE_TEMPORARY_H
#define RL_BASE_TEMPORARY_H

#include <limits.h>
#include <stdbool.h>

typedef struct {
    char path[PATH_MAX];
    int lock;      /* a descriptor of the file; the lock lasts until it is closed */
    int signalled; /* its place among what rl_discard_unfinished removes; -1 for none */
} rl_temporary;

/* Creates a new file in the folder that `target` lies in, whose abandoned ones are removed first;
 * an old `target` gives it owner and mode. Returns a descriptor to write it with, for the caller to
 * close; -1 and errno on failure. */
int rl_temporary_create(rl_temporary *temporary, const char *target);

/* Gives the file its place, or removes it. errno is kept by the latter. */
bool rl_temporary_rename(rl_temporary *temporary, const char *target);
void rl_temporary_remove(rl_temporary *temporary);

/* Removes what killed processes have left in `folder`: files that nobody has locked. Where the
 * file system has no locks, those that were last written more than a day ago. */
void rl_temporary_sweep(const char *folder);

/* Is this the name of an unfinished file? */
bool rl_temporary_is_name(const char *name);

#endif
