/* Where each run of a study stands, and what is known of the time that runs take. */
#ifndef RL_STUDY_WORK_STATE_H
#define RL_STUDY_WORK_STATE_H

#include "study/design/study.h"

typedef struct {
    rl_run_state state;
    char fingerprint[65]; /* of its data; "" when unknown */
    double accuracy;      /* test accuracy after the last epoch; NaN before one */
    double work;    /* multiply-adds of the whole run, of use only beside others'; NaN while the
                       number of images is not known */
    double seconds; /* that the run took; NaN unless it is done */
    double left;    /* of its epochs: 1 when none is done, 0 for a run that has ended */
    double limit;   /* seconds at most, by option max-seconds; 0 for none */
} rl_run_standing;

/* Reads the standing of each run into standings[study->run_count]. A run whose files are broken
 * stands as failed; the first of them is returned as the error, after all have been read. */
rl_status rl_study_read_standings(rl_run_standing *standings, const rl_study *study,
                                  const char *out, rl_error *error);

/* Seconds of the runs that have not ended, other than number `except` (0-based; SIZE_MAX: none).
 * The runs that are done and of the same work tell a run's time, or all that are done, scaled by
 * work. NaN when there are none. */
double rl_study_seconds_left(const rl_run_standing *standings, size_t count, size_t except);

#endif
