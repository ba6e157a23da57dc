/* The marks of a series: its band, its line, its markers, and a sample of them for a legend. */
#ifndef RL_CHART_MARKS_H
#define RL_CHART_MARKS_H

#include "chart/layout.h"

void rl_draw_band(rl_buffer *out, const rl_layout *layout, const rl_series *series,
                  rl_svg_form form);

/* Line and markers; a point between two gaps is a marker. `order` among the series staggers the
 * markers, so that those of lines which run together do not cover each other. */
void rl_draw_line(rl_buffer *out, const rl_layout *layout, const rl_series *series, size_t order,
                  rl_svg_form form);

void rl_draw_sample(rl_buffer *out, rl_svg_form form, size_t color, double left, double right,
                    double y);

#endif
