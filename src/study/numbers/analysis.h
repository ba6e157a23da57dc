/* What the numbers of a study say, still as numbers: per arm means and intervals over seeds, and
 * all pairwise comparisons of a group with verdicts. study/words puts it into words. */
#ifndef RL_STUDY_NUMBERS_ANALYSIS_H
#define RL_STUDY_NUMBERS_ANALYSIS_H

#include "study/numbers/results.h"
#include "study/numbers/statistics.h"

typedef enum {
    RL_NOT_DISTINGUISHABLE,
    RL_BETTER, /* the first of a pair is better than the second */
    RL_WORSE,
    RL_NO_VERDICT /* none may be given: see rl_obstacle */
} rl_verdict;

/* Why a pair has no verdict, whatever the numbers say. */
typedef enum {
    RL_NO_OBSTACLE,
    RL_RUNS_DIVERGED, /* of the arm that would be better: what is left of it was chosen by success
                       */
    RL_OTHER_IMAGES   /* training losses of images that were altered differently, or are others */
} rl_obstacle;

typedef struct {
    const rl_study_arm *arm;
    size_t done, diverged, failed, missing; /* runs; they add up to the seeds */
    rl_sample accuracy;                     /* test accuracy after the last epoch, 0..1 */
    rl_sample early_accuracy;               /* after the group's early epoch */
    rl_sample train_loss; /* of the last epoch: cross-entropy without label smoothing */
    rl_sample early_train_loss;
    rl_sample test_loss;
    rl_sample seconds;           /* of a run */
    rl_sample images_per_second; /* training */
    rl_sample gap;               /* train accuracy minus test accuracy, last epoch */
    double *accuracies;          /* [seed]; NaN where the run is not done */
    double *early_accuracies, *early_train_losses;
    double wilson_low, wilson_high; /* binomial interval of the accuracy, all done seeds' test
                                       images pooled as if they were independent */
    rl_sample epochs_to_target,
        seconds_to_target; /* over the seeds that reach the group's target */
    size_t reached;        /* how many do */
} rl_arm_analysis;

typedef struct {
    size_t first, second; /* arms of the group; first < second */
    rl_sample difference; /* first minus second, over the seeds for which both are done */
    double p, p_holm;     /* exact permutation test; corrected within the group and quantity */
    double least_p_holm;  /* the least p_holm that this number of pairs could give at all */
    rl_verdict verdict;   /* at p_holm < 0.05 */
    rl_obstacle obstacle; /* to a verdict */
    size_t seeds_needed;  /* when not distinguishable: see rl_seeds_needed */
} rl_comparison;

typedef struct {
    const rl_study_group *group;
    rl_arm_analysis *arms;   /* [group->arm_count] */
    double target_accuracy;  /* the highest multiple of 5% that every arm's mean accuracy but the
                                worst arm's reaches; NaN when there is none */
    size_t early_epoch;      /* the end of the first quarter of the shortest run's epochs (at least
                                one epoch) */
    size_t comparison_count; /* all pairs of arms */
    size_t tested;           /* those with a seed for which both are done: what is corrected for */
    rl_comparison *accuracy; /* test accuracy after the last epoch: higher is better */
    rl_comparison *early_accuracy;   /* higher is better */
    rl_comparison *early_train_loss; /* lower is better: the verdict accounts for it */
} rl_group_analysis;

typedef struct {
    const rl_results *results;              /* not owned */
    rl_group_analysis *groups;              /* [study->group_count] */
    size_t done, diverged, failed, missing; /* runs of the study */
} rl_analysis;

rl_status rl_analysis_create(rl_analysis **analysis, const rl_results *results, rl_error *error);
void rl_analysis_free(rl_analysis *analysis);

/* The comparison of two arms of a group in `comparisons`, seen from `first`: *sign is -1 when the
 * stored one has them the other way round. */
const rl_comparison *rl_comparison_of(const rl_group_analysis *group,
                                      const rl_comparison *comparisons, size_t first, size_t second,
                                      double *sign);

#endif
