/* Files and folders: each call checks for its fault, is done by the kernel, and is recorded. */
#include "shim.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

/* "." and the folder of a descriptor as a prefix of names in the record. */
static const char *folder_name(int folder, const char *path, char name[PATH_MAX]) {
    char link[64];
    name[0] = '\0';
    if (folder == AT_FDCWD || path[0] == '/')
        return name;
    snprintf(link, sizeof link, "/proc/self/fd/%d", folder);
    const ssize_t length = syscall(SYS_readlinkat, AT_FDCWD, link, name, PATH_MAX - 2);
    if (length > 0)
        memcpy(name + length, "/", 2);
    return name;
}

int shim_open_at(int folder, const char *path, int flags, mode_t mode, const void *caller) {
    char name[PATH_MAX];
    if (fault_at(KIND_OPEN, caller) == FAIL)
        return -1;
    const bool recorded = record_begin();
    const int fd = (int)syscall(SYS_openat, folder, path, flags, mode);
    if (recorded && fd >= 0)
        record_line("open %d %d %d %s%s", (int)getpid(), fd, flags, folder_name(folder, path, name),
                    path);
    if (recorded)
        record_end();
    return fd;
}

#define MODE_OF(flags)                                                                             \
    mode_t mode = 0;                                                                               \
    if ((flags) & (O_CREAT | __O_TMPFILE)) {                                                       \
        va_list rest;                                                                              \
        va_start(rest, flags);                                                                     \
        mode = va_arg(rest, mode_t);                                                               \
        va_end(rest);                                                                              \
    }

int open(const char *path, int flags, ...) {
    MODE_OF(flags)
    return shim_open_at(AT_FDCWD, path, flags, mode, __builtin_return_address(0));
}

int open64(const char *path, int flags, ...) __attribute__((alias("open")));

int openat(int folder, const char *path, int flags, ...) {
    MODE_OF(flags)
    return shim_open_at(folder, path, flags, mode, __builtin_return_address(0));
}

int openat64(int folder, const char *path, int flags, ...) __attribute__((alias("openat")));

DIR *opendir(const char *path) {
    static DIR *(*next)(const char *path);
    if (!next)
        next = (DIR * (*)(const char *)) next_symbol("opendir");
    return FAULT(KIND_OPEN) == FAIL ? NULL : next(path);
}

ssize_t shim_read(int fd, void *data, size_t size, const void *caller) {
    const fault_action action = fault_at(KIND_READ, caller);
    if (action == FAIL)
        return -1;
    return syscall(SYS_read, fd, data, action == SHORT ? (size + 1) / 2 : size);
}

ssize_t read(int fd, void *data, size_t size) {
    return shim_read(fd, data, size, __builtin_return_address(0));
}

ssize_t pread(int fd, void *data, size_t size, off_t offset) {
    const fault_action action = FAULT(KIND_READ);
    if (action == FAIL)
        return -1;
    return syscall(SYS_pread64, fd, data, action == SHORT ? (size + 1) / 2 : size, offset);
}

ssize_t pread64(int fd, void *data, size_t size, off_t offset) __attribute__((alias("pread")));

ssize_t shim_write(int fd, const void *data, size_t size, const void *caller) {
    const fault_action action = fault_at(KIND_WRITE, caller);
    if (action == FAIL)
        return -1;
    const bool recorded = record_begin();
    const off_t offset = recorded ? lseek(fd, 0, SEEK_CUR) : 0;
    const ssize_t done =
        syscall(SYS_write, fd, data, action == SHORT && size > 1 ? size / 2 : size);
    if (recorded && done > 0) {
        record_line("write %d %d %lld %zd", (int)getpid(), fd, (long long)offset, done);
        record_data(data, (size_t)done);
    }
    if (recorded)
        record_end();
    return done;
}

ssize_t write(int fd, const void *data, size_t size) {
    return shim_write(fd, data, size, __builtin_return_address(0));
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
    for (int i = 0; i < count; i++) /* the first with something in it; the caller does the rest */
        if (parts[i].iov_len > 0)
            return shim_write(fd, parts[i].iov_base, parts[i].iov_len, __builtin_return_address(0));
    return 0;
}

int shim_close(int fd, const void *caller) {
    const fault_action action = fault_at(KIND_CLOSE, caller);
    const bool recorded = record_begin();
    const int reason = errno;
    const int result = (int)syscall(SYS_close, fd); /* a failing close closes, too */
    if (recorded) {
        record_line("close %d %d", (int)getpid(), fd);
        record_end();
    }
    if (action != FAIL)
        return result;
    errno = reason;
    return -1;
}

