/* The speed this machine could have, to hold real speeds against. */
#ifndef RL_NN_PEAK_H
#define RL_NN_PEAK_H

#include "reslab.h"

/* *flops = the single-precision operations a second (a multiply-add counts two) that `threads`
 * threads (0: rl_threads_usable(0)) of the instruction set in use do in registers: the best of
 * several short runs, half a second in all. 0 on failure. */
rl_status rl_measure_peak_flops(double *flops, int threads, rl_error *error);

#endif
