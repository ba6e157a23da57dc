/* The page printed by the Chromium that is installed: started directly, without a shell, in a
 * process group of its own, and ended when it takes too long. The page is handed over as a file
 * beside the result, and the result replaces the old one only when it is whole. */
#include "base/error.h"
#include "base/file.h"
#include "base/lock.h"
#include "base/memory.h"
#include "study/page/writers.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { TIMEOUT_MS = 120000, POLL_MS = 20 };

/* The paths of one printing. */
typedef struct {
    char program[PATH_MAX];
    char folder[PATH_MAX]; /* a fresh one, for the page and for Chromium's profile */
    char page[PATH_MAX + 32];
    char result[PATH_MAX + 32];
} printing;

/* The first of the names that lies on PATH. */
static bool find_program(char program[PATH_MAX]) {
    static const char *const names[] = {"chromium", "chromium-browser", "google-chrome"};
    const char *path = getenv("PATH");
    for (size_t i = 0; path && i < sizeof names / sizeof *names; i++)
        for (const char *at = path; *at;) {
            const int length = (int)strcspn(at, ":");
            const int size = snprintf(program, PATH_MAX, "%.*s/%s", length, at, names[i]);
            if (length > 0 && size < PATH_MAX && access(program, X_OK) == 0 &&
                !rl_file_is_folder(program))
                return true;
            at += length + (at[length] == ':');
        }
    return false;
}

static int remove_entry(const char *path, const struct stat *info, int type, struct FTW *walk) {
    (void)info, (void)type, (void)walk;
    return remove(path);
}

/* Waits for `child` until the time is over or the options say to stop; its exit status, or -1 when
 * it had to be ended. */
static int wait_for(pid_t child, const rl_report_options *options) {
    const struct timespec pause = {.tv_nsec = POLL_MS * 1000000L};
    int status = -1;
    for (int waited = 0; waited < TIMEOUT_MS && rl_report_go_on(options, NULL) == RL_OK;
         waited += POLL_MS) {
        const pid_t ended = waitpid(child, &status, WNOHANG);
        if (ended == child)
            return status;
        if (ended < 0 && errno != EINTR)
            return -1;
        nanosleep(&pause, NULL);
    }
    kill(-child, SIGKILL);
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    return -1;
}

/* Starts `arguments` in a process group of its own, its output thrown away. */
static int start(pid_t *child, const char *program, char *const *arguments) {
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    int reason = posix_spawn_file_actions_init(&actions);
    if (reason != 0)
        return reason;
    reason = posix_spawnattr_init(&attributes);
    if (reason == 0) {
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
        posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
        posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
        sigset_t usual; /* whatever this process ignores or blocks */
        sigfillset(&usual);
        posix_spawnattr_setsigdefault(&attributes, &usual);
        sigemptyset(&usual);
        posix_spawnattr_setsigmask(&attributes, &usual);
        posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF |
                                                  POSIX_SPAWN_SETSIGMASK);
        reason = posix_spawn(child, program, &actions, &attributes, arguments, environ);
        posix_spawnattr_destroy(&attributes);
    }
    posix_spawn_file_actions_destroy(&actions);
    return reason;
}

/* "file:///tmp/a%20b": the address of a file. */
static void add_address(rl_buffer *out, const char *path) {
    rl_buffer_add(out, "file://");
    for (; *path; path++)
        if (isalnum((unsigned char)*path) || strchr("/._-", *path))
            rl_buffer_add_bytes(out, path, 1);
        else
            rl_buffer_print(out, "%%%02X", (unsigned char)*path);
}

static rl_status run_chromium(const printing *p, const char *address,
                              const rl_report_options *options, rl_error *error) {
    char target[sizeof p->result + 32], profile[PATH_MAX + 64];
    snprintf(target, sizeof target, "--print-to-pdf=%s", p->result);
    snprintf(profile, sizeof profile, "--user-data-dir=%s/profile", p->folder);
    const char *arguments[] = {p->program,
                               "--headless",
                               "--disable-gpu",
                               "--no-first-run",
                               "--disable-extensions",
                               "--no-pdf-header-footer",
                               "--print-to-pdf-no-header", /* the older name of the same */
                               profile,
                               target,
                               address,
                               geteuid() == 0 ? "--no-sandbox" : NULL, /* root has none */
                               NULL};
    pid_t child;
    const int reason = start(&child, p->program, (char *const *)arguments);
    if (reason != 0) {
        errno = reason;
        return rl_fail_errno(error, "%s: cannot start", p->program);
    }
    const int status = wait_for(child, options);
    kill(-child, SIGKILL); /* helpers that outlive it */
    if (rl_report_go_on(options, error) != RL_OK)
        return RL_STOPPED;
    if (status == -1)
        return rl_fail(error, RL_ERROR_IO, "%s: did not print the report within %d s", p->program,
                       TIMEOUT_MS / 1000);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0 || !rl_file_exists(p->result))
        return rl_fail(error, RL_ERROR_IO, "%s: failed to print the report as PDF", p->program);
    return RL_OK;
}

