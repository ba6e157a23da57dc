/* Only what may be done in a signal handler is done there. */
#include "interrupt.h"

#include <signal.h>
#include <unistd.h>

static volatile sig_atomic_t noted;

static void note(int number) {
    if (noted)
        _exit(128 + number);
    noted = number;
}

void interrupt_catch(void) {
    struct sigaction action = {.sa_handler = note, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    struct sigaction hangup;
    if (sigaction(SIGHUP, NULL, &hangup) == 0 && hangup.sa_handler != SIG_IGN) /* nohup ignores */
        sigaction(SIGHUP, &action, NULL);
    action.sa_handler = SIG_IGN;
    sigaction(SIGPIPE, &action, NULL);
}

int interrupt_signal(void) {
    return noted;
}
