/* A run's TensorBoard file: the same figures as metrics.csv and steps.csv, at the same steps, with
 * the run's settings. Every process that works on a run starts a file of its own. */
#ifndef RL_RUN_RUN_EVENTS_H
#define RL_RUN_RUN_EVENTS_H

#include "run/training.h"

/* Starts the file with the run's settings. In a resumed run, points that older files hold behind
 * the present position become void: they are about to be made again. */
rl_status rl_run_events_start(rl_training *training, rl_error *error);

rl_status rl_run_events_step(rl_training *training, const rl_step_row *row, rl_error *error);
/* Of the step in progress, before clipping. */
rl_status rl_run_events_gradient_norm(rl_training *training, double norm, rl_error *error);

rl_status rl_run_events_epoch(rl_training *training, const rl_epoch_row *row, rl_error *error);

/* Hands all points to the system: before a checkpoint, which must never be ahead of them. */
rl_status rl_run_events_flush(rl_training *training, rl_error *error);

/* Notes how the run ended, unless it is to go on. */
rl_status rl_run_events_finish(rl_training *training, rl_status outcome, rl_error *error);

#endif
