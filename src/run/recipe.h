/* Recipes: options that are known to work together, under a name. Option `recipe` sets them. */
#ifndef RL_RUN_RECIPE_H
#define RL_RUN_RECIPE_H

#include "reslab.h"

#define RL_RECIPE_OPTION "recipe"

extern const char *const rl_recipe_names[]; /* "none", then those of recipes.def; ended by NULL */

/* Sets what the recipe of that name sets; nothing for "none". */
rl_status rl_recipe_apply(rl_config *config, const char *name, rl_error *error);

#endif
