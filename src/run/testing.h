/* One pass over images as they are, in test mode. */
#ifndef RL_RUN_TESTING_H
#define RL_RUN_TESTING_H

#include "run/training.h"

/* Figures of the images of `loader`, with option ema of the averaged weights; the net is left as it
 * was. correct, where it is not NULL, gets 1 or 0 for each image, in order. RL_STOPPED when the
 * caller of the run wants to stop. */
rl_status rl_training_test_on(rl_training *training, rl_loader *loader, rl_tested *tested,
                              uint8_t *correct);

#endif
