#include "run/machine.h"

#include "base/file.h"

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

/* "model name" of /proc/cpuinfo. */
void rl_machine_cpu(char *name, size_t size) {
    char text[4096]; /* of the first processor */
    snprintf(name, size, "unknown");
    rl_file_read_start("/proc/cpuinfo", text, sizeof text);
    const char *line = strstr(text, "model name"), *colon = line ? strstr(line, ": ") : NULL;
    if (colon)
        snprintf(name, size, "%.*s", (int)strcspn(colon + 2, "\n"), colon + 2);
}

uint64_t rl_machine_peak_memory(void) {
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (uint64_t)usage.ru_maxrss * 1024;
}
