/* What the runs of a study measured: every quantity of every arm by seed, and all pairs of arms of
 * a group with intervals and verdicts (verdict.h). Runs that diverged count: from the epoch that
 * they did not complete on, they guess. study/words puts it into words. */
#ifndef RL_STUDY_NUMBERS_NUMBERS_H
#define RL_STUDY_NUMBERS_NUMBERS_H

#include "study/design/quantity.h"
#include "study/numbers/results.h"
#include "study/numbers/statistics.h"
#include "study/numbers/verdict.h"

/* Why a pair has no verdict. */
typedef enum {
    RL_OBSTACLE_NONE,
    RL_OBSTACLE_NO_RUNS,      /* no seed that both have */
    RL_OBSTACLE_FEW_SEEDS,    /* fewer than RL_VERDICT_SEEDS */
    RL_OBSTACLE_OTHER_IMAGES, /* training losses of images altered differently, or others */
    RL_OBSTACLE_NO_TARGET,    /* epochs to a target of a group that declares none */
    RL_OBSTACLE_CLAIMED,      /* claims were declared on this quantity of this group: they have the
                                 word (claims.h), and no pair beside them */
    RL_OBSTACLE_LOOKS         /* the study stops for what it sees: only its claims are corrected
                                 for that */
} rl_obstacle;

/* Which images a seed was tested on: what an interval over seeds covers. */
typedef enum {
    RL_IMAGES_UNKNOWN,
    RL_IMAGES_SHARED, /* all seeds on the same ones */
    RL_IMAGES_OWN     /* each seed on its own: the interval over seeds is one for new images, too */
} rl_images;

typedef struct {
    const rl_study_arm *arm;
    size_t done, diverged, failed, missing; /* runs; they add up to the seeds */
    double diverged_limit;                  /* rl_share_limit of diverged among those ended */
    double *values[RL_QUANTITY_COUNT];      /* [seed]; NaN where there is none */
    rl_sample samples[RL_QUANTITY_COUNT];   /* of the values; 95% for one arm by itself */
    size_t worst;   /* index of the seed with the lowest test accuracy; SIZE_MAX without a run */
    size_t reached; /* runs that come to the group's target and stay there, of done + diverged */
} rl_arm_numbers;

typedef struct {
    size_t first, second; /* arms of the group; first < second */
    rl_sample difference; /* first minus second over the seeds that both have, 95%, for one by
                             itself */
    rl_interval interval; /* the same at the level of the verdict */
    rl_pair_verdict verdict;
    rl_obstacle obstacle;
    bool normal;        /* below RL_FLIPS_SEEDS: the verdict rests on differences about normal */
    double flips_p;     /* exact sign flips, a check that assumes no distribution; NaN where
                           `normal` */
    double correlation; /* of the two arms over seeds */
    double improvement; /* how often a run of the first is better than one of the second */
    rl_interval images; /* for new test images, too: test accuracy only; count 0 where unknown */
} rl_pair;

/* All pairs of a group in one quantity. */
typedef struct {
    rl_pair *pairs;   /* [pair_count]; NULL where the quantity is not compared */
    size_t m;         /* statements that the level was corrected for: alpha = RL_ALPHA / m */
    bool claimed;     /* the study declares claims on this quantity of this group; m is then the
                         number of the study's claims, and no pair has a verdict */
    bool exploratory; /* the study declares claims, but none on this */
} rl_pair_table;

typedef struct {
    const rl_study_group *group;
    rl_arm_numbers *arms; /* [group->arm_count] */
    size_t early_epoch; /* the end of the first quarter of the shortest run's epochs, at least 1 */
    size_t epochs;      /* of the longest run: epochs_to of a run that does not get there */
    rl_images images;
    size_t pair_count; /* all pairs of arms */
    rl_pair_table tables[RL_QUANTITY_COUNT];
} rl_group_numbers;

typedef struct {
    const rl_results *results;              /* not owned */
    rl_group_numbers *groups;               /* [study->group_count] */
    size_t done, diverged, failed, missing; /* runs of the study */
} rl_numbers;

rl_status rl_numbers_create(rl_numbers **numbers, const rl_results *results, rl_error *error);
void rl_numbers_free(rl_numbers *numbers);

/* The pair of two arms in one quantity, seen from `first`: *sign is -1 when the stored one has them
 * the other way round. NULL where the quantity is not compared. */
const rl_pair *rl_pair_of(const rl_group_numbers *group, rl_quantity_kind quantity, size_t first,
                          size_t second, double *sign);

/* Its verdict as seen from `first`. */
rl_pair_verdict rl_pair_verdict_on(const rl_group_numbers *group, rl_quantity_kind quantity,
                                   size_t first, size_t second);

/* One quantity of an arm after epoch `at` (0: the last) by seed into `values`; NaN where there is
 * none. */
void rl_numbers_take(const rl_numbers *numbers, const rl_group_numbers *group, size_t arm,
                     rl_quantity_kind quantity, size_t at, double *values);

#endif
