/* The one door through which files are read. Whatever a name stands for is looked at before
 * anything is read of it: a named pipe would never end, a device may do anything, and a length that
 * was not expected must not become memory. */
#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/open.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sys/stat.h>
#include <unistd.h>

static rl_status examine(int file, uint64_t *size, const char *path, rl_error *error) {
    struct stat about;
    if (fstat(file, &about) != 0)
        return rl_fail_errno(error, "%s: cannot read", path);
    if (!S_ISREG(about.st_mode))
        return rl_fail(error, RL_ERROR_IO, "%s: is %s, expected a file", path,
                       S_ISDIR(about.st_mode) ? "a folder" : "not a regular file");
    *size = (uint64_t)about.st_size;
    return RL_OK;
}

rl_status rl_file_open(int *file, uint64_t *size, const char *path, rl_error *error) {
    *size = 0;
    /* Non-blocking, so that a named pipe is refused instead of waited for. */
    *file = rl_open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0);
    if (*file < 0)
        return rl_fail_errno(error, "%s: cannot open", path);
    const rl_status status = examine(*file, size, path, error);
    if (status != RL_OK) {
        close(*file);
        *file = -1;
    }
    return status;
}

rl_status rl_file_read_at(int file, const char *path, uint64_t offset, void *data, size_t size,
                          rl_error *error) {
    for (size_t done = 0; done < size;) {
        const ssize_t got = pread(file, (uint8_t *)data + done,
                                  rl_min(size - done, (size_t)1 << 30), (off_t)(offset + done));
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return rl_fail_errno(error, "%s: cannot read", path);
        if (got == 0)
            return rl_fail_at(error, RL_ERROR_IO, (long long)(offset + done),
                              "%s: ended at byte %" PRIu64 " of %" PRIu64 " while it was read",
                              path, offset + done, offset + size);
        done += (size_t)got;
    }
    return RL_OK;
}

rl_status rl_file_read(const char *path, size_t limit, uint8_t **data, size_t *size,
                       rl_error *error) {
    int file;
    uint64_t bytes;
    *data = NULL;
    *size = 0;
    rl_status status = rl_file_open(&file, &bytes, path, error);
    if (status != RL_OK)
        return status;
    uint8_t *content = NULL;
    if (bytes > limit || bytes == SIZE_MAX)
        status = rl_fail(error, RL_ERROR_FORMAT, "%s: has %" PRIu64 " bytes, expected at most %zu",
                         path, bytes, limit);
    else if (!(content = rl_alloc((size_t)bytes + 1, 1)))
        status =
            rl_fail(error, RL_ERROR_MEMORY, "%s: out of memory for %" PRIu64 " bytes", path, bytes);
    else
        status = rl_file_read_at(file, path, 0, content, (size_t)bytes, error);
    close(file);
    if (status != RL_OK) {
        rl_free(content);
        return status;
    }
    *data = content;
    *size = (size_t)bytes;
    return RL_OK;
}

size_t rl_file_read_start(const char *path, char *buffer, size_t size) {
    int file;
    uint64_t length; /* means nothing here */
    size_t used = 0;
    buffer[0] = '\0';
    if (rl_file_open(&file, &length, path, NULL) != RL_OK)
        return 0;
    while (used < size - 1) {
        const ssize_t got = read(file, buffer + used, size - 1 - used);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        used += (size_t)got;
    }
    close(file);
    buffer[used] = '\0';
    return used;
}
