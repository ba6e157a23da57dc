/* The names hold the process, not the target, so that long names work. Creating and sweeping cannot
 * meet: a new file counts only when it is locked and still in its place, and a sweeper removes only
 * what it has locked. */
#include "base/temporary.h"

#include "base/open.h"
#include "reslab.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define PREFIX ".reslab-"
#define SUFFIX ".tmp"

enum { SIGNALLED_MAX = 16, ABANDONED_SECONDS = 24 * 60 * 60 };

/* ---- What a signal handler removes ---- */

enum { UNUSED, CLAIMED, READY };

/* Nothing here is ever released, so that a handler may read it at any moment. */
static struct {
    atomic_int state;
    pid_t process; /* a forked child has no business with its parent's */
    char path[PATH_MAX];
} signalled[SIGNALLED_MAX];

static int note(const char *path) {
    for (int i = 0; i < SIGNALLED_MAX; i++) {
        int unused = UNUSED;
        if (!atomic_compare_exchange_strong(&signalled[i].state, &unused, CLAIMED))
            continue;
        signalled[i].process = getpid();
        snprintf(signalled[i].path, sizeof signalled[i].path, "%s", path);
        atomic_store(&signalled[i].state, READY);
        return i;
    }
    return -1;
}

static void forget(int index) {
    if (index >= 0)
        atomic_store(&signalled[index].state, UNUSED);
}

void rl_discard_unfinished(void) {
    const int reason = errno;
    for (int i = 0; i < SIGNALLED_MAX; i++)
        if (atomic_load(&signalled[i].state) == READY && signalled[i].process == getpid())
            unlink(signalled[i].path);
    errno = reason;
}

/* ---- Locks ---- */

static bool is_busy(int reason) {
    return reason == EAGAIN || reason == EACCES;
}

/* 0, or why not. */
static int lock_whole(int descriptor) {
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    return fcntl(descriptor, F_OFD_SETLK, &whole) == 0 ? 0 : errno;
}

static bool is_in_place(int descriptor, const char *path) {
    struct stat opened, named;
    return fstat(descriptor, &opened) == 0 && lstat(path, &named) == 0 &&
           opened.st_dev == named.st_dev && opened.st_ino == named.st_ino;
}

/* ---- Sweeping ---- */

bool rl_temporary_is_name(const char *name) {
    const size_t length = strlen(name), end = strlen(SUFFIX);
    return strncmp(name, PREFIX, strlen(PREFIX)) == 0 && length > end &&
           strcmp(name + length - end, SUFFIX) == 0;
}

static bool is_abandoned(int descriptor) {
    struct stat about;
    if (fstat(descriptor, &about) != 0 || !S_ISREG(about.st_mode))
        return false;
    const int reason = lock_whole(descriptor);
    return reason == 0 ||
           (!is_busy(reason) && time(NULL) - about.st_mtim.tv_sec > ABANDONED_SECONDS);
}

void rl_temporary_sweep(const char *folder) {
    DIR *entries = opendir(folder);
    if (!entries)
        return;
    for (const struct dirent *entry; (entry = readdir(entries));) {
        if (!rl_temporary_is_name(entry->d_name))
            continue;
        const int file = openat(dirfd(entries), entry->d_name,
                                O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
        if (file < 0 && errno == EISDIR) /* rl_folder_check was killed in its attempt */
            unlinkat(dirfd(entries), entry->d_name, AT_REMOVEDIR);
        if (file < 0)
            continue;
        if (is_abandoned(file))
            unlinkat(dirfd(entries), entry->d_name, 0);
        close(file);
    }
    closedir(entries);
}

/* ---- Making one ---- */

/* Length of the folder part of `target`, its last slash included. */
static int folder_length(const char *target) {
    const char *slash = strrchr(target, '/');
    return slash ? (int)(slash - target) + 1 : 0;
}

static void sweep_beside(const char *target) {
    char folder[PATH_MAX];
    if (snprintf(folder, sizeof folder, "%.*s.", folder_length(target), target) < PATH_MAX)
        rl_temporary_sweep(folder);
}

/* Opens a new file at `path` and locks it. *again: it was there, or a sweeper took it. */
static int create_locked(const char *path, mode_t mode, bool *again) {
    const int file = rl_open(path, O_RDWR | O_CREAT | O_EXCL, mode);
    if (file < 0) {
        *again = errno == EEXIST;
        return -1;
    }
    const int reason = lock_whole(file);
    *again = is_busy(reason) || (reason == 0 && !is_in_place(file, path));
    if (!*again)
        return file;
    close(file);
    return -1;
}

/* Nobody may read the new file who may not read the old one. Where owner or mode cannot be set, it
 * stays its maker's alone. */
static void make_like(int file, const struct stat *old) {
    struct stat made;
    if (fstat(file, &made) == 0 && ((made.st_uid == old->st_uid && made.st_gid == old->st_gid) ||
                                    fchown(file, old->st_uid, old->st_gid) == 0))
        (void)fchmod(file, old->st_mode & 0777);
}

int rl_temporary_create(rl_temporary *temporary, const char *target) {
    static atomic_uint counter;
    struct stat old;
    bool again = true;
    *temporary = (rl_temporary){.lock = -1, .signalled = -1};
    sweep_beside(target);
    const bool replaces = lstat(target, &old) == 0 && S_ISREG(old.st_mode);
    while (temporary->lock < 0 && again) {
        const int length =
            snprintf(temporary->path, sizeof temporary->path, "%.*s" PREFIX "%ld-%u" SUFFIX,
                     folder_length(target), target, (long)getpid(), atomic_fetch_add(&counter, 1));
        if (length >= PATH_MAX) {
            errno = ENAMETOOLONG;
            return -1;
        }
        temporary->lock = create_locked(temporary->path, replaces ? 0600 : 0666, &again);
    }
    if (temporary->lock < 0)
        return -1;
    if (replaces)
        make_like(temporary->lock, &old);
    temporary->signalled = note(temporary->path);
    const int writable = fcntl(temporary->lock, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    if (writable < 0)
        rl_temporary_remove(temporary);
    return writable;
}

static void end(rl_temporary *temporary) {
    const int reason = errno;
    forget(temporary->signalled);
    close(temporary->lock);
    errno = reason;
}

bool rl_temporary_rename(rl_temporary *temporary, const char *target) {
    if (rename(temporary->path, target) != 0)
        return false;
    end(temporary);
    return true;
}

void rl_temporary_remove(rl_temporary *temporary) {
    const int reason = errno;
    unlink(temporary->path);
    end(temporary);
    errno = reason;
}
