/* Replacing files so that a crash or a full disk at any moment leaves either the old content or the
 * new. The temporary is named after the process, not after the target, so that long file names
 * work; a symbolic link is replaced, not followed. */
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

/* Length of the folder part of `path`, its last slash included. */
static size_t folder_length(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? (size_t)(slash - path) + 1 : 0;
}

/* Creates a new file beside `path`; its name goes to `temporary`, which has room for it. */
static int create_temporary(const char *path, char *temporary, size_t size, mode_t mode) {
    static atomic_uint counter;
    for (;;) {
        snprintf(temporary, size, "%.*s" TEMPORARY_PREFIX "%ld-%u" TEMPORARY_SUFFIX,
                 (int)folder_length(path), path, (long)getpid(), atomic_fetch_add(&counter, 1));
        int fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
        if (fd >= 0 || errno != EEXIST) {
            return fd;
        }
    }
}

/* A temporary beside `path` that no one may read who may not read the file it is to replace; a new
 * file is as the umask says. */
static int create_like(const char *path, char *temporary, size_t size) {
    struct stat old;
    if (lstat(path, &old) != 0 || !S_ISREG(old.st_mode)) {
        return create_temporary(path, temporary, size, 0666);
    }
    const int fd = create_temporary(path, temporary, size, 0600);
    struct stat made;
    /* Where the owner or the mode cannot be set, the file stays its maker's alone. */
    if (fd >= 0 && fstat(fd, &made) == 0 &&
        ((made.st_uid == old.st_uid && made.st_gid == old.st_gid) ||
         fchown(fd, old.st_uid, old.st_gid) == 0)) {
        (void)fchmod(fd, old.st_mode & 0777);
    }
    return fd;
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

rl_status rl_file_replace(const char *path, bool (*write)(FILE *stream, void *context),
                          void *context, rl_error *error) {
    size_t size = folder_length(path) + sizeof TEMPORARY_PREFIX TEMPORARY_SUFFIX + 2 * 20;
    char *temporary = rl_alloc(size, 1);
    if (!temporary) {
        return rl_fail_memory(error, "a file name");
    }
    rl_status status = RL_OK;
    int fd = create_like(path, temporary, size);
    if (fd < 0) {
        status = rl_fail_errno(error, "%s: cannot write", path);
    } else if (!write_content(fd, write, context) || rename(temporary, path) != 0) {
        status = rl_fail_errno(error, "%s: cannot write", path);
        unlink(temporary);
    } else {
        snprintf(temporary, size, "%.*s.", (int)folder_length(path), path);
        status = rl_folder_sync(temporary, error);
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
