/* Which images a data set was opened without (--skip-bad). */
#ifndef CLI_SKIPPED_H
#define CLI_SKIPPED_H

#include "reslab.h"

/* Lists the first of them on stderr, with the reasons; prints nothing where there are none. */
void print_skipped(const rl_dataset *dataset);

#endif
