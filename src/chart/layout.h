/* Where the parts of a chart lie: axes from the data, margins from the words. */
#ifndef RL_CHART_LAYOUT_H
#define RL_CHART_LAYOUT_H

#include "chart/axis.h"
#include "chart/chart.h"

/* Font sizes, in the units of the drawing. */
#define RL_TITLE_SIZE 16.0
#define RL_TEXT_SIZE 13.0

enum { RL_DIRECT_LABELS = 6 }; /* series up to which lines are labelled at their ends */

typedef struct {
    rl_axis x, y;
    double width, height;            /* of the drawing */
    double left, right, top, bottom; /* of the plot in it */
    bool legend;                     /* above the plot, in the place of direct labels */
} rl_layout;

/* A failed allocation is remembered in `out`. */
void rl_layout_chart(rl_layout *layout, const rl_chart *chart, rl_buffer *out);

double rl_layout_x(const rl_layout *layout, double x);
double rl_layout_y(const rl_layout *layout, double y);

/* Can point `i` be drawn? Not a gap, not infinite, not beyond all measure. */
bool rl_point_drawn(const rl_series *series, size_t i);
bool rl_band_drawn(const rl_series *series, size_t i);

/* Are all x of points that are drawn above 0? */
bool rl_chart_x_above_zero(const rl_chart *chart);

/* Are all values and bounds above 0, so that a log scale can show them? */
bool rl_chart_above_zero(const rl_chart *chart);

/* Moves centres of labels, `y` ascending, apart until they are `gap` from each other, as little as
 * possible and within low..high if they fit. */
void rl_spread_labels(double *y, size_t count, double gap, double low, double high);

/* Legend: the place of each entry, row by row. Starts as {.left, .right}; returns the entry's x and
 * sets its row. */
typedef struct {
    double left, right, x;
    size_t row;
} rl_legend_flow;
double rl_legend_place(rl_legend_flow *flow, const char *label);
#define RL_LEGEND_SAMPLE 30.0 /* width of a line's sample, with the space behind it */
#define RL_LEGEND_ROW 20.0

#endif
