/* How many threads to compute with: what the machine, the system and the user allow. No result
 * depends on the answer. */
#ifndef RL_BASE_CORES_H
#define RL_BASE_CORES_H

#include <sched.h>
#include <stddef.h>

/* Threads beyond this many a core are not started, whatever was asked for: they only take memory
 * and time. */
enum { RL_THREADS_PER_CORE = 4 };

typedef struct {
    int cores;       /* that this process may run on */
    double quota;    /* processors' worth of time (cgroup.h); INFINITY: no limit */
    int preferred;   /* the first number of OMP_NUM_THREADS; 0: not set */
    int upper_limit; /* OMP_THREAD_LIMIT; 0: not set */
} rl_thread_limits;

/* Reads them; a value of a variable that is no number of threads is ignored, with a notice. `root`:
 * as rl_cgroup_processors. */
void rl_thread_limits_read(rl_thread_limits *limits, const char *root);

/* Threads to start where the user asks for `asked`. 0: the least of cores, quota (1.5 processors
 * are two threads: one alone could not use them), `preferred` and `upper_limit`. Another number is
 * obeyed up to `upper_limit` and RL_THREADS_PER_CORE, with a notice when it is lowered or exceeds
 * the cores. At least 1. */
int rl_threads_choose(const rl_thread_limits *limits, int asked);

/* Both for this process. */
int rl_threads_usable(int asked);

/* Cores in the affinity mask that `get` (sched_getaffinity) fills in, however many the machine has;
 * 0 when it fails. */
typedef int rl_affinity_function(pid_t process, size_t size, cpu_set_t *set);
int rl_affinity_cores(rl_affinity_function *get);

#endif
