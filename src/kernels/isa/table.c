#include "kernels/isa/symbols.h"

#define RL_TEXT(name) #name
#define RL_TEXT_OF(macro) RL_TEXT(macro)
#define RL_ENTRY(member) .member = RL_SYMBOL(member)

/* The order of RL_ACTIVATIONS is that of rl_activation_kind. */
const rl_kernels RL_SYMBOL(kernels) = {
    .name = RL_TEXT_OF(RL_ISA),
    .panel = NR,
    RL_ENTRY(pack_weights),
    RL_ENTRY(gemm_rows),
    RL_ENTRY(outer_rows),
    RL_ENTRY(gemm_tiles),
    RL_ENTRY(outer_tiles),
    .winograd_stride1 = &RL_SYMBOL(winograd_stride1),
    .winograd_stride2 = &RL_SYMBOL(winograd_stride2),
    RL_ENTRY(depthwise_forward),
    RL_ENTRY(depthwise_data_gradient),
    RL_ENTRY(depthwise_weight_gradient),
    RL_ENTRY(moments),
    RL_ENTRY(affine_gradient),
    RL_ENTRY(average_rows),
    RL_ENTRY(spread_rows),
    RL_ENTRY(add),
    RL_ENTRY(scale),
    RL_ENTRY(approach),
    RL_ENTRY(sum_of_squares),
    RL_ENTRY(update_sgd),
    RL_ENTRY(update_momentum),
    RL_ENTRY(update_adam),
    RL_ENTRY(fused_multiply_adds),
    .affine_activation =
        {
#define RL_ACTIVATION(name) RL_SYMBOL(affine_##name),
            RL_ACTIVATIONS
#undef RL_ACTIVATION
        },
    .affine_activation_backward =
        {
#define RL_ACTIVATION(name) RL_SYMBOL(affine_##name##_backward),
            RL_ACTIVATIONS
#undef RL_ACTIVATION
        },
};
