/* Charts: a description, and what it becomes: static SVG, PNG, and the data for the interactive
 * form. Labels may be any text: they are escaped here. */
#ifndef RL_CHART_CHART_H
#define RL_CHART_CHART_H

#include "base/buffer.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct {
    const char *label;
    size_t count;
    const double *x, *y;      /* [count]; a NaN y is a gap */
    const double *low, *high; /* a band around the line; NULL for none */
    size_t color;             /* number in the palette; also gives dash pattern and marker */
    const bool *marked;       /* [count]: points with a ring around them; NULL for none */
} rl_series;

typedef struct {
    const char *id; /* letters, digits and '-': file name and element id */
    const char *title;
    const char *x_title, *y_title; /* with units */
    const rl_series *series;
    size_t series_count;
    bool percent;        /* y is 0..1, shown as 0 to 100% */
    bool log_x;          /* only when all x are above 0; else linear */
    bool log_y;          /* only when all y and bounds are above 0; else linear */
    bool integer_x;      /* epochs: ticks at whole numbers only */
    const char *caption; /* one line for screen readers: what the chart shows */
} rl_chart;

typedef enum {
    RL_SVG_STANDALONE, /* a file of its own: carries its colours, follows light and dark */
    RL_SVG_INLINE,     /* in an HTML page, whose style sheet rl_chart_css is */
    RL_SVG_PRINT       /* light colours only, as plain attributes: what PNG is made from */
} rl_svg_form;

/* Appends the chart. Lines have direct labels at their ends, moved apart where they would overlap;
 * a legend above the plot when there are more than six. */
void rl_chart_svg(rl_buffer *out, const rl_chart *chart, rl_svg_form form);

/* The style sheet that inline charts (and the interactive form) use, for light, dark and print. */
const char *rl_chart_css(void);

/* Appends {"id":...,"labels":[...],"rows":[[x,[low,y,high]|null,...],...],...}: what
 * rl_chart_script needs to put the interactive form in the place of the static one. */
void rl_chart_json(rl_buffer *out, const rl_chart *chart);

/* The glue script (without <script> tags): for each chart of the JSON array in the element with id
 * "chart-data", replaces the static SVG by a dygraph with hover values, arms that can be toggled
 * and a log scale. Expects dygraphs. */
const char *rl_chart_script(void);

/* dygraphs as installed when reslab was built, inlined into reports: script and style sheet. */
const char *rl_dygraphs_script(void);
const char *rl_dygraphs_css(void);

/* Colour number `color` of the palette for light ground, "#rrggbb": distinguishable for
 * colour-blind eyes, and on paper. */
const char *rl_palette(size_t color);

/* An SVG text as a PNG picture of `scale` pixels a unit, drawn in a child process (base/child.h
 * says why, and how that may fail). `name` stands in messages. RL_ERROR_FORMAT for what is no SVG.
 */
rl_status rl_svg_draw_png(const char *svg, size_t length, double scale, const char *name,
                          rl_buffer *png, rl_error *error);

/* The same as a file. Replaces `path`. */
rl_status rl_svg_to_png(const char *svg, size_t length, double scale, const char *path,
                        rl_error *error);

#endif
