#include "base/thread.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>

/* Only what is touched takes memory. The deepest frames are those of image decoders;
 * ThreadSanitizer keeps 800 kB of its own there. */
enum { STACK_BYTES = 2 << 20 };

/* Signals are the program's business: a thread of ours must not be the one that receives them.
 * Those that a thread causes itself stay, since the system kills what blocks them. */
static void set_of_others(sigset_t *set) {
    static const int own[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGSYS};
    sigfillset(set);
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        sigdelset(set, own[i]);
}

static atomic_long threads_left = -1;

void rl_thread_fail_after(long count) {
    atomic_store(&threads_left, count);
}

static bool is_to_be_had(void) {
    long left = atomic_load(&threads_left);
    while (left > 0 && !atomic_compare_exchange_weak(&threads_left, &left, left - 1)) {
    }
    return left != 0;
}

int rl_thread_start(pthread_t *thread, rl_thread_function *function, void *argument) {
    if (!is_to_be_had())
        return EAGAIN;
    pthread_attr_t attributes;
    int reason = pthread_attr_init(&attributes);
    if (reason != 0)
        return reason;
    sigset_t others, before;
    set_of_others(&others);
    pthread_attr_setstacksize(&attributes, STACK_BYTES);
    pthread_sigmask(SIG_BLOCK, &others, &before);
    reason = pthread_create(thread, &attributes, function, argument);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    return reason;
}
