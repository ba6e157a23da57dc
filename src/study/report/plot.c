/* Draws one quantity of any runs over epochs. Means and bands over seeds are the report's: here
 * every run is a line of its own. */
#include "base/error.h"
#include "base/memory.h"
#include "chart/chart.h"
#include "run/run_directory.h"
#include "study/numbers/results.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

static const struct {
    const char *title, *axis;
    bool percent;
} curves[] = {
    [RL_CURVE_TRAIN_LOSS] = {"Training loss", "Training loss", false},
    [RL_CURVE_TEST_LOSS] = {"Test loss", "Test loss (cross-entropy)", false},
    [RL_CURVE_TRAIN_ACCURACY] = {"Training accuracy", "Training accuracy (%)", true},
    [RL_CURVE_TEST_ACCURACY] = {"Test accuracy", "Test accuracy (%)", true},
    [RL_CURVE_TRAIN_CROSS_ENTROPY] = {"Training cross-entropy without label smoothing",
                                      "Training cross-entropy", false},
};

enum { LABEL = RL_PATH_SIZE + 160, OBJECTIVE = 128 };

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

/* What all runs lower, "" when they do not lower the same. */
static void common_objective(char text[OBJECTIVE], const rl_run_record *const *runs, size_t count) {
    char other[OBJECTIVE];
    rl_objective(runs[0]->config, text, OBJECTIVE);
    for (size_t i = 1; i < count; i++) {
        rl_objective(runs[i]->config, other, sizeof other);
        if (strcmp(text, other) != 0)
            text[0] = '\0';
    }
}

static bool same_images(const rl_run_record *const *runs, size_t count) {
    for (size_t i = 1; i < count; i++)
        if (!rl_same_training_images(runs[0]->config, runs[i]->config))
            return false;
    return true;
}

/* What of the quantity must be known to compare runs; `objective` is "" when theirs differ. */
static const char *note_on(rl_curve curve, const rl_run_record *const *runs, size_t count,
                           const char *objective) {
    if (curve == RL_CURVE_TRAIN_LOSS && !objective[0])
        return "different objectives: not to be compared";
    if ((curve == RL_CURVE_TRAIN_LOSS || curve == RL_CURVE_TRAIN_CROSS_ENTROPY) &&
        !same_images(runs, count))
        return "different training images: not to be compared";
    return "";
}

/* The run's name, after the word that it has no result: long names are cut at their end. */
static void label_run(char label[LABEL], const rl_run_record *run, const char *name) {
    const bool ended_badly = run->state == RL_RUN_DIVERGED || run->state == RL_RUN_FAILED;
    snprintf(label, LABEL, "%s%s%s", ended_badly ? rl_run_state_name(run->state) : "",
             ended_badly ? ": " : "", name);
}

/* Fills `series`; their values go into `values`, their names into `labels`. */
static void fill(rl_series *series, double *values, char (*labels)[LABEL],
                 const rl_run_record *const *runs, size_t count, rl_curve curve) {
    const bool short_names = names_differ(runs, count);
    for (size_t i = 0; i < count; i++) {
        const rl_run_record *run = runs[i];
        double *x = values, *y = values + run->epoch_count;
        for (size_t e = 0; e < run->epoch_count; e++) {
            x[e] = (double)run->epochs[e].epoch;
            y[e] = rl_curve_value(&run->epochs[e], curve);
        }
        label_run(labels[i], run, short_names ? last_name(run->directory) : run->directory);
        series[i] = (rl_series){
            .label = labels[i],
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

static rl_status plot(rl_series *series, double *values, char (*labels)[LABEL],
                      const rl_run_record *const *runs, size_t count, rl_curve curve,
                      bool log_scale, const char *path, rl_error *error) {
    char objective[OBJECTIVE], title[160], axis[OBJECTIVE + 32], caption[240];
    common_objective(objective, runs, count);
    fill(series, values, labels, runs, count, curve);
    const char *note = note_on(curve, runs, count, objective);
    const bool named = curve == RL_CURVE_TRAIN_LOSS && objective[0];
    snprintf(title, sizeof title, "%s%s%s%s", curves[curve].title, note[0] ? " (" : "", note,
             note[0] ? ")" : "");
    snprintf(axis, sizeof axis, "%s%s", named ? "Loss: " : curves[curve].axis,
             named ? objective : "");
    const rl_status status = log_scale ? check_log(runs, series, count, error) : RL_OK;
    if (status != RL_OK)
        return status;
    snprintf(caption, sizeof caption, "%s of %zu %s over epochs.", title, count,
             count == 1 ? "run" : "runs");
    const rl_chart chart = {
        .id = "plot",
        .title = title,
        .x_title = "Epoch",
        .y_title = axis,
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
    char(*labels)[LABEL] = rl_alloc(count, sizeof *labels);
    const rl_status status = series && values && labels ? plot(series, values, labels, runs, count,
                                                               curve, log_scale, path, error)
                                                        : rl_fail_memory(error, path);
    rl_free(labels);
    rl_free(values);
    rl_free(series);
    return status;
}
