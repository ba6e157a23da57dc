/* Mirror averaging, the cheapest way of testing with augmentation: the logits of an image are the
 * mean of those of the image and of its mirror image. Means of logits, not of probabilities, as
 * Jordan's airbench does. Takes twice the time; only for data in which a mirror image is of the
 * same class. */
#ifndef RL_NN_MIRROR_H
#define RL_NN_MIRROR_H

#include "nn/net.h"

typedef struct rl_mirror rl_mirror;

/* Memory for up to `max_batch` images, no more than those of `net`, which must outlive it. */
rl_status rl_mirror_create(rl_mirror **mirror, rl_net *net, size_t max_batch, rl_error *error);
void rl_mirror_free(rl_mirror *mirror);

/* rl_net_forward_eval, with the means as the net's logits. */
void rl_mirror_forward_eval(rl_mirror *mirror, const float *images, size_t count);

#endif
