/* The curves of a group over epochs: means over the seeds whose runs are done, with their 95%
 * interval as a band. Arms without a done run have no curve; the table of runs says why. */
#include "study/report/parts.h"
#include "study/words/format.h"

#include <string.h>

void rl_report_add_chart(rl_report *report, const rl_chart *chart, const char *caption) {
    rl_chart *owned = rl_words_alloc(report->document->words, 1, sizeof *owned);
    if (!owned)
        return;
    *owned = *chart;
    rl_document_figure(report->document, &(rl_figure){.id = chart->id,
                                                      .caption = caption,
                                                      .chart = owned,
                                                      .draw = rl_report_draw_chart,
                                                      .context = owned});
}

void rl_report_draw_chart(rl_buffer *out, const void *context, rl_svg_form form) {
    rl_chart_svg(out, context, form);
}

const char *rl_report_figure_id(rl_report *report, size_t group, const char *what) {
    rl_buffer id = {0};
    rl_buffer_print(&id, "%s-%s", report->slugs[group], what);
    return rl_words_take(report->document->words, &id);
}

/* `values` as part of the document. */
static const double *keep(rl_document *document, const double *values, size_t count) {
    double *copy = rl_words_alloc(document->words, count, sizeof *copy);
    if (copy)
        memcpy(copy, values, count * sizeof *copy);
    return copy;
}

/* The series of an arm; one without points when no run of it is done. */
static rl_series arm_series(rl_report *report, const rl_study_arm *arm, size_t color,
                            rl_curve curve, size_t *seeds) {
    rl_document *d = report->document;
    rl_curve_band band = {0};
    rl_series series = {.label = rl_format_arm(report->words, arm), .color = color};
    if (rl_results_band(&band, report->numbers->results, arm, curve, NULL) != RL_OK)
        d->words->failed = true;
    else if (band.count > 0) {
        series.count = band.count;
        series.x = keep(d, band.epoch, band.count);
        series.y = keep(d, band.mean, band.count);
        if (band.seeds > 1) {
            series.low = keep(d, band.low, band.count);
            series.high = keep(d, band.high, band.count);
        }
    }
    if (band.seeds > *seeds)
        *seeds = band.seeds;
    rl_curve_band_clear(&band);
    return series;
}

typedef struct {
    rl_curve curve;
    bool percent;
    const char *id;
    const rl_word0 *title, *axis, *caption;
} curve_kind;

static const curve_kind kinds[] = {
    {RL_CURVE_TRAIN_CROSS_ENTROPY, false, "train-loss", &rl_word_train_loss,
     &rl_word_train_loss_axis, &rl_word_train_loss_caption},
    {RL_CURVE_TEST_ACCURACY, true, "test-accuracy", &rl_word_test_accuracy,
     &rl_word_test_accuracy_axis, &rl_word_test_accuracy_caption},
};

/* "lr=1: 1 of 3"; "" where no run diverged. */
static const char *list_diverged(rl_report *report, const rl_study_group *group) {
    rl_document *d = report->document;
    const rl_results *results = report->numbers->results;
    const size_t seeds = results->study->seed_count;
    const char **items = rl_words_alloc(d->words, group->arm_count, sizeof *items);
    size_t count = 0;
    for (size_t i = 0; items && i < group->arm_count; i++) {
        size_t diverged = 0;
        for (size_t s = 0; s < seeds; s++) {
            const rl_run_record *run = rl_results_record(results, &group->arms[i], s);
            diverged += run && run->state == RL_RUN_DIVERGED;
        }
        if (diverged > 0)
            items[count++] = RL_SAY(
                d->words, &rl_word_name_and_value, rl_format_arm(report->words, &group->arms[i]),
                RL_SAY(d->words, &rl_word_count_of, rl_format_count(d->words, diverged),
                       rl_format_count(d->words, seeds)));
    }
    return count > 0 ? rl_format_list(d->words, items, count) : "";
}

/* What the figure shows, and what must be known of its lines. */
static const char *caption_of(rl_report *report, const rl_study_group *group,
                              const curve_kind *kind) {
    rl_document *d = report->document;
    const char *caption = rl_term(d->words, kind->caption);
    const char *diverged = list_diverged(report, group);
    if (kind->curve == RL_CURVE_TRAIN_CROSS_ENTROPY && !rl_study_same_images(group))
        caption = RL_SAY(d->words, &rl_word_other_images_caption, caption);
    return *diverged ? RL_SAY(d->words, &rl_word_diverged_caption, caption, diverged) : caption;
}

static void add_curves(rl_report *report, size_t index, const curve_kind *kind) {
    rl_document *d = report->document;
    const rl_study_group *group = rl_report_group_at(report, index);
    rl_series *series = rl_words_alloc(d->words, group->arm_count, sizeof *series);
    size_t count = 0, seeds = 0;
    for (size_t i = 0; series && i < group->arm_count; i++) {
        series[count] = arm_series(report, &group->arms[i], i, kind->curve, &seeds);
        count += series[count].count > 0;
    }
    if (d->words->failed || count == 0)
        return;
    const char *what = caption_of(report, group, kind);
    const char *caption =
        seeds > 1 ? RL_SAY(d->words, &rl_word_band_caption, what, rl_format_count(d->words, seeds))
                  : RL_SAY(d->words, &rl_word_one_seed_caption, what);
    const rl_chart chart = {.id = rl_report_figure_id(report, index, kind->id),
                            .title = rl_term(d->words, kind->title),
                            .x_title = rl_term(d->words, &rl_word_epoch),
                            .y_title = rl_term(d->words, kind->axis),
                            .series = series,
                            .series_count = count,
                            .percent = kind->percent,
                            .integer_x = true,
                            .caption = caption};
    rl_report_add_chart(report, &chart, caption);
}

void rl_report_curves(rl_report *report, size_t index) {
    const rl_figure_kind figure = rl_report_group_at(report, index)->figure;
    if (figure != RL_FIGURE_TEST_ACCURACY)
        add_curves(report, index, &kinds[0]);
    if (figure != RL_FIGURE_TRAIN_LOSS)
        add_curves(report, index, &kinds[1]);
}
