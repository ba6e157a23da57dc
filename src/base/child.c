/* fork alone, since a library has no program to start. Only the calling thread goes on in the
 * child; the C library sees to it that its own locks are free there, but another library's lock
 * that a thread of the caller held stays shut: then the child hangs, and time runs out. The result
 * comes through a pipe: a head, then as many bytes as it says, so that half a result is none. */
#include "base/child.h"

#include "base/clock.h"
#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

typedef struct {
    size_t size; /* of what follows: the result, or the error */
    rl_status status;
} head;

static bool write_all(int file, const void *bytes, size_t size) {
    for (const char *at = bytes; size > 0;) {
        const ssize_t written = write(file, at, size);
        if (written < 0 && errno != EINTR)
            return false;
        if (written > 0) {
            at += written;
            size -= (size_t)written;
        }
    }
    return true;
}

/* Ends with the parent, prints nothing, dies of what it is ended by. What libraries complain of
 * goes to `complaints`. All other descriptors are for the task; returns that of the result. */
static int become_child(pid_t parent, int out, int complaints) {
    static const int deadly[] = {SIGHUP,  SIGINT,  SIGTERM, SIGQUIT, SIGPIPE,
                                 SIGABRT, SIGTRAP, SIGSEGV, SIGBUS,  SIGILL};
    const struct rlimit no_core = {0, 0};
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(1);
    for (size_t i = 0; i < sizeof deadly / sizeof *deadly; i++)
        signal(deadly[i], SIG_DFL);
    setrlimit(RLIMIT_CORE, &no_core);
    /* The caller may have closed some of the first three. */
    out = fcntl(out, F_DUPFD, STDERR_FILENO + 1);
    complaints = fcntl(complaints, F_DUPFD, STDERR_FILENO + 1);
    if (out < 0 || complaints < 0)
        _exit(1);
    dup2(out, STDIN_FILENO);
    dup2(complaints, STDOUT_FILENO);
    dup2(complaints, STDERR_FILENO);
    close_range(STDERR_FILENO + 1, ~0U, 0);
    return STDIN_FILENO;
}

static _Noreturn void live(int out, rl_child_task *task, const void *context, const char *what) {
    rl_buffer result = {0};
    rl_error error = {0};
    rl_status status = task(&result, context, &error);
    if (status == RL_OK)
        status = rl_buffer_status(&result, what, &error);
    const head h = {status == RL_OK ? result.length : sizeof error, status};
    const void *bytes = status == RL_OK ? (const void *)result.text : &error;
    const bool told = write_all(out, &h, sizeof h) && write_all(out, bytes, h.size);
    _exit(told ? 0 : 1);
}

/* Reads what there is until `deadline`, at most `size` bytes; 0 at the end, -1 when nothing can be
 * read or, with errno 0, when time is up. */
static ssize_t read_some(int in, char *bytes, size_t size, double deadline) {
    for (;;) {
        const double left = deadline - rl_clock_seconds();
        struct pollfd ready = {.fd = in, .events = POLLIN};
        errno = 0;
        if (left <= 0 || (poll(&ready, 1, (int)(1000 * left) + 1) < 0 && errno != EINTR))
            return -1;
        if (!ready.revents)
            continue;
        const ssize_t got = read(in, bytes, size);
        if (got >= 0 || errno != EINTR)
            return got;
    }
}

typedef enum {
    ENDED,   /* the child, before it has told all */
    TOLD,    /* all */
    UNHEARD, /* no more is to be heard of a child that may live on; errno as of read_some */
} hearing;

static hearing listen_to(int in, double deadline, head *h, rl_error *said, rl_buffer *result) {
    char chunk[4096];
    ssize_t got = 0;
    for (size_t done = 0; done < sizeof *h; done += (size_t)got)
        if ((got = read_some(in, (char *)h + done, sizeof *h - done, deadline)) <= 0)
            return got < 0 ? UNHEARD : ENDED;
    if (h->status != RL_OK && h->size != sizeof *said)
        return ENDED;
    for (size_t done = 0; done < h->size; done += (size_t)got) {
        const size_t wanted = h->size - done < sizeof chunk ? h->size - done : sizeof chunk;
        if ((got = read_some(in, chunk, wanted, deadline)) <= 0)
            return got < 0 ? UNHEARD : ENDED;
        if (h->status == RL_OK)
            rl_buffer_add_bytes(result, chunk, (size_t)got);
        else
            memcpy((char *)said + done, chunk, (size_t)got);
    }
    return TOLD;
}

