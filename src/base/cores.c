#include "base/cores.h"

#include "base/cgroup.h"
#include "base/memory.h"
#include "base/notice.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

enum { MASK_BITS_MOST = 1 << 20 };

int rl_affinity_cores(rl_affinity_function *get) {
    /* The system refuses a mask that is shorter than its own with EINVAL. */
    for (size_t bits = CPU_SETSIZE; bits <= MASK_BITS_MOST; bits *= 2) {
        cpu_set_t *set = CPU_ALLOC(bits);
        if (!set)
            return 0;
        const size_t size = CPU_ALLOC_SIZE(bits);
        CPU_ZERO_S(size, set);
        const bool got = get(0, size, set) == 0, longer = !got && errno == EINVAL;
        const int cores = got ? CPU_COUNT_S(size, set) : 0;
        CPU_FREE(set);
        if (!longer)
            return cores;
    }
    return 0;
}

/* The first of the numbers in *text, which may be blank; the text behind it. False for anything but
 * a positive number. */
static bool read_count(const char **text, int *count) {
    const char *at = *text;
    while (isspace((unsigned char)*at))
        at++;
    char *end;
    errno = 0;
    const long value = isdigit((unsigned char)*at) ? strtol(at, &end, 10) : 0;
    if (value <= 0)
        return false;
    *count = value > INT_MAX ? INT_MAX : (int)value;
    while (isspace((unsigned char)*end))
        end++;
    *text = end;
    return true;
}

/* The first number of a variable of OpenMP's, of which a list has one for each level of nesting; 0
 * where there is none. */
static int variable(const char *name, bool is_list) {
    const char *value = getenv(name);
    if (!value || !*value)
        return 0;
    const char *at = value;
    int first, other;
    bool valid = read_count(&at, &first);
    while (valid && is_list && *at == ',') {
        at++;
        valid = read_count(&at, &other);
    }
    if (valid && !*at)
        return first;
    rl_notice("%s: '%s' is no number of threads, expected 1 or more%s; ignored", name, value,
              is_list ? ", or a list like 4,2" : "");
    return 0;
}

void rl_thread_limits_read(rl_thread_limits *limits, const char *root) {
    int cores = rl_affinity_cores(sched_getaffinity);
    if (cores < 1) /* the call may be forbidden */
        cores = (int)sysconf(_SC_NPROCESSORS_ONLN);
    *limits = (rl_thread_limits){.cores = cores < 1 ? 1 : cores,
                                 .quota = rl_cgroup_processors(root),
                                 .preferred = variable("OMP_NUM_THREADS", true),
                                 .upper_limit = variable("OMP_THREAD_LIMIT", false)};
}

static int least(int a, int b) {
    return a < b ? a : b;
}

static int choose_all(const rl_thread_limits *limits) {
    int threads = limits->cores;
    if (limits->quota < threads)
        threads = (int)ceil(limits->quota);
    if (limits->preferred > 0)
        threads = least(threads, limits->preferred);
    if (limits->upper_limit > 0)
        threads = least(threads, limits->upper_limit);
    return threads < 1 ? 1 : threads;
}

int rl_threads_choose(const rl_thread_limits *limits, int asked) {
    if (asked <= 0)
        return choose_all(limits);
    if (limits->upper_limit > 0 && asked > limits->upper_limit) {
        rl_notice("threads: %d asked for, but OMP_THREAD_LIMIT is %d; %d used", asked,
                  limits->upper_limit, limits->upper_limit);
        asked = limits->upper_limit;
    }
    const int most = limits->cores > INT_MAX / RL_THREADS_PER_CORE
                         ? INT_MAX
                         : limits->cores * RL_THREADS_PER_CORE;
    if (asked > limits->cores)
        rl_notice("threads: %d asked for, but this process may use %d core%s: more threads than "
                  "cores gain nothing; %d used",
                  asked, limits->cores, limits->cores == 1 ? "" : "s", least(asked, most));
    return least(asked, most);
}

int rl_threads_usable(int asked) {
    rl_thread_limits limits;
    rl_thread_limits_read(&limits, "");
    return rl_threads_choose(&limits, asked);
}
