/* Links are followed by hand, since a file is replaced beside its old self, not beside the link.
 * Only links of the proc file system are not: what /proc/self/fd/1 names is an open descriptor, and
 * the path it shows may belong to something else by now. */
#include "base/target.h"

#include "base/error.h"
#include "base/open.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

enum { LINKS_MAX = 40, READER_MS = 5000, POLL_MS = 20 };

static rl_status fail_long(rl_error *error, const char *path) {
    errno = ENAMETOOLONG;
    return rl_fail_errno(error, "%s: cannot write", path);
}

/* The folder of `path`, as it can be opened; false when it is too long. */
static bool folder_of(char folder[PATH_MAX], const char *path) {
    const char *slash = strrchr(path, '/');
    const int length = slash ? (int)(slash - path) + 1 : 1;
    return snprintf(folder, PATH_MAX, "%.*s", length, slash ? path : ".") < PATH_MAX;
}

/* May a link in `folder` be the trap of another user? The kernel's protected_symlinks asks the
 * same, but only where it follows links itself, and only where it is switched on. */
static bool is_foreign(const struct stat *link, const char *folder) {
    struct stat about;
    return stat(folder, &about) != 0 || ((about.st_mode & S_ISVTX) && (about.st_mode & S_IWOTH) &&
                                         link->st_uid != geteuid() && link->st_uid != about.st_uid);
}

static bool is_proc(const char *folder) {
    struct statfs about;
    return statfs(folder, &about) == 0 && about.f_type == PROC_SUPER_MAGIC;
}

/* The descriptor of this process that a link in `folder` named `name` stands for; -1 for none. */
static int own_descriptor(const char *folder, const char *name) {
    char real[PATH_MAX], own[64];
    uint64_t number;
    snprintf(own, sizeof own, "/proc/%ld/fd", (long)getpid());
    if (!rl_text_to_u64(name, &number) || number > INT_MAX || !realpath(folder, real) ||
        strcmp(real, own) != 0)
        return -1;
    return (int)number;
}

/* Puts what the link target->path says into target->path. */
static rl_status follow(rl_target *target, const char *folder, const char *path, rl_error *error) {
    char text[PATH_MAX], joined[2 * PATH_MAX];
    const ssize_t length = readlink(target->path, text, sizeof text);
    if (length < 0)
        return rl_fail_errno(error, "%s: cannot follow the link", path);
    if ((size_t)length >= sizeof text)
        return fail_long(error, path);
    text[length] = '\0';
    const bool relative = text[0] != '/' && strcmp(folder, ".") != 0;
    const int size = snprintf(joined, sizeof joined, "%s%s", relative ? folder : "", text);
    if (size >= PATH_MAX)
        return fail_long(error, path);
    memcpy(target->path, joined, (size_t)size + 1);
    return RL_OK;
}

/* Follows the links of target->path until it names something else, which *about describes; its
 * mode is 0 where there is nothing. */
static rl_status walk(rl_target *target, const char *path, struct stat *about, rl_error *error) {
    char folder[PATH_MAX];
    for (int links = 0; links < LINKS_MAX; links++) {
        *about = (struct stat){0};
        if (lstat(target->path, about) != 0 || !S_ISLNK(about->st_mode))
            return RL_OK;
        if (!folder_of(folder, target->path))
            return fail_long(error, path);
        if (is_foreign(about, folder))
            return rl_fail(error, RL_ERROR_IO,
                           "%s: is a link that another user has put into a folder open to all; it "
                           "is not followed",
                           path);
        if (is_proc(folder) && stat(target->path, about) == 0) {
            const char *slash = strrchr(target->path, '/');
            target->descriptor = own_descriptor(folder, slash ? slash + 1 : target->path);
            target->replaced = false;
            return RL_OK;
        }
        const rl_status status = follow(target, folder, path, error);
        if (status != RL_OK)
            return status;
    }
    errno = ELOOP;
    return rl_fail_errno(error, "%s: cannot follow the link", path);
}

/* What cannot be an output, by the kind of file. */
static const struct {
    mode_t kind;
    const char *name;
} refused[] = {{S_IFDIR, "a folder"}, {S_IFSOCK, "a socket"}, {S_IFBLK, "a block device"}};

rl_status rl_target_find(rl_target *target, const char *path, rl_error *error) {
    struct stat about;
    *target = (rl_target){.replaced = true, .descriptor = -1};
    if (!path[0])
        return rl_fail(error, RL_ERROR_ARGUMENT, "a file to write has an empty name");
    if (strlen(path) >= sizeof target->path)
        return fail_long(error, path);
    memcpy(target->path, path, strlen(path) + 1);
    const rl_status status = walk(target, path, &about, error);
    if (status != RL_OK)
        return status;
    target->mode = about.st_mode;
    if (target->descriptor >= 0)
        return RL_OK;
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        if ((about.st_mode & S_IFMT) == refused[i].kind)
            return rl_fail(error, RL_ERROR_IO, "%s: cannot write: is %s, expected a file", path,
                           refused[i].name);
    target->replaced = target->replaced && (about.st_mode == 0 || S_ISREG(about.st_mode));
    return RL_OK;
}

/* Opens a named pipe when something reads from it, so that a forgotten reader is no hang. */
static int open_pipe(const char *path) {
    const struct timespec pause = {.tv_nsec = POLL_MS * 1000000L};
    for (int waited = 0;; waited += POLL_MS) {
        const int file = rl_open(path, O_WRONLY | O_NONBLOCK, 0);
        if (file >= 0) {
            fcntl(file, F_SETFL, O_WRONLY);
            return file;
        }
        if (errno != ENXIO || waited >= READER_MS)
            return -1;
        nanosleep(&pause, NULL);
    }
}

rl_status rl_target_open(int *descriptor, const rl_target *target, const char *path,
                         rl_error *error) {
    if (target->descriptor >= 0)
        *descriptor = fcntl(target->descriptor, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    else if (S_ISFIFO(target->mode))
        *descriptor = open_pipe(target->path);
    else
        *descriptor = rl_open(target->path, O_WRONLY | O_TRUNC | O_NOCTTY, 0);
    if (*descriptor < 0 && errno == ENXIO && S_ISFIFO(target->mode))
        return rl_fail(error, RL_ERROR_IO, "%s: cannot write: nothing reads from this pipe", path);
    return *descriptor >= 0 ? RL_OK : rl_fail_errno(error, "%s: cannot write", path);
}

rl_status rl_target_check(const rl_target *target, const char *path, rl_error *error) {
    bool allowed;
    if (target->descriptor < 0) {
        allowed = access(target->path, W_OK) == 0;
    } else {
        const int flags = fcntl(target->descriptor, F_GETFL);
        allowed = flags >= 0 && (flags & O_ACCMODE) != O_RDONLY;
        errno = EBADF;
    }
    return allowed ? RL_OK : rl_fail_errno(error, "%s: cannot write", path);
}
