#include "output.h"

#include "print.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int lost_by; /* the errno of the first failure; 0 while there was none */

bool output_begin(void) {
    for (int i = STDIN_FILENO; i <= STDERR_FILENO; i++) {
        if (fcntl(i, F_GETFD) >= 0)
            continue;
        /* The lowest that is free, hence `i`; opened the wrong way round. */
        const int holder = open("/dev/null", i == STDIN_FILENO ? O_WRONLY : O_RDONLY);
        if (holder != i && open("/", O_RDONLY | O_DIRECTORY) != i)
            return false;
    }
    return true;
}

static void note(bool failed) {
    if (failed && lost_by == 0)
        lost_by = errno;
}

void output_flush(void) {
    note(fflush(stdout) != 0);
}

void output_line(const char *text) {
    note(puts(text) == EOF);
}

bool output_is_lost(void) {
    return lost_by != 0 || ferror(stdout);
}

int output_finish(int code) {
    errno = 0;
    output_flush();
    const bool lost = output_is_lost();
    if (fclose(stdout) == 0 && !lost)
        return code;
    const int reason = lost_by ? lost_by : errno;
    if (reason != EPIPE)
        print_error("cannot write to standard output: %s",
                    reason ? strerror(reason) : "write error");
    if (code != EXIT_SUCCESS)
        return code;
    return reason == EPIPE ? 128 + SIGPIPE : EXIT_FAILURE;
}
