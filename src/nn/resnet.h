/* Builders of the ResNet family (He et al. 2016, the CIFAR form with a 3x3 stem). */
#ifndef RL_NN_RESNET_H
#define RL_NN_RESNET_H

#include "nn/graph.h"

void rl_build_resnet18(rl_graph *graph, const rl_slice *image);
void rl_build_resnet18_ghost(rl_graph *graph, const rl_slice *image);
void rl_build_resnet34(rl_graph *graph, const rl_slice *image);
void rl_build_resnet34_ghost(rl_graph *graph, const rl_slice *image);

#endif
