#include "nn/profile.h"

#include "base/clock.h"

double rl_profile_begin(const rl_profile *profile) {
    return profile ? rl_clock_seconds() : 0;
}

void rl_profile_end(const rl_profile *profile, size_t unit, rl_profile_part part, double *begin) {
    if (!profile)
        return;
    const double now = rl_clock_seconds();
    profile->seconds[unit * RL_PART_COUNT + part] += now - *begin;
    *begin = now;
}
