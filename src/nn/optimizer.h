/* Optimizers by table. State is one flat slab of `state_slabs` times the parameter slab. */
#ifndef RL_NN_OPTIMIZER_H
#define RL_NN_OPTIMIZER_H

#include "nn/net.h"

typedef struct rl_optimizer rl_optimizer;

typedef struct {
    const char *name; /* sgd, momentum, adam, adamw */
    double momentum, dampening;
    bool nesterov;
    double weight_decay;
    bool decay_weights_only; /* weight decay spares vectors: batch norm's parameters and biases */
    double clip_norm;        /* of rl_optimizer_clip; 0: none */
    double beta1, beta2, eps;
} rl_optimizer_options;

extern const char *const rl_optimizer_names[]; /* ended by NULL */

/* State for the parameters of `net`, which must outlive the optimizer. */
rl_status rl_optimizer_create(rl_optimizer **optimizer, rl_net *net,
                              const rl_optimizer_options *options, rl_error *error);
void rl_optimizer_free(rl_optimizer *optimizer);

/* One update with learning rate `lr`. Allocates nothing. */
void rl_optimizer_step(rl_optimizer *optimizer, double lr);

/* The L2 norm of all gradients as one vector, in double; not finite exactly when a gradient is not
 * finite. */
double rl_optimizer_gradient_norm(const rl_optimizer *optimizer);

/* Before a step, with what rl_optimizer_gradient_norm returned: scales the gradients down to the
 * norm `clip_norm` where theirs is larger, as torch.nn.utils.clip_grad_norm_ does (by
 * clip_norm / (norm + 1e-6), when that is below 1). */
void rl_optimizer_clip(rl_optimizer *optimizer, double norm);

/* State for checkpoints: `rl_optimizer_slab_count` slabs named by rl_optimizer_slab_name ("buffer",
 * "m", "v"), each as long as the net's parameter slab, and the number of steps taken. */
size_t rl_optimizer_slab_count(const rl_optimizer *optimizer);
const char *rl_optimizer_slab_name(const rl_optimizer *optimizer, size_t index);
float *rl_optimizer_slab(rl_optimizer *optimizer, size_t index);
uint64_t rl_optimizer_steps(const rl_optimizer *optimizer);
void rl_optimizer_set_steps(rl_optimizer *optimizer, uint64_t steps);

/* State slabs an optimizer of this name keeps; for memory estimates. */
size_t rl_optimizer_state_slabs(const char *name);

#endif
