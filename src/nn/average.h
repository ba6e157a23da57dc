/* The exponential moving average of a net's weights over the steps of training: often a better net
 * than the last step's, at the price of a copy of the weights.
 *
 * After step n (from 0) every parameter and every running statistic of batch norm w moves its
 * average e by e += (1 - d_n) (w - e), with d_n = min(decay, (1 + n) / (10 + n)). After the first
 * step e is w. So torch.optim.swa_utils.AveragedModel does with use_buffers=True and this d_n as
 * its avg_fn; that statistics are averaged, too, is also what timm's ModelEmaV2 does. Growing d_n
 * (TensorFlow's ExponentialMovingAverage with num_updates) keeps the first, bad weights out of
 * short runs, in which a decay of 0.999 would still hold them at the end. */
#ifndef RL_NN_AVERAGE_H
#define RL_NN_AVERAGE_H

#include "nn/net.h"

typedef struct rl_average rl_average;

/* Begins as a copy of the weights of `net`, which must outlive it. 0 < decay < 1. */
rl_status rl_average_create(rl_average **average, rl_net *net, double decay, rl_error *error);
void rl_average_free(rl_average *average);

/* After step number `step` (from 0) of the run. Allocates nothing; the same bits for any number of
 * threads. */
void rl_average_update(rl_average *average, uint64_t step);

/* Exchanges the average and the net's weights: so that the net can be tested or written as the
 * average, and, by a second call, go on as if nothing had been. */
void rl_average_swap(rl_average *average);

/* The averages, or between two swaps the net's own weights: slabs as rl_net_parameters' and
 * rl_net_statistics'. */
float *rl_average_parameters(rl_average *average);
float *rl_average_statistics(rl_average *average);

#endif
