/* The items are cut into some ranges for each thread, since images differ in what they take. */
#include "data/parallel.h"

#include "base/cores.h"
#include "base/memory.h"
#include "base/team.h"

enum { RANGES_PER_THREAD = 8 };

typedef struct {
    size_t count, ranges;
    rl_parallel_body *body;
    void *context;
} loop;

static void run_range(const void *context, size_t range, int member) {
    (void)member;
    const loop *l = context;
    /* count * range cannot overflow: items lie in memory, and ranges are few. */
    l->body(l->count * range / l->ranges, l->count * (range + 1) / l->ranges, l->context);
}

void rl_parallel_for(size_t count, rl_parallel_body *body, void *context) {
    rl_team *team = NULL;
    const size_t wanted = rl_min(count, (size_t)rl_threads_usable(0));
    if (wanted > 1 && rl_team_create(&team, (int)wanted, NULL) == RL_OK) {
        const size_t members = (size_t)rl_team_members(team);
        const loop l = {count, rl_min(count, members * RANGES_PER_THREAD), body, context};
        rl_team_run(team, l.ranges, run_range, &l);
        rl_team_free(team);
    } else if (count > 0) {
        body(0, count, context);
    }
}
