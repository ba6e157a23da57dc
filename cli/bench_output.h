/* How `reslab bench` shows what it measured: tables, or JSON. */
#ifndef CLI_BENCH_OUTPUT_H
#define CLI_BENCH_OUTPUT_H

#include "print.h"

/* What is printed: `command` is the word of the command line, `config` what was timed. A Ghost
 * network has the plain network and the comparison with it; else both are NULL. */
typedef struct {
    const char *command;
    const rl_config *config;
    const rl_bench *bench;
    const rl_bench *plain;
    const rl_bench_comparison *comparison;
} bench_report;

/* Both return the exit code. */
int bench_print(const bench_report *report);
int bench_print_json(const bench_report *report);

#endif
