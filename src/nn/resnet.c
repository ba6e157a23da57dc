/* ResNets of BasicBlocks: y = act(bn2(conv2(act(bn1(conv1(x))))) + shortcut(x)), with the module
 * that stands for a 3x3 convolution with its batch norm as a parameter: a plain convolution, or a
 * Ghost Module (Han et al. 2020). Tensor names are those of the usual PyTorch CIFAR ResNet. */
#include "nn/resnet.h"

#include <stdio.h>

enum { STAGES = 4, NAME = 80 };

/* Appends conv<index> of a block with the block's batch norm, optional residual and activation. */
typedef rl_slice conv_module(rl_graph *graph, rl_slice input, const char *block, int index,
                             size_t channels, size_t stride, const rl_slice *residual);

static rl_slice basic_module(rl_graph *graph, rl_slice input, const char *block, int index,
                             size_t channels, size_t stride, const rl_slice *residual) {
    char conv[NAME], norm[NAME];
    snprintf(conv, sizeof conv, "%s.conv%d", block, index);
    snprintf(norm, sizeof norm, "%s.bn%d", block, index);
    return rl_graph_add_unit(graph, input,
                             &(rl_unit_spec){.conv_name = conv,
                                             .norm_name = norm,
                                             .conv = RL_UNIT_CONV,
                                             .kernel = 3,
                                             .stride = stride,
                                             .channels = channels,
                                             .residual = residual,
                                             .activation = graph->spec.activation});
}

/* relu(relu(x)) = leaky_relu(relu(x)) = relu(x): such a second activation costs a pass for nothing.
 */
static bool absorbs(rl_activation_kind inner, rl_activation_kind outer) {
    return inner == RL_ACTIVATION_RELU &&
           (outer == RL_ACTIVATION_RELU || outer == RL_ACTIVATION_LEAKY_RELU);
}

/* Primary convolution and cheap depthwise maps into one map, so that concatenation is free; then
 * the block's own batch norm (kept with ghost_outer_bn), residual and activation. */
static rl_slice ghost_module(rl_graph *graph, rl_slice input, const char *block, int index,
                             size_t channels, size_t stride, const rl_slice *residual) {
    const rl_model_spec *spec = &graph->spec;
    const size_t primary = (channels + spec->ghost_ratio - 1) / spec->ghost_ratio;
    const size_t cheap = primary * (spec->ghost_ratio - 1);
    const rl_activation_kind inner =
        spec->ghost_activation_follows_model ? spec->activation : RL_ACTIVATION_RELU;
    if (graph->out_of_memory)
        return (rl_slice){0};
    const rl_map in = graph->maps[input.map];
    const size_t map = rl_graph_add_map(graph, (in.height - 1) / stride + 1,
                                        (in.width - 1) / stride + 1, primary + cheap);
    char conv[NAME], norm[NAME];

    snprintf(conv, sizeof conv, "%s.conv%d.primary_conv.0", block, index);
    snprintf(norm, sizeof norm, "%s.conv%d.primary_conv.1", block, index);
    const rl_slice first = {map, 0, primary}, second = {map, primary, cheap};
    rl_graph_add_unit(graph, input,
                      &(rl_unit_spec){.conv_name = conv,
                                      .norm_name = norm,
                                      .conv = RL_UNIT_CONV,
                                      .kernel = 3,
                                      .stride = stride,
                                      .channels = primary,
                                      .into = &first,
                                      .activation = inner});
    snprintf(conv, sizeof conv, "%s.conv%d.cheap_operation.0", block, index);
    snprintf(norm, sizeof norm, "%s.conv%d.cheap_operation.1", block, index);
    rl_graph_add_unit(graph, first,
                      &(rl_unit_spec){.conv_name = conv,
                                      .norm_name = norm,
                                      .conv = RL_UNIT_DEPTHWISE,
                                      .kernel = spec->ghost_dw_size,
                                      .stride = 1,
                                      .channels = cheap,
                                      .into = &second,
                                      .activation = inner});

    const rl_slice output = {map, 0, channels};
    snprintf(norm, sizeof norm, "%s.bn%d", block, index);
    if (!spec->ghost_outer_bn && !residual && absorbs(inner, spec->activation))
        return output;
    return rl_graph_add_unit(graph, output,
                             &(rl_unit_spec){.norm_name = spec->ghost_outer_bn ? norm : NULL,
                                             .conv = RL_UNIT_NO_CONV,
                                             .channels = channels,
                                             .residual = residual,
                                             .activation = spec->activation});
}

static rl_slice basic_block(rl_graph *graph, rl_slice input, const char *name, size_t channels,
                            size_t stride, conv_module *module) {
    const rl_slice middle = module(graph, input, name, 1, channels, stride, NULL);
    rl_slice shortcut = input;
    if (stride != 1 || input.channels != channels) {
        char conv[NAME], norm[NAME];
        snprintf(conv, sizeof conv, "%s.shortcut.0", name);
        snprintf(norm, sizeof norm, "%s.shortcut.1", name);
        shortcut = rl_graph_add_unit(graph, input,
                                     &(rl_unit_spec){.conv_name = conv,
                                                     .norm_name = norm,
                                                     .conv = RL_UNIT_CONV,
                                                     .kernel = 1,
                                                     .stride = stride,
                                                     .channels = channels});
    }
    return module(graph, middle, name, 2, channels, 1, &shortcut);
}

static void build(rl_graph *graph, const rl_slice *image, const size_t blocks[STAGES],
                  conv_module *module) {
    const size_t width = graph->spec.width;
    rl_slice x = rl_graph_add_unit(graph, *image,
                                   &(rl_unit_spec){.conv_name = "conv1",
                                                   .norm_name = "bn1",
                                                   .conv = RL_UNIT_CONV,
                                                   .kernel = 3,
                                                   .stride = 1,
                                                   .channels = width,
                                                   .activation = graph->spec.activation});
    for (size_t stage = 0; stage < STAGES; stage++)
        for (size_t block = 0; block < blocks[stage]; block++) {
            char name[32];
            snprintf(name, sizeof name, "layer%zu.%zu", stage + 1, block);
            const size_t stride = stage > 0 && block == 0 ? 2 : 1;
            x = basic_block(graph, x, name, width << stage, stride, module);
        }
    rl_graph_add_head(graph, x, "linear");
}

static const size_t blocks18[STAGES] = {2, 2, 2, 2};
static const size_t blocks34[STAGES] = {3, 4, 6, 3};

void rl_build_resnet18(rl_graph *graph, const rl_slice *image) {
    build(graph, image, blocks18, basic_module);
}

void rl_build_resnet18_ghost(rl_graph *graph, const rl_slice *image) {
    build(graph, image, blocks18, ghost_module);
}

void rl_build_resnet34(rl_graph *graph, const rl_slice *image) {
    build(graph, image, blocks34, basic_module);
}

void rl_build_resnet34_ghost(rl_graph *graph, const rl_slice *image) {
    build(graph, image, blocks34, ghost_module);
}
