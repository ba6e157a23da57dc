/* The record of changes: a line a call, and the bytes that it wrote. It goes out in one piece. */
#include "shim.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static int file = -1;

static void __attribute__((constructor)) open_record(void) {
    const char *path = getenv("RL_FAULT_RECORD");
    if (path)
        file = (int)syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC,
                            0666);
}

bool record_begin(void) {
    if (file < 0)
        return false;
    pthread_mutex_lock(&mutex);
    return true;
}

void record_line(const char *format, ...) {
    char line[8300];
    const int reason = errno;
    va_list rest;
    va_start(rest, format);
    const int length = vsnprintf(line, sizeof line - 1, format, rest);
    va_end(rest);
    if (length > 0 && length < (int)sizeof line - 1) {
        line[length] = '\n';
        syscall(SYS_write, file, line, (size_t)length + 1);
    }
    errno = reason;
}

void record_data(const void *data, size_t size) {
    const int reason = errno;
    syscall(SYS_write, file, data, size);
    syscall(SYS_write, file, "\n", 1);
    errno = reason;
}

void record_end(void) {
    pthread_mutex_unlock(&mutex);
}
