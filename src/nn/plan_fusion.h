#ifndef RL_NN_PLAN_FUSION_H
#define RL_NN_PLAN_FUSION_H

#include "nn/plan.h"

/* Decides which maps are deferred and which units complete others' gradients: fills the fusion part
 * of a plan. Without training nothing is fused. */
void rl_plan_fuse(rl_plan *plan, const rl_graph *graph, bool training);

#endif
