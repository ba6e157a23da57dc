/* What the sources of this folder define for one instruction set; table.c gathers it. */
#ifndef RL_KERNELS_ISA_SYMBOLS_H
#define RL_KERNELS_ISA_SYMBOLS_H

#include "kernels/isa/vector.h"
#include "kernels/kernels.h"

/* Every activation, by the names of its functions in activation.h. */
#define RL_ACTIVATIONS                                                                             \
    RL_ACTIVATION(none)                                                                            \
    RL_ACTIVATION(sigmoid)                                                                         \
    RL_ACTIVATION(relu)                                                                            \
    RL_ACTIVATION(leaky_relu)                                                                      \
    RL_ACTIVATION(gelu)

/* Declared with the types of the table's own members: a contract cannot drift. */
#define RL_DECLARE(member) extern __typeof__(*((rl_kernels *)0)->member) RL_SYMBOL(member)
RL_DECLARE(pack_weights);
RL_DECLARE(gemm_rows);
RL_DECLARE(outer_rows);
RL_DECLARE(gemm_tiles);
RL_DECLARE(outer_tiles);
RL_DECLARE(depthwise_forward);
RL_DECLARE(depthwise_data_gradient);
RL_DECLARE(depthwise_weight_gradient);
RL_DECLARE(moments);
RL_DECLARE(affine_gradient);
RL_DECLARE(average_rows);
RL_DECLARE(spread_rows);
RL_DECLARE(add);
RL_DECLARE(scale);
RL_DECLARE(approach);
RL_DECLARE(sum_of_squares);
RL_DECLARE(update_sgd);
RL_DECLARE(update_momentum);
RL_DECLARE(update_adam);
RL_DECLARE(fused_multiply_adds);
#undef RL_DECLARE

extern const rl_winograd RL_SYMBOL(winograd_stride1), RL_SYMBOL(winograd_stride2);

/* The same for the members of the Winograd schemes. */
#define RL_DECLARE(member, function)                                                               \
    extern __typeof__(*((rl_winograd *)0)->member) RL_SYMBOL(function)
RL_DECLARE(input, winograd_input);
RL_DECLARE(output, winograd_output);
RL_DECLARE(output_gradient, winograd_output_gradient);
RL_DECLARE(weights, winograd_weights);
RL_DECLARE(weight_gradient, winograd_weight_gradient);
RL_DECLARE(input, winograd_stride2_input);
RL_DECLARE(output, winograd_stride2_output);
RL_DECLARE(gradient_input, winograd_stride2_gradient_input);
RL_DECLARE(gradient_output, winograd_stride2_gradient_output);
RL_DECLARE(output_gradient, winograd_stride2_output_gradient);
RL_DECLARE(weights, winograd_stride2_weights);
RL_DECLARE(weight_gradient, winograd_stride2_weight_gradient);
#undef RL_DECLARE

#define RL_ACTIVATION(name)                                                                        \
    extern rl_affine_activation RL_SYMBOL(affine_##name);                                          \
    extern rl_affine_activation_backward RL_SYMBOL(affine_##name##_backward);
RL_ACTIVATIONS
#undef RL_ACTIVATION

extern const rl_kernels RL_SYMBOL(kernels);

#endif
