/* A chart as SVG: frame (grid, ticks, titles), series, and their labels. Written by hand, since an
 * SVG for print, for a page and for a file of its own differ in a few attributes only. What lies
 * where comes from layout.c. */
#include "chart/marks.h"
#include "chart/style.h"

#include <math.h>

static void line(rl_buffer *out, double x1, double y1, double x2, double y2) {
    rl_buffer_add(out, "<path d=\"M");
    rl_coordinate(out, x1);
    rl_buffer_add(out, " ");
    rl_coordinate(out, y1);
    rl_buffer_add(out, "L");
    rl_coordinate(out, x2);
    rl_buffer_add(out, " ");
    rl_coordinate(out, y2);
    rl_buffer_add(out, "\"/>");
}

static void grid(rl_buffer *out, const rl_layout *layout, rl_svg_form form) {
    rl_open_tone(out, form, RL_GRID, " stroke=\"currentColor\" fill=\"none\"");
    for (size_t i = 0; i < layout->y.tick_count; i++) {
        const double y = rl_layout_y(layout, layout->y.ticks[i]);
        line(out, layout->left, y, layout->right, y);
    }
    rl_buffer_add(out, "</g>");
    rl_open_tone(out, form, RL_MUTED, " stroke=\"currentColor\" fill=\"none\"");
    line(out, layout->left, layout->bottom, layout->right, layout->bottom);
    for (size_t i = 0; i < layout->x.tick_count; i++) {
        const double x = rl_layout_x(layout, layout->x.ticks[i]);
        line(out, x, layout->bottom, x, layout->bottom + 5);
    }
    rl_buffer_add(out, "</g>");
}

/* The text of a tick, with what `attributes` place it. */
static void tick_text(rl_buffer *out, const rl_axis *axis, size_t index, bool percent, double x,
                      double y, const char *anchor) {
    rl_buffer text = {0};
    rl_axis_tick_text(&text, axis, index, percent);
    if (text.failed)
        out->failed = true;
    else
        rl_add_text(out, x, y, RL_TEXT_SIZE, INFINITY, anchor, "", text.text);
    rl_buffer_clear(&text);
}

static void titles(rl_buffer *out, const rl_layout *layout, const rl_chart *chart,
                   rl_svg_form form) {
    const double base = 0.36 * RL_TEXT_SIZE; /* from the middle of letters to their base line */
    rl_open_tone(out, form, RL_MUTED, "");
    for (size_t i = 0; i < layout->y.tick_count; i++)
        tick_text(out, &layout->y, i, chart->percent, layout->left - 8,
                  rl_layout_y(layout, layout->y.ticks[i]) + base, "end");
    for (size_t i = 0; i < layout->x.tick_count; i++)
        tick_text(out, &layout->x, i, false, rl_layout_x(layout, layout->x.ticks[i]),
                  layout->bottom + 8 + RL_TEXT_SIZE, "middle");
    if (*rl_text_or_empty(chart->x_title))
        rl_add_text(out, (layout->left + layout->right) / 2, layout->height - 10, RL_TEXT_SIZE,
                    layout->right - layout->left, "middle", "", chart->x_title);
    if (*rl_text_or_empty(chart->y_title)) {
        rl_buffer_add(out, "<g transform=\"translate(");
        rl_coordinate(out, 8 + RL_TEXT_SIZE);
        rl_buffer_add(out, " ");
        rl_coordinate(out, (layout->top + layout->bottom) / 2);
        rl_buffer_add(out, ") rotate(-90)\">");
        rl_add_text(out, 0, 0, RL_TEXT_SIZE, layout->bottom - layout->top, "middle", "",
                    chart->y_title);
        rl_buffer_add(out, "</g>");
    }
    rl_buffer_add(out, "</g>");
    if (*rl_text_or_empty(chart->title)) {
        rl_open_tone(out, form, RL_INK, " font-weight=\"600\"");
        rl_add_text(out, 12, 12 + 0.8 * RL_TITLE_SIZE, RL_TITLE_SIZE, layout->width - 24, "start",
                    "", chart->title);
        rl_buffer_add(out, "</g>");
    }
}

/* Direct labels: centre of each line's label, and the end of the line that it belongs to. */
typedef struct {
    size_t series;
    double x, y; /* the last point drawn */
} line_end;