int close(int fd) {
    return shim_close(fd, __builtin_return_address(0));
}

static int duplicated(int fd, int copy) {
    if (copy >= 0 && record_begin()) {
        record_line("dup %d %d %d", (int)getpid(), fd, copy);
        record_end();
    }
    return copy;
}

int fcntl(int fd, int command, ...) {
    va_list rest;
    va_start(rest, command);
    void *argument = va_arg(rest, void *);
    va_end(rest);
    const bool locks = command == F_SETLK || command == F_SETLKW || command == F_OFD_SETLK ||
                       command == F_OFD_SETLKW;
    if (locks && FAULT(KIND_LOCK) == FAIL)
        return -1;
    const int result = (int)syscall(SYS_fcntl, fd, command, argument);
    return command == F_DUPFD || command == F_DUPFD_CLOEXEC ? duplicated(fd, result) : result;
}

int fcntl64(int fd, int command, ...) __attribute__((alias("fcntl")));

int dup(int fd) {
    return duplicated(fd, (int)syscall(SYS_dup, fd));
}

int dup3(int fd, int copy, int flags) {
    return duplicated(fd, (int)syscall(SYS_dup3, fd, copy, flags));
}

int dup2(int fd, int copy) {
    return fd == copy ? fd : dup3(fd, copy, 0);
}

/* The calls that take only numbers or paths, and return -1 when they fail. */
#define CALL(kind, call, ...)                                                                      \
    do {                                                                                           \
        if (FAULT(kind) == FAIL)                                                                   \
            return -1;                                                                             \
        const bool recorded = record_begin();                                                      \
        const int result = (int)(call);                                                            \
        if (recorded && result == 0)                                                               \
            record_line(__VA_ARGS__);                                                              \
        if (recorded)                                                                              \
            record_end();                                                                          \
        return result;                                                                             \
    } while (0)

int fsync(int fd) {
    CALL(KIND_FSYNC, syscall(SYS_fsync, fd), "fsync %d %d", (int)getpid(), fd);
}

int fdatasync(int fd) {
    CALL(KIND_FSYNC, syscall(SYS_fdatasync, fd), "fsync %d %d", (int)getpid(), fd);
}

int rename(const char *from, const char *to) {
    CALL(KIND_RENAME, syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0), "rename %s\t%s",
         from, to);
}

int renameat(int folder, const char *from, int other, const char *to) {
    char name[PATH_MAX], second[PATH_MAX];
    CALL(KIND_RENAME, syscall(SYS_renameat2, folder, from, other, to, 0), "rename %s%s\t%s%s",
         folder_name(folder, from, name), from, folder_name(other, to, second), to);
}

int ftruncate(int fd, off_t size) {
    CALL(KIND_TRUNCATE, syscall(SYS_ftruncate, fd, size), "truncate %d %d %lld", (int)getpid(), fd,
         (long long)size);
}

int ftruncate64(int fd, off_t size) __attribute__((alias("ftruncate")));

int unlink(const char *path) {
    CALL(KIND_UNLINK, syscall(SYS_unlinkat, AT_FDCWD, path, 0), "unlink %s", path);
}

int unlinkat(int folder, const char *path, int flags) {
    char name[PATH_MAX];
    CALL(KIND_UNLINK, syscall(SYS_unlinkat, folder, path, flags), "unlink %s%s",
         folder_name(folder, path, name), path);
}

int rmdir(const char *path) {
    CALL(KIND_UNLINK, syscall(SYS_unlinkat, AT_FDCWD, path, AT_REMOVEDIR), "unlink %s", path);
}

int remove(const char *path) {
    struct stat about;
    return lstat(path, &about) == 0 && S_ISDIR(about.st_mode) ? rmdir(path) : unlink(path);
}

int mkdir(const char *path, mode_t mode) {
    CALL(KIND_MKDIR, syscall(SYS_mkdirat, AT_FDCWD, path, mode), "mkdir %s", path);
}

int mkdirat(int folder, const char *path, mode_t mode) {
    char name[PATH_MAX];
    CALL(KIND_MKDIR, syscall(SYS_mkdirat, folder, path, mode), "mkdir %s%s",
         folder_name(folder, path, name), path);
}
