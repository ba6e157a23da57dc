/* Small charts and ways to look into their SVG. */
#ifndef TEST_CHART_CHARTS_H
#define TEST_CHART_CHARTS_H

#include "chart/chart.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <librsvg/rsvg.h>

static const double epochs[] = {1, 2, 3, 4};
static const double falling[] = {2, 1, 0.5, 0.25};

static inline rl_chart chart_of(const rl_series *series, size_t count) {
    return (rl_chart){.id = "test",
                      .title = "Loss",
                      .x_title = "Epoch",
                      .y_title = "Training loss",
                      .series = series,
                      .series_count = count,
                      .integer_x = true,
                      .caption = "A test."};
}

/* The chart's SVG, which librsvg can read and in which no number is missing; rl_buffer_clear it. */
static inline rl_buffer svg_of(const rl_chart *chart, rl_svg_form form) {
    rl_buffer svg = {0};
    rl_chart_svg(&svg, chart, form);
    assert_false(svg.failed);
    GError *error = NULL;
    RsvgHandle *handle = rsvg_handle_new_from_data((const guint8 *)svg.text, svg.length, &error);
    if (!handle)
        fail_msg("%s in %s", error->message, svg.text);
    g_object_unref(handle);
    assert_null(strstr(svg.text, "nan"));
    assert_null(strstr(svg.text, "inf"));
    return svg;
}

static inline size_t count_of(const char *text, const char *part) {
    size_t count = 0;
    for (; (text = strstr(text, part)); text++)
        count++;
    return count;
}

/* The value of attribute `name`="..." at or behind `text`. */
static inline double attribute(const char *text, const char *name) {
    char start[40];
    snprintf(start, sizeof start, " %s=\"", name);
    const char *at = strstr(text, start);
    assert_non_null(at);
    return strtod(at + strlen(start), NULL);
}

/* The place of the text element that says `words`. */
static inline void place_of(const char *svg, const char *words, double *x, double *y) {
    char element[200];
    snprintf(element, sizeof element, ">%s</text>", words);
    const char *at = strstr(svg, element);
    if (!at)
        fail_msg("no '%s' in %s", words, svg);
    while (strncmp(at, "<text", 5) != 0)
        at--;
    *x = attribute(at, "x");
    *y = attribute(at, "y");
}

/* Points of the path that starts with "M" behind `at`; returns how many. */
static inline size_t points_of(const char *at, double (*points)[2], size_t limit) {
    size_t count = 0;
    while (count < limit && (*at == 'M' || *at == 'L')) {
        char *end;
        points[count][0] = strtod(at + 1, &end);
        points[count++][1] = strtod(end, &end);
        at = end;
    }
    return count;
}

/* The first path of the group that draws a line of `color`. */
static inline const char *line_of(const char *svg, size_t color) {
    char group[120];
    snprintf(group, sizeof group,
             "color=\"%s\" fill=\"none\" stroke=\"currentColor\" "
             "stroke-width=\"2\" stroke-linejoin",
             rl_palette(color));
    const char *at = strstr(svg, group);
    assert_non_null(at);
    at = strstr(at, "<path d=\"");
    assert_non_null(at);
    return at + strlen("<path d=\"");
}

#endif
