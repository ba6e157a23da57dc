/* Of rl_extend, what a run that is gone on with has to know. */
#ifndef RL_RUN_EXTEND_H
#define RL_RUN_EXTEND_H

#include "run/training.h"

/* Where the process that extended a run ended before config.yaml was written: `config`, which was
 * read from it, gets the epochs that the checkpoint is for. */
rl_status rl_extend_adopt(rl_config *config, const rl_safetensors *checkpoint, rl_error *error);

/* Writes config.yaml where that has not been done. */
rl_status rl_extend_finish(const rl_training *training, rl_error *error);

/* Says where the steps so far had another learning rate than those of a run that had all its epochs
 * from the start. Of a run whose position has been restored. */
void rl_extend_notice(const rl_training *training, const rl_safetensors *checkpoint);

#endif
