/* Axes that fit the data and margins that fit the words. The plot keeps its height: a legend of
 * many rows makes the drawing taller. */
#include "chart/layout.h"

#include "base/memory.h"
#include "chart/style.h"

#include <math.h>

enum { WIDTH = 720, PLOT_HEIGHT = 300, EDGE = 12, TICK_GAP = 8 };

typedef struct {
    double low, high; /* low > high while nothing was seen */
} range;

static const range nothing = {INFINITY, -INFINITY};

static void include(range *r, double value) {
    r->low = fmin(r->low, value);
    r->high = fmax(r->high, value);
}

/* Differences and products of such values stay finite. */
static bool is_measurable(double value) {
    return fabs(value) < 1e100; /* false for NaN */
}

bool rl_point_drawn(const rl_series *series, size_t i) {
    return is_measurable(series->x[i]) && is_measurable(series->y[i]);
}

bool rl_band_drawn(const rl_series *series, size_t i) {
    return series->low && series->high && rl_point_drawn(series, i) &&
           is_measurable(series->low[i]) && is_measurable(series->high[i]);
}

bool rl_chart_x_above_zero(const rl_chart *chart) {
    for (size_t s = 0; s < chart->series_count; s++)
        for (size_t i = 0; i < chart->series[s].count; i++)
            if (rl_point_drawn(&chart->series[s], i) && chart->series[s].x[i] < 1e-100)
                return false;
    return true;
}

bool rl_chart_above_zero(const rl_chart *chart) {
    for (size_t s = 0; s < chart->series_count; s++) {
        const rl_series *series = &chart->series[s];
        for (size_t i = 0; i < series->count; i++)
            if ((rl_point_drawn(series, i) && series->y[i] < 1e-100) ||
                (rl_band_drawn(series, i) && fmin(series->low[i], series->high[i]) < 1e-100))
                return false;
    }
    return true;
}

static void measure(const rl_chart *chart, range *x, range *y, range *bands) {
    *x = *y = *bands = nothing;
    for (size_t s = 0; s < chart->series_count; s++) {
        const rl_series *series = &chart->series[s];
        for (size_t i = 0; i < series->count; i++) {
            if (!rl_point_drawn(series, i))
                continue;
            include(x, series->x[i]);
            include(y, series->y[i]);
            if (rl_band_drawn(series, i)) {
                include(bands, series->low[i]);
                include(bands, series->high[i]);
            }
        }
    }
}

/* Gives a range that is empty, or one value, some room to be drawn in. */
static range with_room(range r, double room) {
    if (r.low > r.high)
        return (range){0, 1};
    if (r.high - r.low > 1e-9 * fmax(fabs(r.low), fabs(r.high)) && r.high - r.low > 1e-90)
        return r;
    return (range){r.low - room, r.high + room};
}

/* What the y axis spans. Bands count, but where they reach far beyond the lines they are cut: an
 * interval from two seeds would leave the lines flat. */
static range linear_span(range lines, range bands, bool percent) {
    const double size = fmax(fabs(lines.low), fabs(lines.high));
    range span = lines;
    if (bands.low <= bands.high) {
        const double extent = lines.high > lines.low ? lines.high - lines.low : INFINITY;
        include(&span, fmax(bands.low, lines.low - extent));
        include(&span, fmin(bands.high, lines.high + extent));
    }
    span = with_room(span, percent ? 0.05 : size > 1e-90 ? 0.1 * size : 1);
    const double margin = 0.04 * (span.high - span.low);
    const bool above = lines.low >= 0, below_one = lines.high <= 1;
    span.low -= margin;
    span.high += margin;
    if (above)
        span.low = fmax(span.low, 0);
    if (percent && below_one)
        span.high = fmin(span.high, 1);
    return span;
}

static range log_span(range lines, range bands) {
    range span = lines.low <= lines.high ? lines : (range){1, 10};
    if (bands.low <= bands.high) {
        const double ratio = lines.high > lines.low ? lines.high / lines.low : INFINITY;
        include(&span, fmax(bands.low, lines.low / ratio));
        include(&span, fmin(bands.high, lines.high * ratio));
    }
    const double margin = span.high / span.low > 1 + 1e-9 ? pow(span.high / span.low, 0.04) : 2;
    return (range){span.low / margin, span.high * margin};
}

