/* What the system tells of the machine and of this process, for records of runs and timings. */
#ifndef RL_RUN_MACHINE_H
#define RL_RUN_MACHINE_H

#include <stddef.h>
#include <stdint.h>

/* The CPU's name, or "unknown". */
void rl_machine_cpu(char *name, size_t size);

/* Bytes of memory this process has held at most. */
uint64_t rl_machine_peak_memory(void);

#endif
