/* Draws rl_study_progress. The figures of a run that ended are those of its directory, so that they
 * are the ones that count. */
#include "study_progress.h"

#include "output.h"
#include "print.h"
#include "progress.h"
#include "skipped.h"
#include "study.h"

#include <math.h>
#include <string.h>

static const double live_interval = 0.1;

void study_progress_begin(study_view *view, const rl_study *study, const char *folder, bool quiet) {
    *view = (study_view){.quiet = quiet, .folder = folder, .drawn_at = -INFINITY};
    live_line_begin(&view->line);
    for (size_t i = 0; i < rl_study_run_count(study); i++) {
        const size_t width = strlen(rl_study_run_at(study, i)->name);
        view->name_width = width > view->name_width ? width : view->name_width;
    }
    for (size_t count = rl_study_run_count(study); count > 0; count /= 10)
        view->number_width++;
}

void study_progress_end(study_view *view) {
    live_line_clear(&view->line);
}

static void draw_live(study_view *view, const rl_study_progress *progress) {
    char line[256], bar[LIVE_BAR_SIZE], left[32], accuracy[32] = "";
    const rl_progress *run = progress->progress;
    const double now = monotonic_seconds();
    if (!view->line.possible || now - view->drawn_at < live_interval)
        return;
    live_line_bar(bar, progress_epoch_share(run));
    format_duration(left, sizeof left, progress->seconds_left);
    if (isfinite(run->train_accuracy))
        snprintf(accuracy, sizeof accuracy, "acc %5.2f%%  ", 100 * run->train_accuracy);
    char which[64] = "tuning";
    if (!progress->tuning)
        snprintf(which, sizeof which, "run %zu/%zu", progress->run->number, progress->runs);
    snprintf(line, sizeof line, "%s %s  epoch %zu/%zu %s  %s%s left", which, progress->run->name,
             run->epoch, run->epochs, bar, accuracy, left);
    live_line_draw(&view->line, line);
    view->drawn_at = now;
}

/* Runs of a tuning are not tested, but validated. */
static double last_accuracy(const rl_run_record *record, bool tuning) {
    const rl_epoch_row *row = &record->epochs[record->epoch_count - 1];
    return tuning ? row->validation_accuracy : row->test_accuracy;
}

/* "acc 87.20%  0:12", or nothing where the directory does not say. */
static void print_figures(const study_view *view, const rl_study_progress *progress) {
    char folder[STUDY_PATH_SIZE], study[STUDY_PATH_SIZE], time[32];
    rl_run_record *record;
    snprintf(study, sizeof study, "%s%s", view->folder, progress->tuning ? "/tuning" : "");
    study_run_folder(folder, study, progress->run);
    if (rl_run_record_read(&record, folder, NULL) != RL_OK)
        return;
    format_duration(time, sizeof time, record->seconds);
    if (record->epoch_count > 0 && record->state == RL_RUN_DONE)
        printf("  acc %6.2f%%", 100 * last_accuracy(record, progress->tuning));
    else
        printf("  %11s", "");
    printf("  %s", time);
    rl_run_record_free(record);
}

static void print_outcome(study_view *view, const rl_study_progress *progress) {
    char left[32];
    const rl_study_run *run = progress->run;
    const char *state = progress->state == RL_RUN_RUNNING ? "left to the process that works on it"
                                                          : rl_run_state_name(progress->state);
    live_line_clear(&view->line);
    format_duration(left, sizeof left, progress->seconds_left);
    if (progress->tuning)
        printf("tuning  ");
    else
        printf("run %*zu/%zu  ", (int)view->number_width, run->number, progress->runs);
    print_padded(stdout, run->name, view->name_width);
    printf("  %-8s", state);
    if (progress->state == RL_RUN_DONE || progress->state == RL_RUN_DIVERGED) {
        print_figures(view, progress);
        if (progress->ended < progress->runs && !progress->tuning)
            printf("  %s left", left);
    }
    putchar('\n');
    if (progress->reason) {
        fputs("    ", stdout);
        print_text(stdout, progress->reason);
        putchar('\n');
    }
    output_flush();
}

/* Once for each data set that the runs are trained on. */
static void list_skipped(study_view *view, const rl_dataset *dataset) {
    if (!dataset || strcmp(view->data, rl_dataset_fingerprint(dataset)) == 0)
        return;
    snprintf(view->data, sizeof view->data, "%s", rl_dataset_fingerprint(dataset));
    if (rl_dataset_skipped_count(dataset) > 0)
        live_line_clear(&view->line);
    print_skipped(dataset);
}

static void print_note(study_view *view, const char *note) {
    live_line_clear(&view->line);
    print_text(stdout, note);
    putchar('\n');
    output_flush();
}

void study_progress_show(study_view *view, const rl_study_progress *progress) {
    if (progress->note) {
        if (!view->quiet)
            print_note(view, progress->note);
        return;
    }
    if (!view->quiet)
        list_skipped(view, progress->dataset);
    if (progress->progress) {
        view->working = progress->run->number;
        if (!view->quiet)
            draw_live(view, progress);
        return;
    }
    const bool worked = view->working == progress->run->number;
    const bool trouble = progress->state == RL_RUN_FAILED || progress->state == RL_RUN_RUNNING;
    view->diverged += progress->state == RL_RUN_DIVERGED;
    view->failed += progress->state == RL_RUN_FAILED;
    view->elsewhere += progress->state == RL_RUN_RUNNING;
    /* Of runs found done, the heading has told. */
    if (!view->quiet && (worked || trouble) && progress->state != RL_RUN_INTERRUPTED)
        print_outcome(view, progress);
    view->working = 0;
}
