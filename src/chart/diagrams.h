/* The drawings of a report that are no charts of data. */
#ifndef RL_CHART_DIAGRAMS_H
#define RL_CHART_DIAGRAMS_H

#include "chart/chart.h"

/* Words of the Ghost Module's diagram, in the report's language. */
typedef struct {
    const char *title, *input, *primary, *primary_detail, *cheap, *cheap_detail, *concatenate,
        *output;
} rl_ghost_words;

/* A Ghost Module: input -> primary 3x3 convolution -> half of the channels; a cheap depthwise 3x3
 * of those -> the other half; both side by side. */
void rl_ghost_diagram(rl_buffer *out, const rl_ghost_words *words, rl_svg_form form);

#endif
