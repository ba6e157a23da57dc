/* Files that stand for "a process works on this": locked while their descriptor is open, and free
 * again however that process ends. Locks of open file descriptions (Linux 3.15) rather than flock,
 * because they can be asked about without being taken for a moment, so that whoever only looks
 * never gets into a worker's way. On a network file system they reach other machines where it
 * passes locks on (NFS does); where it does not, only processes of one machine see each other's. */
#ifndef RL_BASE_LOCK_H
#define RL_BASE_LOCK_H

#include "reslab.h"

/* Locks the file `path`, making it when it is not there. *descriptor is to be closed to unlock; -1
 * on failure. RL_ERROR_EXISTS "<subject>: in use by another process" when it is locked,
 * RL_ERROR_LOCKS where the file system has no locks. */
rl_status rl_lock_take(int *descriptor, const char *path, const char *subject, rl_error *error);

/* rl_lock_take that waits for its turn. */
rl_status rl_lock_wait(int *descriptor, const char *path, rl_error *error);

/* Is this what the system says where a file system has no locks, as some of networks and clusters?
 */
bool rl_lock_is_impossible(int reason);

/* rl_lock_take, for what one process does at a time unless somebody makes a mistake: where the file
 * system has no locks, that is a notice, and *descriptor stays -1. */
rl_status rl_lock_try(int *descriptor, const char *path, const char *subject, rl_error *error);

/* Is the file locked, by this process or another? Changes nothing; false when there is none. */
bool rl_lock_is_taken(const char *path);

/* Unlocks; harmless on -1. */
void rl_lock_release(int *descriptor);

#endif
