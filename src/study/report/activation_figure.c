/* Plots of activations and of their derivatives, computed by the kernels that train, so that the
 * figure shows what is trained and not what somebody believes is. */
#include "nn/activation.h"
#include "run/config.h"
#include "study/report/parts.h"

#include <math.h>

enum { POINTS = 321 }; /* an odd number: zero, where ReLU bends, is one of them */
static const double reach = 4;

/* One activation at x: its values, or its derivatives when `derivative`. */
static void evaluate(const rl_kernels *kernels, const rl_config *config, bool derivative,
                     const float x[POINTS], float y[POINTS]) {
    static const float one = 1, zero = 0;
    const rl_activation_kind kind = rl_activation_find(config->activation);
    const rl_affine identity = {
        .scale = &one, .shift = &zero, .negative_slope = (float)config->negative_slope};
    if (!derivative) {
        kernels->affine_activation[kind](POINTS, 1, x, 1, &identity, NULL, 0, y, 1);
        return;
    }
    const rl_activation_tape tape = {.affine = identity, .x = x, .ldx = 1, .mean = &zero};
    float sum_g, sum_gx;
    for (size_t i = 0; i < POINTS; i++)
        y[i] = 1;
    kernels->affine_activation_backward[kind](POINTS, 1, &tape, y, 1, NULL, 0, false, &sum_g,
                                              &sum_gx);
}

static rl_series activation_series(rl_report *report, const rl_study_arm *arm, size_t color,
                                   bool derivative) {
    float x[POINTS], y[POINTS];
    double *points = rl_words_alloc(report->document->words, 2 * (size_t)POINTS, sizeof *points);
    const rl_kernels *kernels = rl_kernels_select(NULL);
    rl_series series = {.label = rl_format_arm(report->words, arm), .color = color};
    if (!points)
        return series;
    for (int i = 0; i < POINTS; i++)
        x[i] = (float)(reach * (2.0 * i / (POINTS - 1) - 1));
    evaluate(kernels, arm->config, derivative, x, y);
    for (size_t i = 0; i < POINTS; i++) {
        points[i] = x[i];
        points[POINTS + i] = y[i];
    }
    series.count = POINTS;
    series.x = points;
    series.y = points + POINTS;
    return series;
}

static void add_figure(rl_report *report, size_t index, bool derivative) {
    rl_document *d = report->document;
    const rl_study_group *group = rl_report_group_at(report, index);
    rl_series *series = rl_words_alloc(d->words, group->arm_count, sizeof *series);
    for (size_t i = 0; series && i < group->arm_count; i++)
        series[i] = activation_series(report, &group->arms[i], i, derivative);
    if (d->words->failed)
        return;
    const char *caption =
        rl_term(d->words, derivative ? &rl_word_derivative_caption : &rl_word_function_caption);
    const rl_chart chart = {
        .id = rl_report_figure_id(report, index, derivative ? "derivative" : "function"),
        .title = rl_term(d->words, derivative ? &rl_word_derivative : &rl_word_function),
        .x_title = rl_term(d->words, &rl_word_input_axis),
        .y_title =
            rl_term(d->words, derivative ? &rl_word_derivative_axis : &rl_word_function_axis),
        .series = series,
        .series_count = group->arm_count,
        .caption = caption};
    rl_report_add_chart(report, &chart, caption);
}

void rl_report_activation_figures(rl_report *report, size_t group) {
    add_figure(report, group, false);
    add_figure(report, group, true);
}
