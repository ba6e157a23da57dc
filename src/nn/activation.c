/* The table of activations. A new one is a row here and a value and derivative in the kernels. */
#include "nn/activation.h"

#include <string.h>

const rl_activation rl_activations[RL_ACTIVATION_COUNT] = {
    [RL_ACTIVATION_NONE] = {"none", "x"},
    [RL_ACTIVATION_SIGMOID] = {"sigmoid", "1 / (1 + exp(-x))"},
    [RL_ACTIVATION_RELU] = {"relu", "max(0, x)"},
    [RL_ACTIVATION_LEAKY_RELU] = {"leaky_relu", "x for x > 0, else negative_slope * x"},
    [RL_ACTIVATION_GELU] = {"gelu", "x * Phi(x), Phi the normal distribution (erf, exact)"},
};

rl_activation_kind rl_activation_find(const char *name) {
    for (int kind = 0; kind < RL_ACTIVATION_COUNT; kind++)
        if (strcmp(rl_activations[kind].name, name) == 0)
            return (rl_activation_kind)kind;
    return RL_ACTIVATION_COUNT;
}
