/* Replacing files so that a crash or a full disk at any moment leaves either the old content or the
 * new. What is no regular file cannot be replaced without taking it away from others: it is written
 * into. */
#include "base/file.h"

#include "base/error.h"
#include "base/memory.h"
#include "base/target.h"
#include "base/temporary.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Length of the folder part of `path`, its last slash included. */
static size_t folder_length(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? (size_t)(slash - path) + 1 : 0;
}

/* Writes the content and, of a file, forces it to the disk. Closes `fd` in any case. */
static bool write_content(int fd, bool is_file, bool (*write)(FILE *stream, void *context),
                          void *context) {
    FILE *stream = fdopen(fd, "wb");
    if (!stream) {
        close(fd);
        return false;
    }
    errno = EIO; /* for a writer that fails without saying why */
    bool done = write(stream, context) && !ferror(stream) && fflush(stream) == 0 &&
                (!is_file || fsync(fd) == 0);
    int reason = errno;
    if (fclose(stream) != 0 && done) {
        return false;
    }
    errno = reason;
    return done;
}

/* Makes a rename in the folder of `path` durable. */
static rl_status sync_folder(const char *path, rl_error *error) {
    char folder[PATH_MAX];
    snprintf(folder, sizeof folder, "%.*s.", (int)folder_length(path), path);
    return rl_folder_sync(folder, error);
}

static rl_status fail_write(const char *path, const char *target, rl_error *error) {
    const int reason = errno;
    const size_t length = folder_length(target);
    if (reason == ENOENT && length > 0) {
        char folder[PATH_MAX];
        snprintf(folder, sizeof folder, "%.*s", (int)(length > 1 ? length - 1 : 1), target);
        if (!rl_file_is_folder(folder))
            return rl_fail(error, RL_ERROR_IO, "%s: cannot write: there is no folder '%s'", path,
                           folder);
    }
    errno = reason;
    return rl_fail_errno(error, "%s: cannot write", path);
}

static rl_status replace(const char *target, const char *path,
                         bool (*write)(FILE *stream, void *context), void *context,
                         rl_error *error) {
    rl_temporary temporary;
    const int fd = rl_temporary_create(&temporary, target);
    if (fd < 0)
        return fail_write(path, target, error);
    if (!write_content(fd, true, write, context) || !rl_temporary_rename(&temporary, target)) {
        const rl_status status = fail_write(path, target, error);
        rl_temporary_remove(&temporary);
        return status;
    }
    return sync_folder(target, error);
}

rl_status rl_file_replace(const char *path, bool (*write)(FILE *stream, void *context),
                          void *context, rl_error *error) {
    rl_target target;
    int descriptor;
    rl_status status = rl_target_find(&target, path, error);
    if (status != RL_OK)
        return status;
    if (target.replaced)
        return replace(target.path, path, write, context, error);
    status = rl_target_open(&descriptor, &target, path, error);
    if (status == RL_OK && !write_content(descriptor, false, write, context))
        status = rl_fail_errno(error, "%s: cannot write", path);
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

/* Nothing but the attempt knows of quotas, read-only mounts and what a file system does not have.
 */
rl_status rl_output_check(const char *path, rl_error *error) {
    rl_target target;
    rl_temporary temporary;
    const rl_status status = rl_target_find(&target, path, error);
    if (status != RL_OK)
        return status;
    if (!target.replaced)
        return rl_target_check(&target, path, error);
    const int fd = rl_temporary_create(&temporary, target.path);
    if (fd < 0)
        return fail_write(path, target.path, error);
    close(fd);
    rl_temporary_remove(&temporary);
    return RL_OK;
}
