/* Learning-rate schedules by table: the rate is a pure function of the step. */
#ifndef RL_NN_SCHEDULE_H
#define RL_NN_SCHEDULE_H

#include <stddef.h>
#include <stdint.h>

typedef struct {
    const char *name;     /* constant, step, cosine, onecycle */
    double lr;            /* the configured (peak) rate */
    double warmup_epochs; /* linear from lr/steps up to lr, before the schedule proper */
    double step_epochs;   /* step: every so many epochs ... */
    double step_gamma;    /* ... multiply by this */
    uint64_t steps_per_epoch;
    uint64_t total_steps;
} rl_schedule;

extern const char *const rl_schedule_names[]; /* ended by NULL */

/* Learning rate of step `step` (0-based). */
double rl_schedule_lr(const rl_schedule *schedule, uint64_t step);

#endif
