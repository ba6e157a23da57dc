/* What charts and diagrams have in common: colours, dash patterns, letters and the opening of an
 * SVG. Every element carries its colour as an attribute (`color`, which strokes and fills take up
 * by currentColor) and, except in print, as a class that a style sheet may override: so the same
 * drawing is right in librsvg, in a file of its own, and in a page with a dark ground. */
#ifndef RL_CHART_STYLE_H
#define RL_CHART_STYLE_H

#include "chart/chart.h"

enum { RL_COLORS = 7, RL_DASHES = 6, RL_MARKERS = 6 };

/* Dash pattern of `color`: lengths of lines and gaps, and how many; 0 for a line that is whole. */
size_t rl_dashes(size_t color, const double **lengths);

typedef enum { RL_INK, RL_MUTED, RL_GRID, RL_GROUND } rl_tone;

/* <g> in a tone, or in the colour of an arm; ended by "</g>". `attributes` are added as they are.
 */
void rl_open_tone(rl_buffer *out, rl_svg_form form, rl_tone tone, const char *attributes);
void rl_open_color(rl_buffer *out, rl_svg_form form, size_t color, const char *attributes);

/* <svg> with title and description for screen readers, the style sheet where the form has one, and
 * its ground; ended by "</svg>". */
void rl_open_svg(rl_buffer *out, rl_svg_form form, const char *id, double width, double height,
                 const char *title, const char *description);

/* name="value" with two decimals at most. */
void rl_attribute(rl_buffer *out, const char *name, double value);

/* A coordinate: two decimals at most. */
void rl_coordinate(rl_buffer *out, double value);

/* What `text` is wide at a font size of 1, as far as one can say without the font: letters of East
 * Asia are square. */
double rl_text_width(const char *text);

/* <text> at x, y; cut with an ellipsis where it would be wider than `width` at this font size.
 * `anchor` is start, middle or end. */
void rl_add_text(rl_buffer *out, double x, double y, double size, double width, const char *anchor,
                 const char *attributes, const char *text);

/* NULL becomes "". */
static inline const char *rl_text_or_empty(const char *text) {
    return text ? text : "";
}

#endif
