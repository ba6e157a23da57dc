/* Draws one quantity of any runs over epochs. Means and bands over seeds are the report's: here
 * every run is a line of its own. */
#include "base/error.h"
#include "base/memory.h"
#include "chart/chart.h"
#include "study/results.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

static const struct {
    const char *title, *axis;
    bool percent;
} curves[] = {
    [RL_CURVE_TRAIN_LOSS] = {"Training loss", "Training loss (cross-entropy)", false},
    [RL_CURVE_TEST_LOSS] = {"Test loss", "Test loss (cross-entropy)", false},
    [RL_CURVE_TRAIN_ACCURACY] = {"Training accuracy", "Training accuracy (%)", true},
    [RL_CURVE_TEST_ACCURACY] = {"Test accuracy", "Test accuracy (%)", true},
};

static bool ends_in(const char *text, const char *end) {
    const size_t length = strlen(text), end_length = strlen(end);
    return length > end_length && strcasecmp(text + length - end_length, end) == 0;
}

/* The name of a run's directory without the folders before it. */
static const char *last_name(const char *directory) {
    const char *name = directory;
    for (const char *c = directory; *c; c++)
        if (*c == '/' && c[1] && c[1] != '/')
            name = c + 1;
    return name;
}

/* Short names are the labels, unless two runs share one. */
static bool names_differ(const rl_run_record *const *runs, size_t count) {
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < i; j++)
            if (strcmp(last_name(runs[i]->directory), last_name(runs[j]->directory)) == 0)
                return false;
    return true;
}

/* Fills `series`; their values go into `values`. */
static void fill(rl_series *series, double *values, const rl_run_record *const *runs, size_t count,
                 rl_curve curve) {
    const bool short_names = names_differ(runs, count);
    for (size_t i = 0; i < count; i++) {
        const rl_run_record *run = runs[i];
        double *x = values, *y = values + run->epoch_count;
        for (size_t e = 0; e < run->epoch_count; e++) {
            x[e] = (double)run->epochs[e].epoch;
            y[e] = rl_curve_value(&run->epochs[e], curve);
        }
        series[i] = (rl_series){
            .label = short_names ? last_name(run->directory) : run->directory,
            .count = run->epoch_count,
            .x = x,
            .y = y,
            .color = i,
        };
        values = y + run->epoch_count;
    }
}

static rl_status check_log(const rl_run_record *const *runs, const rl_series *series, size_t count,
                           rl_error *error) {
    for (size_t i = 0; i < count; i++)
        for (size_t e = 0; e < series[i].count; e++)
            if (series[i].y[e] <= 0)
                return rl_fail(error, RL_ERROR_ARGUMENT,
                               "%s: the value at epoch %.0f is %g; a logarithmic scale needs "
                               "values above 0",
                               runs[i]->directory, series[i].x[e], series[i].y[e]);
    return RL_OK;
}

static rl_status save(const rl_chart *chart, bool png, const char *path, rl_error *error) {
    rl_buffer svg = {0};
    rl_chart_svg(&svg, chart, png ? RL_SVG_PRINT : RL_SVG_STANDALONE);
    rl_status status = rl_buffer_status(&svg, path, error);
    if (status == RL_OK)
        status = png ? rl_svg_to_png(svg.text, svg.length, 2, path, error)
                     : rl_buffer_save(&svg, path, error);
    rl_buffer_clear(&svg);
    return status;
}

static rl_status plot(rl_series *series, double *values, const rl_run_record *const *runs,
                      size_t count, rl_curve curve, bool log_scale, const char *path,
                      rl_error *error) {
    fill(series, values, runs, count, curve);
    const rl_status status = log_scale ? check_log(runs, series, count, error) : RL_OK;
    if (status != RL_OK)
        return status;
    char caption[120];
    snprintf(caption, sizeof caption, "%s of %zu %s over epochs.", curves[curve].title, count,
             count == 1 ? "run" : "runs");
    const rl_chart chart = {
        .id = "plot",
        .title = curves[curve].title,
        .x_title = "Epoch",
        .y_title = curves[curve].axis,
        .series = series,
        .series_count = count,
        .percent = curves[curve].percent,
        .log_y = log_scale,
        .integer_x = true,
        .caption = caption,
    };
    return save(&chart, ends_in(path, ".png"), path, error);
}

rl_status rl_plot_runs(const rl_run_record *const *runs, size_t count, rl_curve curve,
                       bool log_scale, const char *path, rl_error *error) {
    if ((size_t)curve >= sizeof curves / sizeof *curves)
        return rl_fail(error, RL_ERROR_ARGUMENT, "%d is no curve", (int)curve);
    if (!ends_in(path, ".svg") && !ends_in(path, ".png"))
        return rl_fail(error, RL_ERROR_ARGUMENT,
                       "'%s': expected a file name that ends in .svg or .png", path);
    size_t epochs = 0;
    for (size_t i = 0; i < count; i++)
        epochs += runs[i]->epoch_count;
    if (epochs == 0)
        return rl_fail(error, RL_ERROR_MISMATCH, "%s: nothing to draw: no epoch is completed yet",
                       count == 1 ? runs[0]->directory : path);
    rl_series *series = rl_alloc(count, sizeof *series);
    double *values = rl_alloc(epochs, 2 * sizeof *values);
    const rl_status status = series && values
                                 ? plot(series, values, runs, count, curve, log_scale, path, error)
                                 : rl_fail_memory(error, path);
    rl_free(values);
    rl_free(series);
    return status;
}
