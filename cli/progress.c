/* Draws rl_progress. The live line is redrawn at most ten times a second; plain lines come once an
 * epoch and every 30 seconds within one. */
#include "progress.h"

#include "output.h"
#include "print.h"

#include <math.h>

static const double live_interval = 0.1, plain_interval = 30;

void progress_begin(progress_view *progress, bool quiet) {
    *progress = (progress_view){.quiet = quiet};
    live_line_begin(&progress->line);
    /* The first step of a slow run should show at once. */
    progress->drawn_at = progress->line.possible ? -INFINITY : monotonic_seconds();
}

void progress_end(progress_view *progress) {
    live_line_clear(&progress->line);
}

double progress_epoch_share(const rl_progress *event) {
    if (event->steps_per_epoch == 0)
        return 0;
    const double share = (double)event->step / (double)event->steps_per_epoch;
    return share > 1 ? 1 : share;
}

static void draw_live(progress_view *progress, const rl_progress *event) {
    char line[256], bar[LIVE_BAR_SIZE], left[32];
    const double share = progress_epoch_share(event);
    live_line_bar(bar, share);
    format_duration(left, sizeof left, event->seconds_left);
    if (event->event == RL_EVENT_EVALUATING)
        snprintf(line, sizeof line, "epoch %zu/%zu  %s  testing", event->epoch, event->epochs, bar);
    else
        snprintf(line, sizeof line,
                 "epoch %zu/%zu  %s %3.0f%%  loss %.4f  acc %5.2f%%  %.1f img/s  %s left",
                 event->epoch, event->epochs, bar, 100 * share, event->train_loss,
                 100 * event->train_accuracy, event->images_per_second, left);
    live_line_draw(&progress->line, line);
}

static void print_plain(const rl_progress *event) {
    char left[32];
    format_duration(left, sizeof left, event->seconds_left);
    printf("epoch %zu/%zu  step %zu/%zu  loss %.4f  acc %.2f%%  %.1f img/s  %s left\n",
           event->epoch, event->epochs, event->step, event->steps_per_epoch, event->train_loss,
           100 * event->train_accuracy, event->images_per_second, left);
    output_flush();
}

/* Of images that the run may have none of. */
static void print_figures(const char *images, double loss, double accuracy) {
    if (!isnan(accuracy))
        printf("  %s loss %.4f  acc %5.2f%%", images, loss, 100 * accuracy);
}

static void print_epoch(const rl_progress *event) {
    char time[32];
    format_duration(time, sizeof time, event->seconds);
    printf("epoch %zu/%zu", event->epoch, event->epochs);
    print_figures("train", event->train_loss, event->train_accuracy);
    print_figures("validation", event->validation_loss, event->validation_accuracy);
    print_figures("test", event->test_loss, event->test_accuracy);
    printf("  lr %.4g  %.1f img/s  %s\n", event->lr, event->images_per_second, time);
    output_flush();
}

static void print_directory(progress_view *progress, const rl_progress *event) {
    if (progress->named_directory || !event->run_directory)
        return;
    progress->named_directory = true;
    fputs("run    ", stdout);
    print_text(stdout, event->run_directory);
    if (event->event == RL_EVENT_RESUMED)
        printf("\n       goes on in epoch %zu after step %zu of %zu", event->epoch, event->step,
               event->steps_per_epoch);
    fputs("\n\n", stdout);
    output_flush();
}

void progress_show(progress_view *progress, const rl_progress *event) {
    if (progress->quiet)
        return;
    print_directory(progress, event);
    if (event->event == RL_EVENT_RESUMED)
        return; /* no step, no figures */
    double now = monotonic_seconds();
    bool due =
        now - progress->drawn_at >= (progress->line.possible ? live_interval : plain_interval);
    if (event->event == RL_EVENT_EPOCH) {
        progress_end(progress);
        print_epoch(event);
    } else if (progress->line.possible && (due || event->event == RL_EVENT_EVALUATING)) {
        draw_live(progress, event);
    } else if (!progress->line.possible && due) {
        print_plain(event);
    } else {
        return;
    }
    progress->drawn_at = now;
}
