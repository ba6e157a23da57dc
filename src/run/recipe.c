/* The columns of recipes.def as lists of pairs. A new recipe is a column there, and here a list, a
 * row and a name. */
#include "run/recipe.h"

#include <string.h>

static const char *const reference[] = {
#define SET(option, reference, strong) option, reference,
#include "run/recipes.def"
#undef SET
    NULL};

static const char *const strong[] = {
#define SET(option, reference, strong) option, strong,
#include "run/recipes.def"
#undef SET
    NULL};

static const rl_recipe rows[] = {
    {"reference", "The reference experiment: SGD at a constant rate, nothing else", reference},
    {"strong",
     "For accuracy: SGD with Nesterov momentum, a rate that falls along a cosine, decay of "
     "weights, smoothed labels, averaged weights, mirror averaging",
     strong},
};
enum { ROW_COUNT = sizeof rows / sizeof *rows };

/* The same names, in the form the options table takes. */
const char *const rl_recipe_names[] = {"none", "reference", "strong", NULL};

const rl_recipe *rl_recipe_at(size_t index) {
    return index < ROW_COUNT ? &rows[index] : NULL;
}

const char *const *rl_recipe_settings(const char *name) {
    static const char *const nothing[] = {NULL};
    for (size_t i = 0; i < ROW_COUNT; i++)
        if (strcmp(rows[i].name, name) == 0)
            return rows[i].settings;
    return nothing;
}
