/* price.json in a study's folder: what its runs were reckoned to take before one was done. */
#ifndef RL_STUDY_WORK_PRICE_H
#define RL_STUDY_WORK_PRICE_H

#include "study/work/state.h"

#define RL_PRICE_FILE "price.json"

/* Seconds of the runs that have not ended by price.json in `out`; NaN where it does not say. */
double rl_study_price_left(const char *out, const rl_run_standing *standings, size_t count);

#endif
