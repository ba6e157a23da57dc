/* Tuning as the rooms above need it: values beyond a grid, and the study that its runs make. */
#ifndef RL_STUDY_DESIGN_TUNING_H
#define RL_STUDY_DESIGN_TUNING_H

#include "run/yaml_write.h"
#include "study/design/study.h"

/* The values that an arm is tuned by: those of the study, and what was added to them at edges. */
typedef struct {
    char **values; /* [point * option_count + option]; of a grid ascending */
    size_t count, option_count;
    size_t added, below; /* points beyond the grid; those below it */
} rl_study_points;

/* The study's own points; false without memory, with *points to be released all the same. */
bool rl_study_points_begin(rl_study_points *points, const rl_study_tuning *tuning);

/* Adds the next value of a grid, above its highest or below its lowest. *added is false where the
 * option does not take it. False without memory. */
bool rl_study_points_extend(rl_study_points *points, const rl_study *study, bool above,
                            bool *added);
void rl_study_points_clear(rl_study_points *points);

/* The study of a tuning: each arm with each of its points, points[group][arm], for the tuning's
 * seeds, on what is left of the training images, and without the test images. Arm `arm` with point
 * `point` is arm rl_study_stage_arm(...) of the same group. */
rl_status rl_study_stage_create(rl_study **stage, const rl_study *study,
                                rl_study_points *const *points, rl_error *error);
size_t rl_study_stage_arm(const rl_study_points *points, size_t arm, size_t point);

bool rl_study_same_tuning(const rl_study_tuning *a, const rl_study_tuning *b);
void rl_study_write_tuning(rl_yaml_writer *writer, const rl_study_tuning *tuning);
void rl_study_clear_tuning(rl_study_tuning *tuning);

#endif
