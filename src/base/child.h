/* Work of libraries that end the process when memory or threads run out, or that may never return:
 * done in a child process, so that it ends the child. */
#ifndef RL_BASE_CHILD_H
#define RL_BASE_CHILD_H

#include "base/buffer.h"

/* What the child does: fills `result`, or fails. It may allocate and use libraries, but start no
 * work that outlives it, and writes no file: what it leaves behind, nobody removes. */
typedef rl_status rl_child_task(rl_buffer *result, const void *context, rl_error *error);

/* Runs task(result, context, error) in a copy of this process, without its threads, and brings back
 * what it put into `result`, which the caller clears, or its error. The child prints nothing, has
 * no descriptors and leaves no core file. Where there is no child to be had, or it is ended by a
 * signal or not done after `seconds`: RL_ERROR_MEMORY, "`what`: ..." with the reason and the last
 * line that it wrote to standard error. */
rl_status rl_child_run(rl_child_task *task, const void *context, const char *what, double seconds,
                       rl_buffer *result, rl_error *error);

#endif
