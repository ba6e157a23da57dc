/* A stack of a few kB is used up in the middle of the work, most often in a library that draws or
 * resolves a name, and then a signal ends the program. A thread's stack does not fall under the
 * limit: where the first thread's is small, the work is done by another. */
#include "stack.h"

#include "print.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

/* Deepest are drawings: 200 kB with the fonts' configuration. Under sanitizers frames are several
 * times as large. */
enum { ENOUGH = 1 << 20, OWN = 8 << 20 };

typedef struct {
    stack_work *work;
    int count;
    char **words;
    int result;
} call;

static void *carry_out(void *context) {
    call *c = context;
    c->result = c->work(c->count, c->words);
    return NULL;
}

static size_t limit(void) {
    struct rlimit stack;
    return getrlimit(RLIMIT_STACK, &stack) == 0 ? stack.rlim_cur : ENOUGH;
}

/* Threads that libraries start take the size that is set here, else the limit's. */
static void enlarge_default(pthread_attr_t *attributes) {
    size_t size;
    if (pthread_getattr_default_np(attributes) == 0) {
        if (pthread_attr_getstacksize(attributes, &size) == 0 && size < ENOUGH &&
            pthread_attr_setstacksize(attributes, ENOUGH) == 0)
            pthread_setattr_default_np(attributes);
        pthread_attr_destroy(attributes);
    }
}

int stack_run(stack_work *work, int count, char **words) {
    pthread_attr_t attributes;
    enlarge_default(&attributes);
    if (limit() >= ENOUGH)
        return work(count, words);
    call c = {work, count, words, EXIT_FAILURE};
    pthread_t thread;
    int reason = pthread_attr_init(&attributes);
    if (reason == 0) {
        pthread_attr_setstacksize(&attributes, OWN);
        reason = pthread_create(&thread, &attributes, carry_out, &c);
        pthread_attr_destroy(&attributes);
    }
    if (reason != 0) {
        print_error(
            "the stack is limited to %zu kB (ulimit -s), expected %d or more, and the system "
            "gives no other: %s",
            limit() >> 10, ENOUGH >> 10, strerror(reason));
        return EXIT_FAILURE;
    }
    pthread_join(thread, NULL);
    return c.result;
}