static size_t line_ends(const rl_layout *layout, const rl_chart *chart,
                        line_end ends[RL_DIRECT_LABELS]) {
    size_t count = 0;
    for (size_t s = 0; s < chart->series_count; s++) {
        const rl_series *series = &chart->series[s];
        size_t last = series->count;
        while (last > 0 && !rl_point_drawn(series, last - 1))
            last--;
        if (last == 0)
            continue;
        const line_end end = {s, rl_layout_x(layout, series->x[last - 1]),
                              rl_layout_y(layout, series->y[last - 1])};
        size_t place = count++;
        for (; place > 0 && ends[place - 1].y > end.y; place--)
            ends[place] = ends[place - 1];
        ends[place] = end;
    }
    return count;
}

static void direct_labels(rl_buffer *out, const rl_layout *layout, const rl_chart *chart,
                          rl_svg_form form) {
    line_end ends[RL_DIRECT_LABELS];
    double y[RL_DIRECT_LABELS];
    const size_t count = line_ends(layout, chart, ends);
    for (size_t i = 0; i < count; i++)
        y[i] = ends[i].y;
    rl_spread_labels(y, count, RL_TEXT_SIZE + 5, layout->top + RL_TEXT_SIZE / 2,
                     layout->bottom - RL_TEXT_SIZE / 2);
    const double x = layout->right + 20;
    for (size_t i = 0; i < count; i++) {
        const bool early = ends[i].x < layout->right - 1;
        rl_open_color(out, form, chart->series[ends[i].series].color,
                      early ? " stroke=\"currentColor\" stroke-dasharray=\"1 3\""
                            : " stroke=\"currentColor\"");
        line(out, ends[i].x + 5, ends[i].y, x - 4, y[i]);
        rl_buffer_add(out, "</g>");
    }
    rl_open_tone(out, form, RL_INK, "");
    for (size_t i = 0; i < count; i++)
        rl_add_text(out, x, y[i] + 0.36 * RL_TEXT_SIZE, RL_TEXT_SIZE, layout->width - x - 4,
                    "start", "", rl_text_or_empty(chart->series[ends[i].series].label));
    rl_buffer_add(out, "</g>");
}

static void legend(rl_buffer *out, const rl_layout *layout, const rl_chart *chart,
                   rl_svg_form form) {
    const double top = 12 + (*rl_text_or_empty(chart->title) ? RL_TITLE_SIZE + 14 : 0);
    rl_legend_flow flow = {.left = layout->left, .right = layout->right};
    rl_open_tone(out, form, RL_INK, "");
    for (size_t s = 0; s < chart->series_count; s++) {
        const char *label = rl_text_or_empty(chart->series[s].label);
        const double x = rl_legend_place(&flow, label);
        const double y = top + RL_LEGEND_ROW * ((double)flow.row + 0.5) - 2;
        rl_draw_sample(out, form, chart->series[s].color, x, x + RL_LEGEND_SAMPLE - 6, y);
        rl_add_text(out, x + RL_LEGEND_SAMPLE, y + 0.36 * RL_TEXT_SIZE, RL_TEXT_SIZE,
                    layout->right - x - RL_LEGEND_SAMPLE, "start", "", label);
    }
    rl_buffer_add(out, "</g>");
}

/* The plot's rectangle as a clip path: bands may reach out of it. */
static void clip_path(rl_buffer *out, const rl_layout *layout, const char *id) {
    rl_buffer_add(out, "<clipPath id=\"");
    rl_buffer_markup(out, id);
    rl_buffer_add(out, "-plot\"><rect");
    rl_attribute(out, "x", layout->left);
    rl_attribute(out, "y", layout->top);
    rl_attribute(out, "width", layout->right - layout->left);
    rl_attribute(out, "height", layout->bottom - layout->top);
    rl_buffer_add(out, "/></clipPath><g clip-path=\"url(#");
    rl_buffer_markup(out, id);
    rl_buffer_add(out, "-plot)\">");
}

void rl_chart_svg(rl_buffer *out, const rl_chart *chart, rl_svg_form form) {
    rl_layout layout;
    rl_layout_chart(&layout, chart, out);
    const char *id = chart->id && *chart->id ? chart->id : "chart";
    rl_open_svg(out, form, id, layout.width, layout.height, rl_text_or_empty(chart->title),
                rl_text_or_empty(chart->caption));
    grid(out, &layout, form);
    titles(out, &layout, chart, form);
    clip_path(out, &layout, id);
    for (size_t s = 0; s < chart->series_count; s++)
        rl_draw_band(out, &layout, &chart->series[s], form);
    rl_buffer_add(out, "</g>");
    for (size_t s = 0; s < chart->series_count; s++)
        rl_draw_line(out, &layout, &chart->series[s], s, form);
    if (layout.legend)
        legend(out, &layout, chart, form);
    else
        direct_labels(out, &layout, chart, form);
    rl_buffer_add(out, "</svg>\n");
}
