/* Looks: after the first so many seeds the claims are judged, and the study ends when they are
 * decided. looks.json in the study's folder keeps what each look said and of which results; none
 * can be left out, taken elsewhere or changed. */
#ifndef RL_STUDY_WORK_LOOKS_H
#define RL_STUDY_WORK_LOOKS_H

#include "study/design/study.h"

#include <jansson.h>

#define RL_LOOKS_FILE "looks.json"

/* What a look says. */
typedef struct {
    json_t *claims; /* an array: what becomes of each claim */
    bool settled;   /* nothing is left to ask */
} rl_look_decision;

/* Judges the study in `out` by the first `seeds` seeds, whose runs have ended. Rooms above have it:
 * what runs mean is no matter of doing them. */
typedef rl_status rl_study_decide_function(rl_look_decision *decision, const rl_study *study,
                                           const char *out, size_t seeds, rl_error *error);

/* Checks the looks that were taken, each against its results, and takes the next one where the runs
 * of its seeds have ended. *taken: how many there are now; *settled: the last one ended the study;
 * *fresh: one was taken in this call. */
rl_status rl_study_look(const rl_study *study, const char *out, rl_study_decide_function *decide,
                        size_t complete_seeds, size_t *taken, bool *settled, bool *fresh,
                        rl_error *error);

#endif
