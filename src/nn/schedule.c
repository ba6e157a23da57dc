/* Learning-rate schedules. A new one is a function of the step and a row of the table. */
#include "nn/schedule.h"

#include <math.h>
#include <string.h>

/* Steps since the warm-up, and how many there are. */
typedef struct {
    double step, total;
} progress;

static double constant(const rl_schedule *schedule, progress at) {
    (void)at;
    return schedule->lr;
}

/* torch.optim.lr_scheduler.StepLR, counted in epochs. */
static double step_decay(const rl_schedule *schedule, progress at) {
    const double epoch = at.step / (double)schedule->steps_per_epoch;
    return schedule->lr * pow(schedule->step_gamma, floor(epoch / schedule->step_epochs));
}

/* Loshchilov and Hutter 2017 without restarts: CosineAnnealingLR down to 0, a step at a time. */
static double cosine(const rl_schedule *schedule, progress at) {
    return 0.5 * schedule->lr * (1 + cos(M_PI * at.step / at.total));
}

static double anneal(double from, double to, double share) {
    return to + (from - to) / 2 * (1 + cos(M_PI * share));
}

/* Smith and Topin 2018 as torch.optim.lr_scheduler.OneCycleLR with its defaults: up from lr/25 over
 * 30% of the steps, then down to lr/25/1e4, both cosine-shaped. Momentum is left alone. */
static double onecycle(const rl_schedule *schedule, progress at) {
    const double first = schedule->lr / 25, last = first / 1e4;
    const double peak = 0.3 * at.total - 1, end = at.total - 1;
    if (at.step <= peak)
        return anneal(first, schedule->lr, peak > 0 ? at.step / peak : 1);
    return anneal(schedule->lr, last, end > peak ? (at.step - peak) / (end - peak) : 1);
}

const char *const rl_schedule_names[] = {"constant", "step", "cosine", "onecycle", NULL};
static double (*const functions[])(const rl_schedule *, progress) = {constant, step_decay, cosine,
                                                                     onecycle};

double rl_schedule_lr(const rl_schedule *schedule, uint64_t step) {
    const double warmup = floor(schedule->warmup_epochs * (double)schedule->steps_per_epoch);
    if ((double)step < warmup)
        return schedule->lr * ((double)step + 1) / warmup;
    const progress at = {(double)step - warmup, fmax(1, (double)schedule->total_steps - warmup)};
    for (size_t i = 0; rl_schedule_names[i]; i++)
        if (strcmp(rl_schedule_names[i], schedule->name) == 0)
            return functions[i](schedule, at);
    return schedule->lr;
}
