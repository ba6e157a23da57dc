/* rl_model of the public interface: a net, the classes it names, the normalisation it expects. */
#ifndef RL_RUN_MODEL_H
#define RL_RUN_MODEL_H

#include "nn/mirror.h"
#include "run/model_file.h"

struct rl_model {
    rl_net *net;
    rl_model_info info;
    rl_mirror *mirror; /* NULL: logits of the images as they are */
    float *images;     /* one batch of normalised images */
    size_t batch_size;
    char *assumptions; /* of rl_model_assumptions; NULL for none */
};

/* The net that `config` describes for the classes of `dataset`, with its initial weights (drawn
 * from the seed, or read from the file of option `init`), and the description that travels with it.
 * On failure *net is NULL and *info is empty. */
rl_status rl_model_build(rl_net **net, rl_model_info *info, const rl_config *config,
                         const rl_dataset *dataset, rl_net_mode mode, size_t max_batch,
                         rl_error *error);

/* The failure of a model whose logits for image `image` of `images` are not finite. */
rl_status rl_model_not_finite(size_t image, size_t images, rl_error *error);

/* Normalises `count` <= batch_size images and runs them through the net, with their mirror images
 * where `mirrored` (model->mirror must then be there): logits are then in rl_net_logits. */
void rl_model_forward(rl_model *model, const uint8_t *images, size_t count, bool mirrored);

#endif
