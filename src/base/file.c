/* Reading whole files, and replacing files so that a crash or a full disk at any moment leaves
 * either the old content or the new. The temporary is named after the process, not after the
 * target, so that long file names work; a symbolic link is replaced, not followed. */
#include "base/file.h"

#include "base/error.h"
#include "base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define TEMPORARY_PREFIX ".reslab-"
#define TEMPORARY_SUFFIX ".tmp"

/* Fills `data` from `fd`: exactly `size` bytes, or an error. */
static rl_status read_exactly(int fd, const char *path, uint8_t *data, size_t size,
                              rl_error *error) {
    size_t done = 0;
    while (done < size) {
        ssize_t got = read(fd, data + done, rl_min(size - done, (size_t)1 << 30));
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return rl_fail_errno(error, "%s: cannot read", path);
        }
        if (got == 0) {
            return rl_fail_at(error, RL_ERROR_IO, (long long)done,
                              "%s: ended at byte %zu of %zu while it was read", path, done, size);
        }
        done += (size_t)got;
    }
    return RL_OK;
}

static rl_status read_open(int fd, const char *path, size_t limit, uint8_t **data, size_t *size,
                           rl_error *error) {
    struct stat about;
    if (fstat(fd, &about) != 0) {
        return rl_fail_errno(error, "%s: cannot read", path);
    }
    if (!S_ISREG(about.st_mode)) {
        return rl_fail(error, RL_ERROR_IO, "%s: is %s, expected a file", path,
                       S_ISDIR(about.st_mode) ? "a folder" : "not a regular file");
    }
    if ((uintmax_t)about.st_size > limit) {
        return rl_fail(error, RL_ERROR_FORMAT, "%s: has %jd bytes, expected at most %zu", path,
                       (intmax_t)about.st_size, limit);
    }
    size_t bytes = (size_t)about.st_size;
    uint8_t *content = bytes < SIZE_MAX ? rl_alloc(bytes + 1, 1) : NULL;
    if (!content) {
        return rl_fail(error, RL_ERROR_MEMORY, "%s: out of memory for %zu bytes", path, bytes);
    }
    rl_status status = read_exactly(fd, path, content, bytes, error);
    if (status) {
        rl_free(content);
        return status;
    }
    *data = content;
    *size = bytes;
    return RL_OK;
}

rl_status rl_file_read(const char *path, size_t limit, uint8_t **data, size_t *size,
                       rl_error *error) {
    *data = NULL;
    *size = 0;
    /* Non-blocking, so that a named pipe is refused instead of waited for. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) {
        return rl_fail_errno(error, "%s: cannot open", path);
    }
    rl_status status = read_open(fd, path, limit, data, size, error);
    close(fd);
    return status;
}

/* Length of the folder part of `path`, its last slash included. */
static size_t folder_length(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? (size_t)(slash - path) + 1 : 0;
}

/* Creates a new file beside `path`; its name goes to `temporary`, which has room for it. */
static int create_temporary(const char *path, char *temporary, size_t size) {
    static atomic_uint counter;
    for (;;) {
        snprintf(temporary, size, "%.*s" TEMPORARY_PREFIX "%ld-%u" TEMPORARY_SUFFIX,
                 (int)folder_length(path), path, (long)getpid(), atomic_fetch_add(&counter, 1));
        int fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (fd >= 0 || errno != EEXIST) {
            return fd;
        }
    }
}

/* Writes the content and forces it to the disk. Closes `fd` in any case. */
static bool write_content(int fd, bool (*write)(FILE *stream, void *context), void *context) {
    FILE *stream = fdopen(fd, "wb");
    if (!stream) {
        close(fd);
        return false;
    }
    errno = EIO; /* for a writer that fails without saying why */
    bool done = write(stream, context) && !ferror(stream) && fflush(stream) == 0 && fsync(fd) == 0;
    int reason = errno;
    if (fclose(stream) != 0 && done) {
        return false;
    }
    errno = reason;
    return done;
}

/* Makes a rename in the folder of `path` durable. File systems and permissions that do not allow a
 * folder to be synchronised are accepted; a failing disk is not. */
static bool sync_folder(const char *path, char *buffer, size_t size) {
    snprintf(buffer, size, "%.*s.", (int)folder_length(path), path);
    int fd = open(buffer, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        return true;
    }
    bool done = fsync(fd) == 0 || errno == EINVAL || errno == ENOTSUP || errno == EROFS;
    int reason = errno;
    close(fd);
    errno = reason;
    return done;
}

rl_status rl_file_replace(const char *path, bool (*write)(FILE *stream, void *context),
                          void *context, rl_error *error) {
    size_t size = folder_length(path) + sizeof TEMPORARY_PREFIX TEMPORARY_SUFFIX + 2 * 20;
    char *temporary = rl_alloc(size, 1);
    if (!temporary) {
        return rl_fail_memory(error, "a file name");
    }
    rl_status status = RL_OK;
    int fd = create_temporary(path, temporary, size);
    if (fd < 0) {
        status = rl_fail_errno(error, "%s: cannot write", path);
    } else if (!write_content(fd, write, context) || rename(temporary, path) != 0) {
        status = rl_fail_errno(error, "%s: cannot write", path);
        unlink(temporary);
    } else if (!sync_folder(path, temporary, size)) {
        status = rl_fail_errno(error, "%s: written, but may not survive a power failure", path);
    }
    rl_free(temporary);
    return status;
}

typedef struct {
    const void *data;
    size_t size;
} byte_range;

static bool write_bytes(FILE *stream, void *context) {
    const byte_range *content = context;
    return fwrite(content->data, 1, content->size, stream) == content->size;
}

rl_status rl_file_replace_bytes(const char *path, const void *data, size_t size, rl_error *error) {
    byte_range content = {data, size};
    return rl_file_replace(path, write_bytes, &content, error);
}

bool rl_file_is_temporary(const char *name) {
    const size_t length = strlen(name);
    return strncmp(name, TEMPORARY_PREFIX, strlen(TEMPORARY_PREFIX)) == 0 &&
           length > strlen(TEMPORARY_SUFFIX) &&
           strcmp(name + length - strlen(TEMPORARY_SUFFIX), TEMPORARY_SUFFIX) == 0;
}

bool rl_file_exists(const char *path) {
    struct stat about;
    return stat(path, &about) == 0;
}

bool rl_file_is_folder(const char *path) {
    struct stat about;
    return stat(path, &about) == 0 && S_ISDIR(about.st_mode);
}

rl_status rl_path_join(char *buffer, size_t size, const char *folder, const char *name,
                       rl_error *error) {
    size_t length = strlen(folder);
    const char *separator = length == 0 || folder[length - 1] == '/' ? "" : "/";
    int needed = snprintf(buffer, size, "%s%s%s", folder, separator, name);
    if (needed < 0 || (size_t)needed >= size) {
        return rl_fail(error, RL_ERROR_ARGUMENT, "%s%s%s: the path is longer than %zu bytes",
                       folder, separator, name, size > 0 ? size - 1 : 0);
    }
    return RL_OK;
}

rl_status rl_folder_make_parents(const char *path, rl_error *error) {
    char *part = rl_strdup(path);
    if (!part)
        return rl_fail_memory(error, "a folder's name");
    rl_status status = RL_OK;
    for (char *at = part; *at && status == RL_OK; at++) {
        if (*at != '/' || at == part)
            continue;
        *at = '\0';
        if (mkdir(part, 0777) != 0 && errno != EEXIST)
            status = rl_fail_errno(error, "%s: cannot make this folder", part);
        *at = '/';
    }
    rl_free(part);
    return status;
}