static void set_axes(rl_layout *layout, const rl_chart *chart) {
    range x, y, bands;
    measure(chart, &x, &y, &bands);
    if (chart->log_x && rl_chart_x_above_zero(chart)) {
        x = log_span(x, nothing);
        rl_axis_log(&layout->x, x.low, x.high);
    } else {
        x = with_room(x, chart->integer_x || fabs(x.low) < 1 ? 0.5 : 0.1 * fabs(x.low));
        rl_axis_linear(&layout->x, x.low, x.high, 10, chart->integer_x);
    }
    if (chart->log_y && rl_chart_above_zero(chart)) {
        y = log_span(y, bands);
        rl_axis_log(&layout->y, y.low, y.high);
    } else {
        y = linear_span(y, bands, chart->percent);
        rl_axis_linear(&layout->y, y.low, y.high, 6, false);
    }
}

double rl_legend_place(rl_legend_flow *flow, const char *label) {
    const double room = flow->right - flow->left;
    const double width = fmin(RL_LEGEND_SAMPLE + RL_TEXT_SIZE * (rl_text_width(label) + 1.5), room);
    if (flow->x == 0)
        flow->x = flow->left;
    else if (flow->x + width > flow->right) {
        flow->x = flow->left;
        flow->row++;
    }
    const double x = flow->x;
    flow->x += width;
    return x;
}

static double widest_label(const rl_chart *chart) {
    double width = 0;
    for (size_t s = 0; s < chart->series_count; s++)
        width = fmax(width, rl_text_width(rl_text_or_empty(chart->series[s].label)));
    return RL_TEXT_SIZE * width;
}

static double widest_tick(const rl_axis *axis, bool percent, rl_buffer *out) {
    double width = 0;
    for (size_t i = 0; i < axis->tick_count; i++) {
        rl_buffer text = {0};
        rl_axis_tick_text(&text, axis, i, percent);
        if (text.failed)
            out->failed = true;
        else
            width = fmax(width, RL_TEXT_SIZE * rl_text_width(text.text));
        rl_buffer_clear(&text);
    }
    return width;
}

void rl_layout_chart(rl_layout *layout, const rl_chart *chart, rl_buffer *out) {
    *layout = (rl_layout){.width = WIDTH, .legend = chart->series_count > RL_DIRECT_LABELS};
    set_axes(layout, chart);
    layout->left = EDGE + widest_tick(&layout->y, chart->percent, out) + TICK_GAP;
    if (*rl_text_or_empty(chart->y_title))
        layout->left += RL_TEXT_SIZE + TICK_GAP;
    const double labels = layout->legend ? 0 : fmin(widest_label(chart), 0.4 * WIDTH);
    layout->right = WIDTH - EDGE - labels - (labels > 0 ? 24 : 8);
    layout->top = EDGE + (*rl_text_or_empty(chart->title) ? RL_TITLE_SIZE + 14 : 0);
    if (layout->legend) {
        rl_legend_flow flow = {.left = layout->left, .right = layout->right};
        for (size_t s = 0; s < chart->series_count; s++)
            rl_legend_place(&flow, rl_text_or_empty(chart->series[s].label));
        layout->top += RL_LEGEND_ROW * (double)(flow.row + 1) + 6;
    }
    layout->bottom = layout->top + PLOT_HEIGHT;
    layout->height = layout->bottom + TICK_GAP + RL_TEXT_SIZE + EDGE;
    if (*rl_text_or_empty(chart->x_title))
        layout->height += RL_TEXT_SIZE + TICK_GAP;
}

double rl_layout_x(const rl_layout *layout, double x) {
    return layout->left + rl_axis_share(&layout->x, x) * (layout->right - layout->left);
}

double rl_layout_y(const rl_layout *layout, double y) {
    return layout->bottom - rl_axis_share(&layout->y, y) * (layout->bottom - layout->top);
}

/* Labels that touch form a block around the mean of the places they want; blocks that meet become
 * one (pool adjacent violators). */
void rl_spread_labels(double *y, size_t count, double gap, double low, double high) {
    struct {
        double sum; /* of the places wanted, each less its place in the block */
        double start;
        size_t size;
    } blocks[RL_DIRECT_LABELS];
    size_t used = 0;
    for (size_t i = 0; i < count; i++) {
        blocks[used].sum = y[i];
        blocks[used].size = 1;
        for (used++;; used--) {
            const size_t last = used - 1;
            const double size = (double)blocks[last].size;
            const double start = fmin(blocks[last].sum / size, high - gap * (size - 1));
            blocks[last].start = fmax(start, low);
            if (last == 0 ||
                blocks[last].start >= blocks[last - 1].start + gap * (double)blocks[last - 1].size)
                break;
            blocks[last - 1].sum += blocks[last].sum - size * gap * (double)blocks[last - 1].size;
            blocks[last - 1].size += blocks[last].size;
        }
    }
    size_t i = 0;
    for (size_t b = 0; b < used; b++)
        for (size_t k = 0; k < blocks[b].size; k++)
            y[i++] = blocks[b].start + gap * (double)k;
}
