/* The runs that are the operands of a command: all that lies in runs/, as a shell lists it. */
#ifndef CLI_RUN_LIST_H
#define CLI_RUN_LIST_H

#include "arguments.h"

typedef struct {
    rl_run_record **records;
    size_t count, room;
    bool of_study; /* among them the runs of a study's folder */
    int code;      /* of the end: 1 when a run among them cannot be read */
} run_list;        /* starts as {0} */

/* Reads all operands. The folder of a study stands for its runs; of several operands, those that
 * are neither are left out with a warning, and runs that cannot be read with an error. Returns an
 * exit code, 0 when there is a run. */
int run_list_read(const cli_arguments *arguments, run_list *runs);

void run_list_free(run_list *runs);

#endif
