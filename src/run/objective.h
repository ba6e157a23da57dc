/* What a run lowers, and when the training losses of two runs say the same of the same images. */
#ifndef RL_RUN_OBJECTIVE_H
#define RL_RUN_OBJECTIVE_H

#include "run/config.h"

/* Is the objective the cross-entropy that every run records beside it? */
bool rl_objective_is_plain(const rl_config *config);

/* Do both runs train on the same images, altered in the same ways? Else a lower cross-entropy says
 * nothing: blended, cropped or fewer images are harder or easier to fit. */
bool rl_same_training_images(const rl_config *a, const rl_config *b);

#endif
