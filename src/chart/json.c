/* A chart as the JSON that chart.js reads: words, looks and rows. Series may have different x
 * values; a row of each x that one of them has. */
#include "base/memory.h"
#include "base/text.h"
#include "chart/layout.h"
#include "chart/style.h"

#include <stdlib.h>

static void member(rl_buffer *out, const char *name, const char *text) {
    rl_buffer_print(out, "\"%s\":", name);
    rl_buffer_json(out, rl_text_or_empty(text));
    rl_buffer_add(out, ",");
}

static void flag(rl_buffer *out, const char *name, bool value) {
    rl_buffer_print(out, "\"%s\":%s,", name, value ? "true" : "false");
}

static void number(rl_buffer *out, double value) {
    char text[40];
    rl_buffer_add(out, rl_text_from_double(text, sizeof text, value));
}

static void looks(rl_buffer *out, const rl_chart *chart) {
    rl_buffer_add(out, "\"labels\":[");
    for (size_t s = 0; s < chart->series_count; s++) {
        rl_buffer_add(out, s ? "," : "");
        rl_buffer_json(out, rl_text_or_empty(chart->series[s].label));
    }
    rl_buffer_add(out, "],\"colors\":[");
    for (size_t s = 0; s < chart->series_count; s++)
        rl_buffer_print(out, "%s%zu", s ? "," : "", chart->series[s].color % RL_COLORS);
    rl_buffer_add(out, "],\"dashes\":[");
    for (size_t s = 0; s < chart->series_count; s++) {
        const double *lengths;
        const size_t count = rl_dashes(chart->series[s].color, &lengths);
        rl_buffer_add(out, s ? ",[" : "[");
        for (size_t i = 0; i < count; i++) {
            rl_buffer_add(out, i ? "," : "");
            rl_coordinate(out, lengths[i]);
        }
        rl_buffer_add(out, "]");
    }
    rl_buffer_add(out, "],\"marks\":[");
    for (size_t s = 0; s < chart->series_count; s++) {
        const rl_series *series = &chart->series[s];
        const char *between = "";
        rl_buffer_add(out, s ? ",[" : "[");
        for (size_t i = 0; i < series->count; i++)
            if (series->marked && series->marked[i] && rl_point_drawn(series, i)) {
                rl_buffer_add(out, between);
                number(out, series->x[i]);
                between = ",";
            }
        rl_buffer_add(out, "]");
    }
    rl_buffer_add(out, "],");
}

static int ascending(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* All x values of points that are drawn, each once and ascending; NULL without memory. */
static double *all_x(const rl_chart *chart, size_t *count) {
    size_t points = 0;
    for (size_t s = 0; s < chart->series_count; s++)
        points += chart->series[s].count;
    double *x = rl_alloc(points, sizeof *x);
    if (!x)
        return NULL;
    size_t used = 0;
    for (size_t s = 0; s < chart->series_count; s++)
        for (size_t i = 0; i < chart->series[s].count; i++)
            if (rl_point_drawn(&chart->series[s], i))
                x[used++] = chart->series[s].x[i];
    qsort(x, used, sizeof *x, ascending);
    *count = 0;
    for (size_t i = 0; i < used; i++)
        if (i == 0 || x[i] > x[*count - 1])
            x[(*count)++] = x[i];
    return x;
}

/* [low,y,high] of the first drawn point of a series at x; null where there is none. */
static void cell(rl_buffer *out, const rl_series *series, double x) {
    for (size_t i = 0; i < series->count; i++) {
        if (!rl_point_drawn(series, i) || series->x[i] < x || series->x[i] > x)
            continue;
        const bool band = rl_band_drawn(series, i);
        rl_buffer_add(out, "[");
        number(out, band ? series->low[i] : series->y[i]);
        rl_buffer_add(out, ",");
        number(out, series->y[i]);
        rl_buffer_add(out, ",");
        number(out, band ? series->high[i] : series->y[i]);
        rl_buffer_add(out, "]");
        return;
    }
    rl_buffer_add(out, "null");
}

void rl_chart_json(rl_buffer *out, const rl_chart *chart) {
    const bool above_zero = rl_chart_above_zero(chart);
    rl_buffer_add(out, "{");
    member(out, "id", chart->id);
    member(out, "title", chart->title);
    member(out, "x_title", chart->x_title);
    member(out, "y_title", chart->y_title);
    flag(out, "percent", chart->percent);
    flag(out, "integer_x", chart->integer_x);
    flag(out, "log_x", chart->log_x && rl_chart_x_above_zero(chart));
    flag(out, "log", chart->log_y && above_zero);
    flag(out, "log_allowed", above_zero && !chart->percent);
    looks(out, chart);
    rl_buffer_add(out, "\"rows\":[");
    size_t count = 0;
    double *x = all_x(chart, &count);
    if (!x)
        out->failed = true;
    for (size_t row = 0; row < count; row++) {
        rl_buffer_add(out, row ? ",[" : "[");
        number(out, x[row]);
        for (size_t s = 0; s < chart->series_count; s++) {
            rl_buffer_add(out, ",");
            cell(out, &chart->series[s], x[row]);
        }
        rl_buffer_add(out, "]");
    }
    rl_free(x);
    rl_buffer_add(out, "]}");
}
