/* The rule by which claims are judged, on arrays of differences. A claim is signed so that higher
 * is better. Of `better` the line is `by`, of `keeps` minus `within`: the claim is supported when
 * the interval lies above its line, refuted when it lies below, else undecided. `same` is supported
 * when the interval lies inside of +-within, and refuted when it lies outside. A claim on a list of
 * arms is supported by all of them together and refuted by one.
 *
 * Of all claims of a study the chance of any false "supported" or "refuted" is at most 5%: each has
 * 1 / m of it; looks share that. In declared order each has all of it, and is asked only after
 * those before it were decided. */
#ifndef RL_STUDY_NUMBERS_JUDGE_H
#define RL_STUDY_NUMBERS_JUDGE_H

#include "study/design/study.h"
#include "study/numbers/verdict.h"

typedef enum {
    RL_CLAIM_WAITING, /* no verdict may be given yet: see rl_claim_obstacle */
    RL_CLAIM_UNDECIDED,
    RL_CLAIM_SUPPORTED,
    RL_CLAIM_REFUTED,
    RL_CLAIM_NOT_ASKED /* in declared order, and one before it is not decided */
} rl_claim_outcome;

typedef enum {
    RL_CLAIM_FREE,
    RL_CLAIM_NO_RUNS,      /* of one of its arms, or not of the same seeds */
    RL_CLAIM_FEW_SEEDS,    /* fewer than RL_VERDICT_SEEDS */
    RL_CLAIM_OTHER_IMAGES, /* training losses of images altered differently, or others */
    RL_CLAIM_NO_TARGET,    /* epochs to a target of a group that declares none */
    RL_CLAIM_BEFORE_LOOK,  /* the runs of the first look are not all there */
    RL_CLAIM_NOT_TUNED     /* decided against an arm whose best value is at the edge of its grid */
} rl_claim_obstacle;

/* One arm of a claim beside the other, signed so that higher is better. */
typedef struct {
    size_t arm;           /* of the group */
    rl_interval interval; /* at the level of "supported" */
    rl_interval wide;     /* at that of "refuted", for which one of the arms is enough */
    rl_place place;     /* of the interval beside the line; of `same` ABOVE is inside, BELOW outside
                         */
    bool normal;        /* fewer than RL_FLIPS_SEEDS: it rests on differences about normal */
    double flips_p;     /* exact sign flips around the line (of `same`: around 0), as a check; NaN
                           where `normal` */
    rl_interval images; /* for new test images, too: test accuracy only; count 0 where unknown */
} rl_claim_part;

typedef struct {
    size_t claim; /* index into the study's */
    rl_claim_outcome outcome;
    rl_claim_obstacle obstacle;
    rl_claim_part *parts; /* [part_count] */
    size_t part_count;
    double line;  /* signed; of `same` the half width */
    size_t seeds; /* the least of its parts */
    size_t m;     /* claims that were corrected for: 1 in declared order */
    double share; /* of the error, that the look had: 1 without looks */
    size_t look;  /* at which it was judged, from 1; 0 without looks and before the first */
    bool futile;  /* undecided there, and going on would hardly decide it */
} rl_claim_result;

/* What a claim is judged by. */
typedef struct {
    rl_claim_kind kind;
    double line; /* as of rl_claim_result */
    size_t part_count;
    double *const *differences; /* [part][seed], signed; NaN where there is none */
    const double *grains;       /* [part] */
    rl_claim_obstacle obstacle; /* whatever the numbers say; RL_CLAIM_FREE mostly */
    bool other_untuned;         /* the arm that the parts are held against */
    const bool *untuned;        /* [part]; NULL: none */
} rl_claim_case;

typedef struct {
    size_t seeds; /* of the study */
    const size_t *looks;
    size_t look_count; /* counts of seeds, ascending; NULL and 0: none */
    size_t complete;   /* seeds from the first on whose runs have all ended */
    bool in_order;
} rl_claim_plan;

/* The part of the error that look number `look` (from 0) of `count` has: the last one half, those
 * before it the other half in equal parts. */
double rl_look_share(size_t look, size_t count);

/* Judges `count` claims; with looks, look by look as far as they are complete: the first
 * "supported" or "refuted" of a claim stays. The parts of results are the caller's: as many as its
 * case has. */
void rl_claims_judge(const rl_claim_case *cases, size_t count, const rl_claim_plan *plan,
                     rl_claim_result *results);

/* Is there nothing left to ask: every claim decided, futile, or kept from being asked by one that
 * is? Then a study with looks stops. */
bool rl_claims_settled(const rl_claim_result *results, size_t count);

#endif
