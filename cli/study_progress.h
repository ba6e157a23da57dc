/* Progress of a study: on a terminal a live line below a line for each run that ended; elsewhere
 * those lines only. */
#ifndef CLI_STUDY_PROGRESS_H
#define CLI_STUDY_PROGRESS_H

#include "live_line.h"
#include "reslab.h"

typedef struct {
    bool quiet;
    const char *folder; /* of the study */
    live_line line;
    double drawn_at; /* monotonic seconds of the last live line */
    char data[65];   /* fingerprint of the data set of which skipped images were listed last */
    size_t working;  /* number of the run that this process works on; 0 before one */
    size_t name_width, number_width;
    size_t diverged, failed, elsewhere; /* runs that ended so in this call, or are others' work */
} study_view;

void study_progress_begin(study_view *view, const rl_study *study, const char *folder, bool quiet);
void study_progress_show(study_view *view, const rl_study_progress *progress);

/* Takes the live line away. */
void study_progress_end(study_view *view);

#endif
