/* One function for the whole process, since notices come from layers that know no caller. */
#include "base/notice.h"

#include "base/error.h"

#include <pthread.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static rl_notice_function *receiver;
static void *receiver_context;

void rl_set_notice_function(rl_notice_function *function, void *context) {
    pthread_mutex_lock(&mutex);
    receiver = function;
    receiver_context = context;
    pthread_mutex_unlock(&mutex);
}

void rl_notice(const char *format, ...) {
    char message[sizeof((rl_error *)NULL)->message];
    va_list list;
    va_start(list, format);
    rl_message_format(message, sizeof message, format, list);
    va_end(list);
    /* The lock is held during the call: notices come one at a time, and none comes after the
     * function was taken away. */
    pthread_mutex_lock(&mutex);
    if (receiver)
        receiver(message, receiver_context);
    pthread_mutex_unlock(&mutex);
}
