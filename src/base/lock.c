/* Locks on files. */
#include "base/lock.h"

#include "base/error.h"
#include "base/notice.h"
#include "base/open.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/* Does `path` still name the open file? Whoever had the lock before may have removed it. */
static bool is_in_place(int descriptor, const char *path) {
    struct stat opened, named;
    return fstat(descriptor, &opened) == 0 && lstat(path, &named) == 0 &&
           opened.st_dev == named.st_dev && opened.st_ino == named.st_ino;
}

static int set_lock(int descriptor, int command) {
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    int result;
    do
        result = fcntl(descriptor, command, &whole);
    while (result != 0 && errno == EINTR);
    return result;
}

/* A lock has a name that anybody can foretell, in folders that several may share: a link there, or
 * a pipe, is not ours. */
static int open_lock(const char *path) {
    struct stat about;
    const int file = rl_open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0666);
    if (file < 0 || (fstat(file, &about) == 0 && S_ISREG(about.st_mode)))
        return file;
    close(file);
    errno = ELOOP;
    return -1;
}

static rl_status fail_open(const char *path, rl_error *error) {
    return errno == ELOOP
               ? rl_fail(error, RL_ERROR_IO, "%s: is a link or no file, expected a lock file", path)
               : rl_fail_errno(error, "%s: cannot open", path);
}

bool rl_lock_is_impossible(int reason) {
    return reason == ENOLCK || reason == ENOSYS || reason == EOPNOTSUPP || reason == EINVAL;
}

/* By errno. */
static rl_status fail_lock(const char *path, const char *subject, rl_error *error) {
    if (errno == EAGAIN || errno == EACCES)
        return rl_fail(error, RL_ERROR_EXISTS, "%s: in use by another process", subject);
    const bool impossible = rl_lock_is_impossible(errno);
    const rl_status status = rl_fail_errno(error, "%s: cannot lock", path);
    return impossible ? RL_ERROR_LOCKS : status;
}

static rl_status take(int *descriptor, const char *path, int command, const char *subject,
                      rl_error *error) {
    *descriptor = -1;
    for (;;) {
        const int file = open_lock(path);
        if (file < 0)
            return fail_open(path, error);
        if (set_lock(file, command) != 0) {
            const int reason = errno;
            close(file);
            errno = reason;
            return fail_lock(path, subject, error);
        }
        if (is_in_place(file, path)) {
            *descriptor = file;
            return RL_OK;
        }
        close(file);
    }
}

rl_status rl_lock_take(int *descriptor, const char *path, const char *subject, rl_error *error) {
    return take(descriptor, path, F_OFD_SETLK, subject, error);
}

rl_status rl_lock_wait(int *descriptor, const char *path, rl_error *error) {
    return take(descriptor, path, F_OFD_SETLKW, path, error);
}

rl_status rl_lock_try(int *descriptor, const char *path, const char *subject, rl_error *error) {
    const rl_status status = rl_lock_take(descriptor, path, subject, error);
    if (status != RL_ERROR_LOCKS)
        return status;
    rl_notice("%s: its file system has no locks: see to it that no other process works there",
              subject);
    return RL_OK;
}

bool rl_lock_is_taken(const char *path) {
    const int file = rl_open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0);
    if (file < 0)
        return false;
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    const bool taken = fcntl(file, F_OFD_GETLK, &whole) == 0 && whole.l_type != F_UNLCK;
    close(file);
    return taken;
}

void rl_lock_release(int *descriptor) {
    if (*descriptor >= 0)
        close(*descriptor);
    *descriptor = -1;
}
