/* Recipes: options that are known to work together, under a name. Option `recipe` sets them. */
#ifndef RL_RUN_RECIPE_H
#define RL_RUN_RECIPE_H

#include "reslab.h"

#define RL_RECIPE_OPTION "recipe"

extern const char *const rl_recipe_names[]; /* "none", then those of recipes.def; ended by NULL */

/* What the recipe of that name sets: pairs of option and value, ended by NULL; none for "none". */
const char *const *rl_recipe_settings(const char *name);

#endif
