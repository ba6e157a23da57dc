/* Folders: making them so that they last, and finding out beforehand whether that will work. */
#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/open.h"
#include "base/temporary.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

rl_status rl_folder_sync(const char *path, rl_error *error) {
    const int folder = rl_open(path, O_RDONLY | O_DIRECTORY, 0);
    if (folder < 0)
        return RL_OK; /* without permission to read it */
    rl_status status = RL_OK;
    if (fsync(folder) != 0 && errno != EINVAL && errno != ENOTSUP && errno != EROFS)
        status = rl_fail_errno(error, "%s: written, but may not survive a power failure", path);
    close(folder);
    return status;
}

/* `path` up to its last separator, at least "." or "/". Trailing separators do not count. */
static void cut_to_parent(char *path) {
    size_t length = strlen(path);
    while (length > 1 && path[length - 1] == '/')
        length--;
    while (length > 0 && path[length - 1] != '/')
        length--;
    while (length > 1 && path[length - 1] == '/')
        length--;
    if (length == 0)
        path[length++] = '.';
    path[length] = '\0';
}

rl_status rl_folder_make(const char *path, rl_error *error) {
    char parent[PATH_MAX];
    if (mkdir(path, 0777) != 0)
        return errno == EEXIST ? rl_fail(error, RL_ERROR_EXISTS, "%s: is already there", path)
                               : rl_fail_errno(error, "%s: cannot make this folder", path);
    if ((size_t)snprintf(parent, sizeof parent, "%s", path) >= sizeof parent)
        return RL_OK; /* mkdir has taken it, so it is not that long */
    cut_to_parent(parent);
    return rl_folder_sync(parent, error);
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
        status = rl_folder_make(part, error);
        if (status == RL_ERROR_EXISTS)
            status = RL_OK;
        *at = '/';
    }
    rl_free(part);
    return status;
}

/* Makes a file without a name in `parent`, which nothing can leave behind; where the file system
 * has none, a folder that is taken away again. */
static bool can_make_in(const char *parent) {
    static atomic_uint counter;
    char probe[PATH_MAX];
    const int file = rl_open(parent, O_TMPFILE | O_WRONLY, 0600);
    if (file >= 0) {
        close(file);
        return true;
    }
    rl_temporary_sweep(parent); /* of attempts that were killed */
    if ((size_t)snprintf(probe, sizeof probe, "%s/.reslab-%ld-%u.tmp", parent, (long)getpid(),
                         atomic_fetch_add(&counter, 1)) >= sizeof probe) {
        errno = ENAMETOOLONG;
        return false;
    }
    if (mkdir(probe, 0700) != 0)
        return false;
    rmdir(probe);
    return true;
}

rl_status rl_folder_check(const char *path, rl_error *error) {
    char part[PATH_MAX];
    struct stat about;
    if ((size_t)snprintf(part, sizeof part, "%s", path) >= sizeof part)
        return rl_fail(error, RL_ERROR_ARGUMENT, "%s: the path is longer than %d bytes", path,
                       PATH_MAX - 1);
    /* Up to the nearest folder that is there already. */
    while (stat(part, &about) != 0 && errno == ENOENT && strcmp(part, ".") != 0 &&
           strcmp(part, "/") != 0)
        cut_to_parent(part);
    if (stat(part, &about) != 0)
        return rl_fail_errno(error, "%s: cannot write in %s", path, part);
    if (!S_ISDIR(about.st_mode))
        return rl_fail(error, RL_ERROR_IO, "%s: cannot write there: %s is not a folder", path,
                       part);
    return can_make_in(part) ? RL_OK : rl_fail_errno(error, "%s: cannot write in %s", path, part);
}
