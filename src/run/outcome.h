/* correct.safetensors of a run that is done: which test images were right after the last epoch, so
 * that two runs can be compared image by image. */
#ifndef RL_RUN_OUTCOME_H
#define RL_RUN_OUTCOME_H

#include "run/run_directory.h"

#include <stdint.h>

/* One byte for each test image, 1 or 0; release `correct` with rl_free. Where there is no such
 * file, or it is of another number of epochs than `epochs` (the run has gone on since), *correct is
 * NULL and that is no error. RL_ERROR_FORMAT when it is damaged, or is not of `images` images of
 * which a share `accuracy` was right. */
rl_status rl_correct_read(uint8_t **correct, const char *path, size_t epochs, size_t images,
                          double accuracy, rl_error *error);

#endif
