/* What a run lowers, and when the training losses of two runs say the same of the same images. */
#ifndef RL_RUN_OBJECTIVE_H
#define RL_RUN_OBJECTIVE_H

#include "run/config.h"

/* Is the objective the cross-entropy that every run records beside it? */
bool rl_objective_is_plain(const rl_config *config);

#endif
