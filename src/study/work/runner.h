/* Does the runs of a study, those of its tuning as well: one process's part of the work. */
#ifndef RL_STUDY_WORK_RUNNER_H
#define RL_STUDY_WORK_RUNNER_H

#include "study/work/images.h"
#include "study/work/state.h"

typedef struct {
    rl_study *study;
    const char *out; /* its folder */
    rl_study_progress_function *progress;
    void *context;
    bool tuning; /* what is done is the tuning of another study, which has `runs` */
    size_t runs;
    bool stopped;   /* `progress` asked to stop */
    bool cut_short; /* and a run was stopped by it */
    bool *tried;    /* [run]: done what could be done */
    rl_run_standing *standings;
    rl_study_images images;
    /* The run in progress. */
    size_t index, ended;
    double others_left;  /* seconds of all runs after it; NaN when no run is done yet: then */
    double others_scale; /* it takes this many times as long as this run */
    /* The first run that failed. */
    rl_status failure;
    rl_error first;
} rl_runner; /* starts with study, out, progress and context only */

/* Goes over to a study whose folder is ready. */
rl_status rl_runner_take(rl_runner *t, rl_study *study, const char *out, rl_error *error);

/* Does the runs that wanted[run] says, all for NULL, as far as they are not others' work. A failed
 * run does not keep the others from being done: the first failure is returned at the end. */
rl_status rl_runner_do(rl_runner *t, const bool *wanted, rl_error *error);

/* Have all wanted runs ended, as of the last look? */
bool rl_runner_has_all(const rl_runner *t, const bool *wanted);

/* Looks at all runs anew. */
void rl_runner_look(rl_runner *t);

/* Tells of something that happened between runs. RL_STOPPED when told to stop. */
__attribute__((format(printf, 3, 4))) rl_status rl_runner_note(rl_runner *t, rl_error *error,
                                                               const char *format, ...);

void rl_runner_clear(rl_runner *t);

#endif
