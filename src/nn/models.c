/* The table of models. A model family is one file with a builder; a model is one row here. */
#include "nn/graph.h"
#include "nn/resnet.h"

#include <string.h>

static const rl_model_builder builders[] = {
    {"resnet18", "ResNet-18 for 32x32 images", rl_build_resnet18},
    {"resnet18-ghost", "ResNet-18 with Ghost Modules for its 3x3 convolutions",
     rl_build_resnet18_ghost},
    {"resnet34", "ResNet-34 for 32x32 images", rl_build_resnet34},
    {"resnet34-ghost", "ResNet-34 with Ghost Modules for its 3x3 convolutions",
     rl_build_resnet34_ghost},
};

/* The same names, in the form the options table takes. */
const char *const rl_model_names[] = {"resnet18", "resnet18-ghost", "resnet34", "resnet34-ghost",
                                      NULL};

const rl_model_builder *rl_model_builder_find(const char *name) {
    for (size_t i = 0; i < sizeof builders / sizeof builders[0]; i++)
        if (strcmp(builders[i].name, name) == 0)
            return &builders[i];
    return NULL;
}
