/* A loop is published in one word, `state`: its number, whether it is open, and how many threads
 * work on it. A thread joins by raising the count while the loop is open, and takes items from
 * `next`. The caller works too; when no item is left it closes the loop, after which nobody can
 * join, and waits for those inside. So a thread reads the loop's task only while it counts.
 *
 * Who waits turns for a moment, then sleeps on a semaphore. To be woken, it sets `asleep` and looks
 * once more; who changes the state takes `asleep` away and posts. A post too many only makes
 * somebody look again. Member i wakes members 2i + 1 and 2i + 2, when there are items left for
 * them: on a wide machine all are awake after a few steps, and a short loop wakes few. */
#include "base/team.h"

#include "base/cores.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/notice.h"
#include "base/thread.h"

#include <semaphore.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

enum { TURNS = 1000, LINE = 64 };

/* Of `state`. */
#define INSIDE_MASK 0xffffffffULL
#define OPEN (INSIDE_MASK + 1)
#define ONE_LOOP (OPEN * 2)

typedef struct {
    _Alignas(LINE) atomic_bool asleep;
    sem_t post;
} sleeper;

typedef struct {
    sleeper bed; /* the first member's: waits for those inside */
    rl_team *team;
    int index;
    unsigned long long last; /* number of the loop that it joined last */
    pthread_t thread;
} member;

struct rl_team {
    _Alignas(LINE) atomic_ullong state;
    _Alignas(LINE) atomic_size_t next;
    _Alignas(LINE) size_t count;
    rl_task *task;
    const void *context;
    atomic_bool quit;
    int members;
    int turns;   /* that one who waits makes before it sleeps */
    pid_t owner; /* the process with the threads */
    member *all;
};

static void pause_briefly(void) {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

static void wake(sleeper *who) {
    if (atomic_exchange(&who->asleep, false))
        sem_post(&who->post);
}

/* Returns when ready(m) says so. */
static void wait_until(member *m, bool (*ready)(const member *m)) {
    for (int i = 0; i < m->team->turns; i++) {
        if (ready(m))
            return;
        pause_briefly();
    }
    while (!ready(m)) {
        atomic_store(&m->bed.asleep, true);
        if (!ready(m))
            sem_wait(&m->bed.post); /* a signal may end it: the loop looks again */
    }
    atomic_store(&m->bed.asleep, false);
}

static bool is_news(const member *m, unsigned long long state) {
    return (state & OPEN) && state / ONE_LOOP != m->last;
}

static bool has_loop(const member *m) {
    return is_news(m, atomic_load(&m->team->state)) || atomic_load(&m->team->quit);
}

static bool all_left(const member *m) {
    return (atomic_load(&m->team->state) & INSIDE_MASK) == 0;
}

/* False when the loop was closed in the meantime. */
static bool join(member *m) {
    unsigned long long state = atomic_load(&m->team->state);
    while (is_news(m, state))
        if (atomic_compare_exchange_weak(&m->team->state, &state, state + 1)) {
            m->last = state / ONE_LOOP;
            return true;
        }
    return false;
}

static void leave(rl_team *team) {
    const unsigned long long state = atomic_fetch_sub(&team->state, 1) - 1;
    if (!(state & OPEN) && (state & INSIDE_MASK) == 0)
        wake(&team->all[0].bed);
}

static void take_items(rl_team *team, int index) {
    for (int child = 2 * index + 1; child <= 2 * index + 2 && child < team->members; child++)
        if (atomic_load(&team->next) < team->count)
            wake(&team->all[child].bed);
    for (size_t item; (item = atomic_fetch_add(&team->next, 1)) < team->count;)
        team->task(team->context, item, index);
}

static void *work(void *argument) {
    member *m = argument;
    for (;;) {
        wait_until(m, has_loop);
        if (atomic_load(&m->team->quit))
            return NULL;
        if (join(m)) {
            take_items(m->team, m->index);
            leave(m->team);
        }
    }
}

void rl_team_run(rl_team *team, size_t count, rl_task *task, const void *context) {
    if (team->members == 1 || count <= 1) {
        for (size_t item = 0; item < count; item++)
            task(context, item, 0);
        return;
    }
    team->count = count;
    team->task = task;
    team->context = context;
    atomic_store(&team->next, 0);
    const unsigned long long number = atomic_load(&team->state) / ONE_LOOP + 1;
    atomic_store(&team->state, number * ONE_LOOP + OPEN);
    take_items(team, 0);
    atomic_fetch_sub(&team->state, OPEN);
    wait_until(&team->all[0], all_left);
}

/* Starts the threads, as many as there are to be had. */
static void start(rl_team *team, int wanted) {
    int reason = 0;
    for (team->members = 1; team->members < wanted; team->members++) {
        member *m = &team->all[team->members];
        if (sem_init(&m->bed.post, 0, 0) != 0)
            break;
        reason = rl_thread_start(&m->thread, work, m);
        if (reason != 0) {
            sem_destroy(&m->bed.post);
            break;
        }
    }
    if (team->members < wanted)
        rl_notice("threads: the system gives no more than %d of %d (%s); %d used", team->members,
                  wanted, strerror(reason), team->members);
}

rl_status rl_team_create(rl_team **team, int members, rl_error *error) {
    *team = NULL;
    rl_team *made = rl_alloc(1, sizeof *made);
    if (made)
        made->all = rl_alloc((size_t)rl_max(1, (size_t)members), sizeof *made->all);
    if (!made || !made->all || sem_init(&made->all[0].bed.post, 0, 0) != 0) {
        if (made)
            rl_free(made->all);
        rl_free(made);
        return rl_fail_memory(error, "a team of threads");
    }
    made->owner = getpid();
    /* With more members than cores, who waits would keep the core from those who work. */
    made->turns = members > rl_affinity_cores(sched_getaffinity) ? 0 : TURNS;
    for (int i = 0; i < members; i++) {
        made->all[i].team = made;
        made->all[i].index = i;
    }
    start(made, members);
    *team = made;
    return RL_OK;
}

void rl_team_free(rl_team *team) {
    if (!team)
        return;
    atomic_store(&team->quit, true);
    for (int i = 1; i < team->members && team->owner == getpid(); i++) {
        wake(&team->all[i].bed);
        pthread_join(team->all[i].thread, NULL);
        sem_destroy(&team->all[i].bed.post);
    }
    sem_destroy(&team->all[0].bed.post);
    rl_free(team->all);
    rl_free(team);
}

int rl_team_members(const rl_team *team) {
    return team->members;
}
