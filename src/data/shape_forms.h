/* The ten forms of the built-in data set, as inside tests about the unit circle. */
#ifndef RL_DATA_SHAPE_FORMS_H
#define RL_DATA_SHAPE_FORMS_H

#include <stdbool.h>

#define RL_SHAPE_FORMS 10

/* No form has a point farther than this from the origin. */
#define RL_SHAPE_REACH 1.2f

typedef struct {
    const char *name;
    bool (*contains)(float x, float y); /* y points down; see RL_SHAPE_REACH */
} rl_shape_form;

extern const rl_shape_form rl_shape_forms[RL_SHAPE_FORMS];

#endif
