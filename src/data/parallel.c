/* Fixed partition of a loop over plain threads: this layer is not linked with OpenMP, and the work
 * is a single loop that takes a second at most. */
#include "data/parallel.h"

#include "base/memory.h"

#include <pthread.h>
#include <sched.h>
#include <stdbool.h>

#define THREADS_MAX 64

typedef struct {
    pthread_t thread;
    bool running;
    size_t begin, end;
    rl_parallel_body *body;
    void *context;
} share;

static void *run_share(void *argument) {
    share *s = argument;
    s->body(s->begin, s->end, s->context);
    return NULL;
}

/* Cores this process may use, which in a container is fewer than the machine has. */
static size_t available_cores(void) {
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) != 0)
        return 1;
    return (size_t)CPU_COUNT(&set);
}

void rl_parallel_for(size_t count, rl_parallel_body *body, void *context) {
    share shares[THREADS_MAX];
    size_t threads = rl_max(1, rl_min(rl_min(available_cores(), THREADS_MAX), count));
    for (size_t t = 0; t < threads; t++) {
        share *s = &shares[t];
        /* count * t cannot overflow: items lie in memory and t < 64. */
        *s = (share){.begin = count * t / threads,
                     .end = count * (t + 1) / threads,
                     .body = body,
                     .context = context};
        bool last = t + 1 == threads;
        s->running = !last && pthread_create(&s->thread, NULL, run_share, s) == 0;
        if (!s->running)
            run_share(s);
    }
    for (size_t t = 0; t < threads; t++)
        if (shares[t].running)
            pthread_join(shares[t].thread, NULL);
}
