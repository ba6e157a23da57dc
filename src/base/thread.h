/* Threads of the library: every one of them is started here. */
#ifndef RL_BASE_THREAD_H
#define RL_BASE_THREAD_H

#include <pthread.h>

typedef void *rl_thread_function(void *argument);

/* Starts function(argument) with a stack of a size of its own (the system's choice follows `ulimit
 * -s`, and may be too small), and with signals left to the caller's threads. 0, or the number of
 * the error: the system gives no thread. */
int rl_thread_start(pthread_t *thread, rl_thread_function *function, void *argument);

/* For tests only: of the threads to be started from now on, number `count` (0: the very next) and
 * all after it are not to be had; -1 switches it off. */
void rl_thread_fail_after(long count);

#endif
