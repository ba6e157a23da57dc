/* A warning, so on stderr: what follows it on stdout is about the other images. The whole list is
 * what `reslab data info --json` prints. */
#include "skipped.h"

#include "print.h"

#include <stdio.h>

enum { LISTED = 10 };

void print_skipped(const rl_dataset *dataset) {
    const size_t count = rl_dataset_skipped_count(dataset);
    if (count == 0)
        return;
    fprintf(stderr, "skipped %zu image%s:\n", count, count == 1 ? "" : "s");
    for (size_t i = 0; i < count && i < LISTED; i++) {
        fputs("  ", stderr);
        print_text(stderr, rl_dataset_skipped(dataset, i));
        fputc('\n', stderr);
    }
    if (count > LISTED)
        fprintf(stderr, "  and %zu more\n", count - LISTED);
}
