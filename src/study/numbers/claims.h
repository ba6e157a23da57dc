/* What became of a study's claims. A claim is signed so that higher is better: for `better` the
 * line is `by`, for `keeps` it is minus `within`. It is supported when the interval lies above its
 * line, refuted when it lies below, else undecided; `same` is supported when the interval lies
 * inside of +-within and refuted when it lies outside. A claim on a list of arms holds when it
 * holds for all of them, and is refuted by one. Of all claims of a study, the chance of any false
 * "supported" or "refuted" is at most 5%, looks included. */
#ifndef RL_STUDY_NUMBERS_CLAIMS_H
#define RL_STUDY_NUMBERS_CLAIMS_H

#include "study/numbers/numbers.h"

typedef enum {
    RL_CLAIM_WAITING, /* no verdict may be given yet: see rl_claim_obstacle */
    RL_CLAIM_UNDECIDED,
    RL_CLAIM_SUPPORTED,
    RL_CLAIM_REFUTED,
    RL_CLAIM_NOT_ASKED /* `order: declared`, and one before it was not supported */
} rl_claim_outcome;

typedef enum {
    RL_CLAIM_FREE,
    RL_CLAIM_NO_RUNS,      /* of one of its arms, or not of the same seeds */
    RL_CLAIM_FEW_SEEDS,    /* fewer than RL_VERDICT_SEEDS */
    RL_CLAIM_OTHER_IMAGES, /* as RL_OBSTACLE_OTHER_IMAGES */
    RL_CLAIM_BEFORE_LOOK,  /* the runs of the first look are not all there */
    RL_CLAIM_NOT_TUNED     /* an arm that would lose has its best value at the edge of the grid */
} rl_claim_obstacle;

/* One arm of a claim beside the other, signed so that higher is better. */
typedef struct {
    size_t arm;
    rl_interval interval; /* at the level of "supported" */
    rl_interval wide;     /* at that of "refuted", which one of the arms is enough for */
    rl_place place;       /* of the interval beside the line; of `same`: ABOVE inside, BELOW outside
                           */
    bool normal;          /* as of rl_pair */
    double flips_p;
    rl_interval images; /* as of rl_pair */
} rl_claim_part;

typedef struct {
    size_t claim; /* index into the study's */
    rl_claim_outcome outcome;
    rl_claim_obstacle obstacle;
    rl_claim_part *parts; /* [arm_count of the claim] */
    size_t part_count;
    double line;  /* signed; of `same` the half width */
    size_t seeds; /* the least of its parts */
    size_t m;     /* claims that were corrected for: 1 in declared order */
    double share; /* of the error, that the look had: 1 without looks */
    size_t look;  /* which, from 1; 0 without looks */
    bool futile;  /* at that look: another would hardly decide it */
} rl_claim_result;

typedef struct {
    rl_claim_result *results; /* [study->claim_count] */
    size_t count;
    size_t look;  /* the last look whose runs are all there; 0 before one and without looks */
    bool stopped; /* after that look: every claim decided or futile */
} rl_claims;

/* Judges the claims of the study; with looks, look by look as far as there are runs: the first
 * "supported" or "refuted" of a claim stays. */
rl_status rl_claims_create(rl_claims **claims, const rl_numbers *numbers, rl_error *error);
void rl_claims_free(rl_claims *claims);

#endif
