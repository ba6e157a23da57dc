/* The images that the runs of a study are trained on: opened once for runs that share them. */
#ifndef RL_STUDY_WORK_IMAGES_H
#define RL_STUDY_WORK_IMAGES_H

#include "study/work/state.h"

typedef struct {
    rl_dataset *dataset; /* opened last; runs of one seed follow each other */
    rl_config *config;   /* that it was opened for */
    bool missing;        /* it could not be opened: there is no point in going on */
} rl_study_images;       /* starts as {0} */

/* Opens the images of a configuration, unless they are open. */
rl_status rl_study_images_open(rl_study_images *images, const rl_config *config, rl_error *error);

/* Writes samples.png into the study's folder, for whoever finds it, unless it is there. */
rl_status rl_study_images_draw(const rl_study_images *images, const char *out, rl_error *error);

/* Runs that share their data must have been made on the same images, wherever those were found:
 * RL_ERROR_MISMATCH where run `index`, whose images are open, would not be. */
rl_status rl_study_images_check(const rl_study_images *images, const rl_study *study, size_t index,
                                const rl_run_standing *standings, rl_error *error);

void rl_study_images_close(rl_study_images *images);

#endif
