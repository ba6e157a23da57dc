/* For LD_PRELOAD: every lock fails with the errno that the variable NO_LOCKS names, as on a file
 * system that has none. */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

int fcntl(int file, int command, ...) {
    va_list rest;
    va_start(rest, command);
    void *argument = va_arg(rest, void *);
    va_end(rest);
    const char *reason = getenv("NO_LOCKS"); /* NOLINT(concurrency-mt-unsafe): nothing sets it */
    const int is_lock = command == F_OFD_SETLK || command == F_OFD_SETLKW ||
                        command == F_OFD_GETLK || command == F_SETLK || command == F_SETLKW;
    if (is_lock && reason) {
        errno = (int)strtol(reason, NULL, 10);
        return -1;
    }
    return (int)syscall(SYS_fcntl, file, command, argument);
}

int fcntl64(int file, int command, ...) __attribute__((alias("fcntl")));
