/* An axis: the values it spans, and ticks at round numbers. */
#ifndef RL_CHART_AXIS_H
#define RL_CHART_AXIS_H

#include "base/buffer.h"

#include <stdbool.h>
#include <stddef.h>

enum { RL_TICKS = 24 };

typedef struct {
    double low, high; /* low < high, both finite */
    bool log;         /* then low > 0 */
    size_t tick_count;
    double ticks[RL_TICKS]; /* within low..high, ascending */
    double step;            /* between ticks; NaN where they are not evenly spaced */
} rl_axis;

/* Ticks at 1, 2 or 5 times a power of ten, about `wanted` of them; whole: at whole numbers only.
 * Needs low < high. */
void rl_axis_linear(rl_axis *axis, double low, double high, size_t wanted, bool whole);

/* Ticks at powers of ten, and at 1-2-5 where those are few. Needs 0 < low < high. */
void rl_axis_log(rl_axis *axis, double low, double high);

/* 0 at the low end, 1 at the high end; -20..20 for values far outside. */
double rl_axis_share(const rl_axis *axis, double value);

/* Appends the text of tick `index`, with as many decimals as its neighbours need. */
void rl_axis_tick_text(rl_buffer *text, const rl_axis *axis, size_t index, bool percent);

#endif
