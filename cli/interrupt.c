/* Only what may be done in a signal handler is done there. */
#include "interrupt.h"

#include "reslab.h"

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <unistd.h>

static volatile sig_atomic_t noted;

static void note(int number) {
    if (noted) {
        rl_discard_unfinished();
        _exit(128 + number);
    }
    noted = number;
}

/* Its own action is the default again, which ends the program when this returns. */
static void end(int number) {
    rl_discard_unfinished();
    raise(number);
}

static bool is_ignored(int number) {
    struct sigaction action;
    return sigaction(number, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
}

void interrupt_begin(void) {
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
    struct sigaction action = {.sa_handler = end, .sa_flags = SA_RESETHAND};
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        if (!is_ignored(numbers[i]))
            sigaction(numbers[i], &action, NULL);
    signal(SIGXFSZ, SIG_IGN);
}

void interrupt_outlive_reader(void) {
    signal(SIGPIPE, SIG_IGN);
}

void interrupt_catch(void) {
    struct sigaction action = {.sa_handler = note, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    if (!is_ignored(SIGHUP)) /* nohup ignores it */
        sigaction(SIGHUP, &action, NULL);
}

int interrupt_signal(void) {
    return noted;
}