/* Waits for the child, which is killed first where there is nothing more to wait for; how it ended.
 * A caller that ignores SIGCHLD learns nothing: 0. */
static int end_of(pid_t child, bool kill_it) {
    int status = 0;
    if (kill_it)
        kill(child, SIGKILL);
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            return 0;
    return status;
}

/* The last line of a file, as far as it fits. */
static void last_line(char *line, size_t size, int file) {
    const off_t length = lseek(file, 0, SEEK_END);
    const off_t from = length < (off_t)size ? 0 : length - (off_t)size + 1;
    ssize_t got = pread(file, line, size - 1, from);
    while (got > 0 && line[got - 1] == '\n')
        got--;
    line[got < 0 ? 0 : got] = '\0';
    const char *newline = strrchr(line, '\n');
    if (newline)
        memmove(line, newline + 1, strlen(newline));
}

static rl_status fail_child(rl_error *error, const char *what, int status, int complaints) {
    char line[256];
    last_line(line, sizeof line, complaints);
    if (WIFSIGNALED(status))
        return rl_fail(error, RL_ERROR_MEMORY,
                       "%s: the process that works on it was ended by signal %d (%s), as when "
                       "memory or threads run out%s%s",
                       what, WTERMSIG(status), strsignal(WTERMSIG(status)),
                       line[0] ? "; it said: " : "", line);
    return rl_fail(error, RL_ERROR_MEMORY, "%s: the process that works on it ended early", what);
}

/* The parent's part; closes `in`. */
static rl_status attend(pid_t child, int in, int complaints, const char *what, double seconds,
                        rl_buffer *result, rl_error *error) {
    head h = {0};
    rl_error said = {0};
    const double deadline = rl_clock_seconds() + seconds;
    const hearing heard = listen_to(in, deadline, &h, &said, result);
    const int reason = errno;
    close(in);
    const int status = end_of(child, heard != ENDED);
    if (heard != TOLD)
        rl_buffer_clear(result);
    if (heard == UNHEARD && reason == 0)
        return rl_fail(error, RL_ERROR_MEMORY, "%s: not done after %.0f s", what, seconds);
    if (heard == UNHEARD)
        return rl_fail(error, RL_ERROR_MEMORY, "%s: the process that works on it is not heard: %s",
                       what, strerror(reason));
    if (heard == ENDED)
        return fail_child(error, what, status, complaints);
    if (h.status != RL_OK && error)
        *error = said;
    return h.status == RL_OK ? rl_buffer_status(result, what, error) : h.status;
}

rl_status rl_child_run(rl_child_task *task, const void *context, const char *what, double seconds,
                       rl_buffer *result, rl_error *error) {
    int ends[2];
    const int complaints = memfd_create("reslab", MFD_CLOEXEC);
    if (complaints < 0 || pipe2(ends, O_CLOEXEC) != 0) {
        const int reason = errno;
        if (complaints >= 0)
            close(complaints);
        return rl_fail(error, RL_ERROR_MEMORY, "%s: no pipe to be had: %s", what, strerror(reason));
    }
    const pid_t parent = getpid(), child = fork();
    if (child == 0)
        live(become_child(parent, ends[1], complaints), task, context, what);
    const int reason = errno;
    close(ends[1]);
    if (child < 0)
        close(ends[0]);
    const rl_status status = child < 0
                                 ? rl_fail(error, RL_ERROR_MEMORY, "%s: no process to be had: %s",
                                           what, strerror(reason))
                                 : attend(child, ends[0], complaints, what, seconds, result, error);
    close(complaints);
    return status;
}
