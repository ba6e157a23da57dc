/* Streams whose reads and writes are calls that can fail and be recorded. */
#include "shim.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

void *__libc_malloc(size_t size);
void __libc_free(void *memory);

/* One open stream. The program may ask for its descriptor (fileno). */
typedef struct opened {
    struct opened *next;
    FILE *stream;
    int fd;
} opened;

static opened *first;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static ssize_t read_stream(void *cookie, char *data, size_t size) {
    return shim_read(((opened *)cookie)->fd, data, size, __builtin_return_address(0));
}

/* As the C library's own: until all is written or a write fails. 0 tells of a failure. */
static ssize_t write_stream(void *cookie, const char *data, size_t size) {
    size_t done = 0;
    while (done < size) {
        const ssize_t some = shim_write(((opened *)cookie)->fd, data + done, size - done,
                                        __builtin_return_address(0));
        if (some <= 0)
            return (ssize_t)done;
        done += (size_t)some;
    }
    return (ssize_t)done;
}

static int seek_stream(void *cookie, off64_t *offset, int whence) {
    const off64_t at = lseek64(((opened *)cookie)->fd, *offset, whence);
    if (at < 0)
        return -1;
    *offset = at;
    return 0;
}

static int close_stream(void *cookie) {
    opened *self = cookie;
    pthread_mutex_lock(&mutex);
    for (opened **at = &first; *at; at = &(*at)->next)
        if (*at == self) {
            *at = self->next;
            break;
        }
    pthread_mutex_unlock(&mutex);
    const int result = shim_close(self->fd, __builtin_return_address(0));
    const int reason = errno;
    __libc_free(self);
    errno = reason;
    return result;
}

FILE *shim_stream(int fd, const char *mode) {
    static const cookie_io_functions_t calls = {read_stream, write_stream, seek_stream,
                                                close_stream};
    opened *self = __libc_malloc(sizeof *self);
    if (!self)
        return NULL;
    *self = (opened){.fd = fd, .stream = fopencookie(self, mode, calls)};
    if (!self->stream) {
        __libc_free(self);
        return NULL;
    }
    pthread_mutex_lock(&mutex);
    self->next = first;
    first = self;
    pthread_mutex_unlock(&mutex);
    return self->stream;
}

static int mode_flags(const char *mode) {
    const int access = strchr(mode, '+') ? O_RDWR : mode[0] == 'r' ? O_RDONLY : O_WRONLY;
    const int create = mode[0] == 'w' ? O_CREAT | O_TRUNC : mode[0] == 'a' ? O_CREAT | O_APPEND : 0;
    return access | create | (strchr(mode, 'e') ? O_CLOEXEC : 0) | (strchr(mode, 'x') ? O_EXCL : 0);
}

FILE *fopen(const char *path, const char *mode) {
    const int fd =
        shim_open_at(AT_FDCWD, path, mode_flags(mode), 0666, __builtin_return_address(0));
    if (fd < 0)
        return NULL;
    FILE *stream = shim_stream(fd, mode);
    if (!stream)
        close(fd);
    return stream;
}

FILE *fopen64(const char *path, const char *mode) __attribute__((alias("fopen")));

FILE *fdopen(int fd, const char *mode) {
    return shim_stream(fd, mode);
}

int fileno(FILE *stream) {
    static int (*next)(FILE * stream);
    int fd = -1;
    pthread_mutex_lock(&mutex);
    for (const opened *at = first; at && fd < 0; at = at->next)
        if (at->stream == stream)
            fd = at->fd;
    pthread_mutex_unlock(&mutex);
    if (fd >= 0)
        return fd;
    if (!next)
        next = (int (*)(FILE *))next_symbol("fileno");
    return next(stream);
}

int fileno_unlocked(FILE *stream) {
    return fileno(stream);
}
