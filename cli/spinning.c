/* GNU OpenMP lets a thread that waits at the end of a parallel loop spin for milliseconds before it
 * sleeps. Beside another busy program that takes the core away from the thread all are waiting for,
 * time and again: small networks were seen to train fifty times slower. A thousand turns, some
 * microseconds, cover the waits of an undisturbed machine. The runtime reads its environment before
 * main, hence the second start. The library leaves this choice to its caller. */
#include "spinning.h"

#include <stdlib.h>
#include <unistd.h>

void limit_spinning(char **words) {
    if (getenv("GOMP_SPINCOUNT") || getenv("OMP_WAIT_POLICY"))
        return;
    if (setenv("GOMP_SPINCOUNT", "1000", 1) == 0)
        execv("/proc/self/exe", words);
}
