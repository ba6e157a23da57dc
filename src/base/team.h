/* Threads that share the items of a loop. What a loop computes must not depend on which of them
 * takes an item.
 *
 * Made for machines that others use too: a thread that has nothing to do sleeps after some
 * microseconds, and a loop ends when its items are done. It does not wait for threads that had no
 * core to begin with, so that more threads than cores, or a busy neighbour, cost little. */
#ifndef RL_BASE_TEAM_H
#define RL_BASE_TEAM_H

#include "reslab.h"

typedef struct rl_team rl_team;

/* Starts `members` - 1 threads; the caller of rl_team_run is the first member. Where the system
 * gives fewer, there are fewer, with a notice. RL_ERROR_MEMORY when there is no memory. */
rl_status rl_team_create(rl_team **team, int members, rl_error *error);

/* Ends the threads. In a child that a program has forked they are not there; then only the memory
 * is released. NULL does nothing. */
void rl_team_free(rl_team *team);

int rl_team_members(const rl_team *team);

typedef void rl_task(const void *context, size_t item, int member);

/* Runs task(context, item, member) for every item < count, member < rl_team_members, and returns
 * when all are done. One loop at a time; in a forked child the caller does it all. */
void rl_team_run(rl_team *team, size_t count, rl_task *task, const void *context);

#endif
