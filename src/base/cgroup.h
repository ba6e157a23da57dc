/* What a container or a batch system grants of the machine's processor time. */
#ifndef RL_BASE_CGROUP_H
#define RL_BASE_CGROUP_H

/* Processors' worth of time that the control groups of this process allow, 1.5 for instance: the
 * least over all groups that it lies in, from its own up to the topmost that can be seen, of
 * version 1 (cpu.cfs_quota_us) and 2 (cpu.max). INFINITY where nothing limits it or nothing can be
 * read. `root` stands before every path that is read: "" but in tests. */
double rl_cgroup_processors(const char *root);

#endif
