/* rl_model of the public interface: a net, the classes it names, the normalisation it expects. */
#ifndef RL_RUN_MODEL_H
#define RL_RUN_MODEL_H

#include "run/model_file.h"

struct rl_model {
    rl_net *net;
    rl_model_info info;
    float *images; /* one batch of normalised images */
    size_t batch_size;
};

#endif
