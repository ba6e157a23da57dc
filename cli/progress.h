/* Progress of training: on a terminal one live line and a permanent line an epoch; elsewhere plain
 * lines. */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include "live_line.h"
#include "reslab.h"

typedef struct {
    bool quiet;
    live_line line;
    bool named_directory;
    double drawn_at; /* monotonic seconds of the last line */
} progress_view;

void progress_begin(progress_view *progress, bool quiet);

void progress_show(progress_view *progress, const rl_progress *event);

/* Share of the epoch's steps done, 0..1. */
double progress_epoch_share(const rl_progress *event);

/* Takes the live line away, so that what follows starts on a clean line. */
void progress_end(progress_view *progress);

#endif
