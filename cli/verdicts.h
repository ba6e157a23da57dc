/* What runs of several settings say of them: differences over seeds, with verdicts. */
#ifndef CLI_VERDICTS_H
#define CLI_VERDICTS_H

#include "run_list.h"

#include <jansson.h>

/* A line for each pair of settings; nothing where all runs have the same. Returns an exit code. */
int print_verdicts(const run_list *runs);

/* The same as an array, which *pairs becomes. Returns an exit code. */
int verdicts_json(const run_list *runs, json_t **pairs);

#endif
