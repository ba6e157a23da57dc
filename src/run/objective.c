/* Label smoothing makes another number of the same prediction, and is undone by recording the
 * cross-entropy as well. What alters the images cannot be undone: the plain images are not passed
 * through the net in training. Batch size and normalisation are left out on purpose: the images
 * stay what they are. */
#include "run/objective.h"

#include "base/text.h"
#include "reslab.h"

#include <stdio.h>
#include <string.h>

void rl_objective(const rl_config *config, char *text, size_t size) {
    char mixup[40] = "", smoothing[40] = "";
    rl_text_from_double(mixup, sizeof mixup, config->mixup);
    rl_text_from_double(smoothing, sizeof smoothing, config->label_smoothing);
    const bool mixed = config->augment && config->mixup > 0, smooth = config->label_smoothing > 0;
    snprintf(text, size, "cross-entropy%s%s%s%s", mixed ? ", mixup " : "", mixed ? mixup : "",
             smooth ? ", label smoothing " : "", smooth ? smoothing : "");
}

bool rl_objective_is_plain(const rl_config *config) {
    return config->label_smoothing == 0;
}

/* Every option that has to do with the data decides on the training images, but for the first
 * three; of the others, what is held back from them. */
static bool decides_images(const rl_option *option) {
    static const char *const others[] = {"normalize", "limit-test", "shuffle"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (strcmp(others[i], option->name) == 0)
            return false;
    return strcmp(option->group, "Data") == 0 || strcmp(option->name, "validation") == 0;
}

bool rl_same_training_images(const rl_config *a, const rl_config *b) {
    const rl_option *option;
    for (size_t i = 0; (option = rl_option_at(i)); i++)
        if (decides_images(option) &&
            strcmp(rl_config_get(a, option->name), rl_config_get(b, option->name)) != 0)
            return false;
    return true;
}
