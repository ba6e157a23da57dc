/* Which call is meant, and what becomes of it: shim.h says how it is told. */
#include "shim.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

static const struct {
    const char *name;
    int error;
} kinds[KIND_COUNT] = {
    [KIND_MALLOC] = {"malloc", ENOMEM},  [KIND_OPEN] = {"open", EMFILE},
    [KIND_READ] = {"read", EIO},         [KIND_WRITE] = {"write", ENOSPC},
    [KIND_FSYNC] = {"fsync", EIO},       [KIND_RENAME] = {"rename", EIO},
    [KIND_CLOSE] = {"close", EIO},       [KIND_MMAP] = {"mmap", ENOMEM},
    [KIND_TRUNCATE] = {"truncate", EIO}, [KIND_UNLINK] = {"unlink", EIO},
    [KIND_MKDIR] = {"mkdir", ENOSPC},    [KIND_THREAD] = {"thread", EAGAIN},
    [KIND_FORK] = {"fork", EAGAIN},      [KIND_LOCK] = {"lock", ENOLCK},
};

static const char *const actions[] = {[PASS] = "kill", [FAIL] = "fail", [SHORT] = "short"};

static bool armed, meant[KIND_COUNT];
static fault_action action = FAIL; /* PASS stands for kill */
static unsigned long target;
static atomic_ulong *calls; /* shared with forked children */
static const char *report;

void *next_symbol(const char *name) {
    return dlsym(RTLD_NEXT, name);
}

/* Opened for each line: a child may have closed all descriptors that are not its own. */
static void write_report(const char *text, int size) {
    const int file = report ? (int)syscall(SYS_openat, AT_FDCWD, report,
                                           O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666)
                            : -1;
    if (file < 0)
        return;
    syscall(SYS_write, file, text, (size_t)size);
    syscall(SYS_close, file);
}

static void tell(fault_kind kind, unsigned long call, const void *caller) {
    char text[512];
    Dl_info about = {0};
    dladdr(caller, &about);
    const char *file = about.dli_fname ? about.dli_fname : "?";
    const char *name = strrchr(file, '/');
    write_report(text, snprintf(text, sizeof text, "%s %lu %s %s %s\n", kinds[kind].name, call,
                                actions[action], name ? name + 1 : file,
                                about.dli_sname ? about.dli_sname : "?"));
}

fault_action fault_at(fault_kind kind, const void *caller) {
    if (!armed || !meant[kind])
        return PASS;
    const unsigned long call = atomic_fetch_add(calls, 1) + 1;
    if (call != target || (action == SHORT && kind != KIND_READ && kind != KIND_WRITE))
        return PASS;
    armed = false; /* telling makes calls, too */
    tell(kind, call, caller);
    armed = true;
    if (action == PASS)
        kill(getpid(), SIGKILL);
    errno = kinds[kind].error;
    return action;
}

static void count_calls(void) {
    char text[64];
    write_report(text, snprintf(text, sizeof text, "calls %lu\n", atomic_load(calls)));
}

static void end_with(const char *what, const char *value) {
    fprintf(stderr, "shim: %s '%s' is not known\n", what, value);
    _exit(127);
}

/* KIND:N[:ACTION] */
static void read_fault(const char *text) {
    char kind[16], name[16] = "fail";
    bool known = false;
    if (sscanf(text, "%15[a-z]:%lu:%15[a-z]", kind, &target, name) < 2)
        end_with("RL_FAULT", text);
    for (size_t i = 0; i < KIND_COUNT; i++) {
        meant[i] =
            strcmp(kind, kinds[i].name) == 0 || (strcmp(kind, "any") == 0 && i != KIND_MALLOC);
        known |= meant[i];
    }
    for (size_t i = 0; i < sizeof actions / sizeof *actions; i++)
        if (strcmp(name, actions[i]) == 0) {
            action = (fault_action)i;
            armed = known;
        }
    if (!armed)
        end_with("RL_FAULT", text);
}

static int (*program)(int count, char **words, char **environment);

static int run(int count, char **words, char **environment) {
    const char *fault = getenv("RL_FAULT");
    calls = mmap(NULL, sizeof *calls, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    report = getenv("RL_FAULT_REPORT");
    atexit(count_calls);
    FILE *output = shim_stream(STDOUT_FILENO, "w");
    if (output) {
        if (isatty(STDOUT_FILENO))
            setvbuf(output, NULL, _IOLBF, 0);
        stdout = output;
    }
    if (fault)
        read_fault(fault);
    return program(count, words, environment);
}

/* What the start-up code of every program calls. */
typedef int start_main(int (*main)(int, char **, char **), int, char **, void (*)(void),
                       void (*)(void), void (*)(void), void *);

start_main __libc_start_main;

int __libc_start_main(int (*main)(int, char **, char **), int count, char **words,
                      void (*begin)(void), void (*end)(void), void (*loader_end)(void),
                      void *stack) {
    start_main *next = (start_main *)next_symbol("__libc_start_main");
    program = main;
    return next(run, count, words, begin, end, loader_end, stack);
}
