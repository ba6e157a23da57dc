/* Not a test but a proof that one works: members of a team add to a plain number. ThreadSanitizer
 * has to find that, or its silence about everything else means nothing. */
#include "base/team.h"

#include <stdatomic.h>
#include <stdio.h>

enum { MEMBERS = 2, TURNS = 1000000000 };

typedef struct {
    atomic_int arrived;
    size_t sum;
} shared;

/* Both members are in it, on a busy machine too. */
static void add_without_care(const void *context, size_t item, int member) {
    (void)member;
    shared *s = *(shared *const *)context;
    atomic_fetch_add(&s->arrived, 1);
    for (int i = 0; i < TURNS && atomic_load(&s->arrived) < MEMBERS; i++) {
    }
    s->sum += item;
}

int main(void) {
    rl_team *team;
    shared s = {0}, *context = &s;
    if (rl_team_create(&team, MEMBERS, NULL) != RL_OK)
        return 1;
    rl_team_run(team, MEMBERS, add_without_care, &context);
    rl_team_free(team);
    printf("%zu\n", s.sum);
    return 0;
}