static rl_status print_page(const printing *p, const rl_report_options *options, rl_error *error) {
    rl_buffer address = {0};
    add_address(&address, p->page);
    rl_status status = rl_buffer_status(&address, "an address", error);
    if (status == RL_OK)
        status = run_chromium(p, address.text, options, error);
    rl_buffer_clear(&address);
    return status;
}

/* The PDF file goes where it belongs. */
static rl_status deliver(const printing *p, const char *path, rl_error *error) {
    uint8_t *bytes;
    size_t size;
    rl_status status = rl_file_read(p->result, (size_t)1 << 30, &bytes, &size, error);
    if (status != RL_OK)
        return status;
    status = size > 5 && memcmp(bytes, "%PDF-", 5) == 0
                 ? rl_file_replace_bytes(path, bytes, size, error)
                 : rl_fail(error, RL_ERROR_IO, "%s: printed no PDF file", p->program);
    rl_free(bytes);
    return status;
}

/* ---- The folder for page, profile and result ---- */

#define FOLDER_PREFIX "reslab-report-"
#define FOLDER_LOCK "lock"

static void remove_folder(const char *folder) {
    nftw(folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

/* Is `path` one of our folders, and this user's? */
static bool is_own_folder(const char *path) {
    struct stat about;
    return lstat(path, &about) == 0 && S_ISDIR(about.st_mode) && about.st_uid == geteuid();
}

/* Removes the folders of killed processes in `base`: those whose lock is free. One without a lock
 * is just being made, or empty. */
static void sweep(const char *base) {
    DIR *entries = opendir(base);
    if (!entries)
        return;
    for (const struct dirent *entry; (entry = readdir(entries));) {
        char path[PATH_MAX], lock_path[PATH_MAX];
        int lock = -1;
        if (strncmp(entry->d_name, FOLDER_PREFIX, strlen(FOLDER_PREFIX)) != 0 ||
            rl_path_join(path, sizeof path, base, entry->d_name, NULL) != RL_OK ||
            rl_path_join(lock_path, sizeof lock_path, path, FOLDER_LOCK, NULL) != RL_OK ||
            !is_own_folder(path))
            continue;
        if (!rl_file_exists(lock_path))
            rmdir(path);
        else if (rl_lock_take(&lock, lock_path, path, NULL) == RL_OK)
            remove_folder(path);
        rl_lock_release(&lock);
    }
    closedir(entries);
}

/* A fresh folder in `base`, locked: a sweeper may come between the making and the locking. */
static rl_status make_folder(printing *p, const char *base, int *lock, rl_error *error) {
    char lock_path[PATH_MAX];
    rl_status status = RL_ERROR_IO;
    *lock = -1;
    for (int attempt = 0; attempt < 10 && status != RL_OK; attempt++) {
        status = rl_path_join(p->folder, sizeof p->folder, base, FOLDER_PREFIX "XXXXXX", error);
        if (status != RL_OK)
            return status;
        if (!mkdtemp(p->folder))
            return rl_fail_errno(error, "%s: cannot make a temporary folder", p->folder);
        status = rl_path_join(lock_path, sizeof lock_path, p->folder, FOLDER_LOCK, error);
        if (status == RL_OK)
            status = rl_lock_take(lock, lock_path, p->folder, error);
        if (status != RL_OK && status != RL_ERROR_EXISTS && rl_file_is_folder(p->folder))
            return RL_OK; /* a file system without locks */
        if (status != RL_OK)
            rmdir(p->folder);
    }
    return status;
}

rl_status rl_report_pdf(const rl_buffer *html, const char *path, const rl_report_options *options,
                        rl_error *error) {
    printing p;
    int lock;
    const char *temporary = getenv("TMPDIR");
    const char *base = temporary && *temporary == '/' ? temporary : P_tmpdir;
    if (!find_program(p.program))
        return rl_fail(error, RL_ERROR_IO,
                       "%s: a PDF is printed by Chromium, and there is none on PATH; install it "
                       "(Debian and Ubuntu: apt-get install chromium)",
                       path);
    sweep(base);
    rl_status status = make_folder(&p, base, &lock, error);
    if (status != RL_OK)
        return status;
    snprintf(p.page, sizeof p.page, "%s/report.html", p.folder);
    snprintf(p.result, sizeof p.result, "%s/report.pdf", p.folder);
    status = rl_buffer_save(html, p.page, error);
    if (status == RL_OK)
        status = print_page(&p, options, error);
    if (status == RL_OK)
        status = deliver(&p, path, error);
    remove_folder(p.folder);
    rl_lock_release(&lock);
    return status;
}
