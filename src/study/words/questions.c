/* What several chapters of the analysis ask of a study, and the names of the answers. */
#include "run/config.h"
#include "study/words/rules.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

/* Indexed by rl_language. */
typedef const char *words[2];

const char *rl_judgement_name(rl_judgement judgement, rl_language language) {
    static const words names[] = {[RL_LEFT_OPEN] = {"left open", "尚无定论"},
                                  [RL_CONFIRMED] = {"confirmed", "证实"},
                                  [RL_REFUTED] = {"refuted", "否定"}};
    return names[judgement][language];
}

const char *rl_verdict_name(rl_verdict verdict, rl_language language) {
    static const words names[] = {[RL_NOT_DISTINGUISHABLE] = {"not distinguishable", "无法区分"},
                                  [RL_BETTER] = {"better", "更好"},
                                  [RL_WORSE] = {"worse", "更差"},
                                  [RL_NO_VERDICT] = {"no verdict", "不作判断"}};
    return names[verdict][language];
}

rl_verdict rl_verdict_on(const rl_group_analysis *group, const rl_comparison *comparisons,
                         size_t first, size_t second) {
    double sign;
    const rl_comparison *pair = rl_comparison_of(group, comparisons, first, second, &sign);
    if (!pair || pair->verdict == RL_NOT_DISTINGUISHABLE)
        return RL_NOT_DISTINGUISHABLE;
    if (pair->verdict == RL_NO_VERDICT)
        return RL_NO_VERDICT;
    return (pair->verdict == RL_BETTER) == (sign > 0) ? RL_BETTER : RL_WORSE;
}

bool rl_group_cannot_tell(const rl_group_analysis *group, double *least) {
    *least = 1;
    for (size_t i = 0; i < group->comparison_count; i++)
        if (group->accuracy[i].difference.count > 0)
            *least = fmin(*least, group->accuracy[i].least_p_holm);
    return group->tested > 0 && *least >= 0.05;
}

static bool is_plain_of(const rl_study_arm *arm, const rl_study_arm *ghost) {
    const char *plain = rl_bench_plain_model(ghost->config->model);
    return plain && strcmp(arm->config->model, plain) == 0;
}

static bool same_width(const rl_study_arm *a, const rl_study_arm *b) {
    return a->config->width == b->config->width;
}

bool rl_group_ghost_pair(const rl_group_analysis *group, size_t index, rl_ghost_pair *pair) {
    const rl_study_arm *arms = group->group->arms;
    const size_t count = group->group->arm_count;
    for (size_t g = 0; g < count; g++) {
        *pair = (rl_ghost_pair){g, SIZE_MAX, SIZE_MAX};
        for (size_t a = 0; a < count; a++) {
            if (!is_plain_of(&arms[a], &arms[g]))
                continue;
            if (!arms[a].control && same_width(&arms[a], &arms[g]))
                pair->plain = a;
            /* controls stand in the order of their Ghost networks: the nearest in size is its own
             */
            const double far = fabs((double)arms[a].parameters - (double)arms[g].parameters);
            if (arms[a].control &&
                (pair->control == SIZE_MAX ||
                 far < fabs((double)arms[pair->control].parameters - (double)arms[g].parameters)))
                pair->control = a;
        }
        if (pair->plain != SIZE_MAX && index-- == 0)
            return true;
    }
    return false;
}

bool rl_story_one_machine(const rl_story *story) {
    const rl_results *results = story->analysis->results;
    const rl_run_record *first = NULL;
    for (size_t i = 0; i < results->study->run_count; i++) {
        const rl_run_record *run = results->records[i];
        if (!run || run->state != RL_RUN_DONE)
            continue;
        if (first && (strcmp(run->cpu, first->cpu) != 0 || run->threads != first->threads ||
                      strcmp(run->instruction_set, first->instruction_set) != 0))
            return false;
        first = run;
    }
    return true;
}
