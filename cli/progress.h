/* Progress of training: on a terminal one live line and a permanent line an epoch; elsewhere plain
 * lines. */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include "reslab.h"

typedef struct {
    bool quiet;
    bool live; /* stdout is a terminal that can redraw a line */
    bool line_is_drawn;
    bool named_directory;
    double drawn_at; /* monotonic seconds of the last line */
} progress_view;

void progress_begin(progress_view *progress, bool quiet);

void progress_show(progress_view *progress, const rl_progress *event);

/* Takes the live line away, so that what follows starts on a clean line. */
void progress_end(progress_view *progress);

#endif
