#ifndef RL_BASE_CLOCK_H
#define RL_BASE_CLOCK_H

/* Seconds of a clock that only goes forward, from an arbitrary start. */
double rl_clock_seconds(void);

#endif
