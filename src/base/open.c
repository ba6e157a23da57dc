#include "base/open.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

int rl_above_standard(int descriptor) {
    if (descriptor < 0 || descriptor > STDERR_FILENO)
        return descriptor;
    const int above = fcntl(descriptor, F_DUPFD_CLOEXEC, STDERR_FILENO + 1), reason = errno;
    close(descriptor);
    errno = reason;
    return above;
}

int rl_open(const char *path, int flags, mode_t mode) {
    return rl_above_standard(open(path, flags | O_CLOEXEC, mode));
}

FILE *rl_open_stream(const char *path, int flags, const char *mode) {
    const int descriptor = rl_open(path, flags, 0666);
    FILE *stream = descriptor >= 0 ? fdopen(descriptor, mode) : NULL;
    if (descriptor >= 0 && !stream) {
        const int reason = errno;
        close(descriptor);
        errno = reason;
    }
    return stream;
}
