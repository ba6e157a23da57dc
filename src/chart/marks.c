/* Bands, lines and markers. A line is told from others by colour, by dashes, and in charts with a
 * legend by markers too: none of these is needed where another can be seen. */
#include "chart/marks.h"

#include "base/memory.h"
#include "chart/style.h"

#define MARKER 4.0 /* half of its width */
enum { MARKERS_A_LINE = 8 };

static void command(rl_buffer *out, char letter, double x, double y) {
    rl_buffer_add_bytes(out, &letter, 1);
    rl_coordinate(out, x);
    rl_buffer_add(out, " ");
    rl_coordinate(out, y);
}

/* The end of the run of drawn points that begins at `first`. */
static size_t run_end(const rl_series *series, size_t first,
                      bool (*drawn)(const rl_series *series, size_t i)) {
    size_t end = first;
    while (end < series->count && drawn(series, end))
        end++;
    return end;
}

/* The band of a point between two gaps. */
static void whisker(rl_buffer *out, const rl_layout *layout, const rl_series *series, size_t i,
                    rl_svg_form form) {
    const double x = rl_layout_x(layout, series->x[i]);
    rl_open_color(out, form, series->color, " stroke=\"currentColor\" stroke-opacity=\"0.5\"");
    rl_buffer_add(out, "<path d=\"");
    command(out, 'M', x, rl_layout_y(layout, series->low[i]));
    command(out, 'L', x, rl_layout_y(layout, series->high[i]));
    rl_buffer_add(out, "\"/></g>");
}

void rl_draw_band(rl_buffer *out, const rl_layout *layout, const rl_series *series,
                  rl_svg_form form) {
    size_t end;
    for (size_t first = 0; first < series->count; first = end + 1) {
        end = run_end(series, first, rl_band_drawn);
        if (end == first)
            continue;
        if (end - first == 1) {
            whisker(out, layout, series, first, form);
            continue;
        }
        rl_open_color(out, form, series->color, " fill=\"currentColor\" fill-opacity=\"0.16\"");
        rl_buffer_add(out, "<path d=\"");
        for (size_t i = first; i < end; i++)
            command(out, i == first ? 'M' : 'L', rl_layout_x(layout, series->x[i]),
                    rl_layout_y(layout, series->high[i]));
        for (size_t i = end; i-- > first;)
            command(out, 'L', rl_layout_x(layout, series->x[i]),
                    rl_layout_y(layout, series->low[i]));
        rl_buffer_add(out, "Z\"/></g>");
    }
}

static void add_dashes(rl_buffer *out, size_t color) {
    const double *lengths;
    const size_t count = rl_dashes(color, &lengths);
    for (size_t i = 0; i < count; i++) {
        rl_buffer_add(out, i == 0 ? " stroke-dasharray=\"" : " ");
        rl_coordinate(out, lengths[i]);
    }
    if (count > 0)
        rl_buffer_add(out, "\"");
}

/* Outlines of markers around nought, by number of the colour. */
static void marker(rl_buffer *out, size_t color, double x, double y) {
    static const char *const outlines[RL_MARKERS] = {
        "m-4 0a4 4 0 1 0 8 0a4 4 0 1 0 -8 0z",                         /* circle */
        "m-3.6 -3.6h7.2v7.2h-7.2z",                                    /* square */
        "m0 -4.8l4.6 8h-9.2z",                                         /* triangle */
        "m0 -5l5 5l-5 5l-5 -5z",                                       /* diamond */
        "m0 4.8l4.6 -8h-9.2z",                                         /* triangle on its tip */
        "m-1.4 -4.6h2.8v3.2h3.2v2.8h-3.2v3.2h-2.8v-3.2h-3.2v-2.8h3.2z" /* plus */
    };
    rl_buffer_add(out, "<path d=\"");
    command(out, 'M', x, y);
    rl_buffer_print(out, "%s\" fill=\"currentColor\" stroke=\"none\"/>",
                    outlines[color % RL_MARKERS]);
}

/* A ring around a point. */
static void ring(rl_buffer *out, double x, double y) {
    rl_buffer_add(out, "<path d=\"");
    command(out, 'M', x, y);
    rl_buffer_add(out, "m-7 0a7 7 0 1 0 14 0a7 7 0 1 0 -14 0z\"/>");
}

/* How many points apart markers stand; 0 for no markers but those of lonely points. */
static size_t marker_distance(const rl_layout *layout, const rl_series *series) {
    return layout->legend ? rl_divide_up(series->count, MARKERS_A_LINE) : 0;
}

void rl_draw_line(rl_buffer *out, const rl_layout *layout, const rl_series *series, size_t order,
                  rl_svg_form form) {
    const size_t distance = marker_distance(layout, series);
    rl_open_color(out, form, series->color,
                  " fill=\"none\" stroke=\"currentColor\" stroke-width=\"2\" "
                  "stroke-linejoin=\"round\"");
    size_t end;
    for (size_t first = 0; first < series->count; first = end + 1) {
        end = run_end(series, first, rl_point_drawn);
        if (end - first > 1) {
            rl_buffer_add(out, "<path d=\"");
            for (size_t i = first; i < end; i++)
                command(out, i == first ? 'M' : 'L', rl_layout_x(layout, series->x[i]),
                        rl_layout_y(layout, series->y[i]));
            rl_buffer_add(out, "\"");
            add_dashes(out, series->color);
            rl_buffer_add(out, "/>");
        }
        for (size_t i = first; i < end; i++) {
            const double x = rl_layout_x(layout, series->x[i]);
            const double y = rl_layout_y(layout, series->y[i]);
            const bool marked = series->marked && series->marked[i];
            if (end - first == 1 || marked || (distance > 0 && i % distance == order % distance))
                marker(out, series->color, x, y);
            if (marked)
                ring(out, x, y);
        }
    }
    rl_buffer_add(out, "</g>");
}

void rl_draw_sample(rl_buffer *out, rl_svg_form form, size_t color, double left, double right,
                    double y) {
    rl_open_color(out, form, color, " fill=\"none\" stroke=\"currentColor\" stroke-width=\"2\"");
    rl_buffer_add(out, "<path d=\"");
    command(out, 'M', left, y);
    command(out, 'L', right, y);
    rl_buffer_add(out, "\"");
    add_dashes(out, color);
    rl_buffer_add(out, "/>");
    marker(out, color, (left + right) / 2, y);
    rl_buffer_add(out, "</g>");
}
