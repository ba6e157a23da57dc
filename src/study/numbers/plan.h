/* How many seeds a study's claims need: for a declared smallest difference that matters, never for
 * one that was observed, which is as likely too large as too small. */
#ifndef RL_STUDY_NUMBERS_PLAN_H
#define RL_STUDY_NUMBERS_PLAN_H

#include "study/numbers/numbers.h"

typedef struct {
    size_t claim; /* index into the study's */
    double
        deviation; /* of the difference over seeds that is planned with, in the quantity's unit */
    size_t pilot;  /* seeds of the pilot that it is from; 0: it was given */
    double difference; /* the true one that is to be found: of `keeps` and `same` 0 */
    double alpha;      /* error of the claim at its last look */
    double power;      /* with the seeds that the study has; of a list a lower bound */
    size_t seeds;      /* for a power of 80%; 0: more than RL_POWER_MOST_SEEDS */
} rl_plan_row;

/* Plans claim number `claim` with a deviation that is given. `difference` is the smallest true one,
 * in the quantity's unit, that `better` should find; other claims are planned for arms that are
 * equal. RL_ERROR_ARGUMENT when the deviation is not positive, or the difference not above the
 * claim's own margin: no number of seeds would show it. */
rl_status rl_plan_claim(rl_plan_row *row, const rl_study *study, size_t claim, double deviation,
                        double difference, rl_error *error);

/* The same with the largest deviation that the pilot measured of the claim's arms, times
 * rl_pilot_factor. RL_ERROR_MISMATCH when it has no such group and arms, or fewer than two seeds of
 * them. */
rl_status rl_plan_from_pilot(rl_plan_row *row, const rl_study *study, size_t claim,
                             const rl_numbers *pilot, double difference, rl_error *error);

#endif
