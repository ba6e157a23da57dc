/* The three conclusions of the reference experiment, judged by rules that were fixed before any
 * run: each stands at its function. A verdict is always the test's (corrected p below 0.05); where
 * the data do not decide, the conclusion is left open, which is an answer. */
#include "study/words/rules.h"

#include "base/memory.h"
#include "run/config.h"

#include <math.h>
#include <string.h>

static const double half_of_parameters = 0.55;

/* The first group that varies `factor`; NULL when there is none. */
static const rl_group_analysis *group_of(const rl_story *story, const char *factor) {
    for (size_t g = 0; g < story->analysis->results->study->group_count; g++)
        if (strcmp(story->analysis->groups[g].group->factor, factor) == 0)
            return &story->analysis->groups[g];
    return NULL;
}

/* The arm with that level of the group's factor; SIZE_MAX when there is none. */
static size_t arm_of(const rl_group_analysis *group, const char *level) {
    const rl_study_group *g = group->group;
    for (size_t a = 0; a < g->arm_count; a++) {
        const char *value = rl_config_get(g->arms[a].config, g->factor);
        if (!g->arms[a].control && value && strcmp(value, level) == 0)
            return a;
    }
    return SIZE_MAX;
}

/* "relu better (45.0 points, 95% interval ..., p = 0.023)" */
static const char *judged_pair(rl_story *story, const rl_group_analysis *group, size_t arm,
                               size_t other) {
    double sign;
    const rl_comparison *pair = rl_comparison_of(group, group->accuracy, arm, other, &sign);
    const char *name = rl_story_arm(story, group->group, arm);
    if (pair->difference.count == 0)
        return FILL(story, "{1} no pair of completed runs", "{1} 没有可配对的已完成运行", name);
    return FILL(
        story, "{1} {2} ({3})", "{1} {2}（{3}）", name,
        rl_verdict_name(rl_verdict_on(group, group->accuracy, arm, other), story->words->language),
        rl_story_difference(story, pair, sign, true));
}

/* When: the number of seeds alone rules any verdict out. */
static void say_too_few_seeds(rl_story *story, const rl_group_analysis *group) {
    double least;
    if (rl_group_cannot_tell(group, &least))
        SAY(story, "With so few seeds the test cannot decide at all; at least {1} are needed.",
            "随机种子太少，检验不可能得出判断；至少需要 {1}。",
            rl_format_seeds(story->words, rl_permutation_least_seeds(group->tested)));
}

/* Confirmed iff each of relu, leaky_relu and gelu that the study has is better than sigmoid, and no
 * run of theirs diverged. Refuted iff one is worse, or has runs that diverged while none of
 * sigmoid's did. */
static bool judge_activations(rl_story *story, rl_conclusion *conclusion) {
    static const char *const variants[] = {"relu", "leaky_relu", "gelu"};
    enum { VARIANTS = sizeof variants / sizeof *variants };
    const rl_group_analysis *group = group_of(story, "activation");
    const size_t sigmoid = group ? arm_of(group, "sigmoid") : SIZE_MAX;
    const char *items[VARIANTS];
    size_t count = 0, better = 0, worse = 0, diverged = 0;
    if (sigmoid == SIZE_MAX)
        return false;
    for (size_t i = 0; i < VARIANTS; i++) {
        const size_t arm = arm_of(group, variants[i]);
        if (arm == SIZE_MAX)
            continue;
        const rl_verdict verdict = rl_verdict_on(group, group->accuracy, arm, sigmoid);
        better += verdict == RL_BETTER;
        worse += verdict == RL_WORSE;
        diverged += group->arms[arm].diverged;
        items[count++] = judged_pair(story, group, arm, sigmoid);
    }
    if (count == 0)
        return false;
    if (better == count && diverged == 0)
        conclusion->judgement = RL_CONFIRMED;
    else if (worse > 0 || (diverged > 0 && group->arms[sigmoid].diverged == 0))
        conclusion->judgement = RL_REFUTED;
    SAY(story, "Test accuracy against sigmoid's: {1}.", "与 sigmoid 的测试准确率相比：{1}。",
        rl_format_list(story->words, items, count));
    SAY(story, "Runs that diverged: {1} of theirs, {2} of sigmoid's.",
        "发散的运行：它们共 {1} 次，sigmoid {2} 次。", rl_format_count(story->words, diverged),
        rl_format_count(story->words, group->arms[sigmoid].diverged));
    say_too_few_seeds(story, group);
    return true;
}

/* Adam converges fastest early: confirmed iff its training loss in the early epoch is lower than
 * that of every other of sgd and momentum that the study has, refuted iff it is higher than one's.
 */
static rl_judgement judge_early(rl_story *story, const rl_group_analysis *group, size_t adam) {
    static const char *const others[] = {"sgd", "momentum"};
    static const struct {
        const char *english, *chinese;
    } words[] = {
        [RL_CONFIRMED] = {"Early part, holds: in epoch {1} Adam's training loss is the lowest "
                          "(adam {2}; {3}).",
                          "初期部分成立：第 {1} 轮时 Adam 的训练损失最低（adam {2}；{3}）。"},
        [RL_REFUTED] = {"Early part, does not hold: in epoch {1} Adam's training loss is higher "
                        "(adam {2}; {3}).",
                        "初期部分不成立：第 {1} 轮时 Adam 的训练损失更高（adam {2}；{3}）。"},
        [RL_LEFT_OPEN] =
            {"Early part, open: in epoch {1} Adam's training loss is not shown to be the "
             "lowest (adam {2}; {3}).",
             "初期部分尚无定论：第 {1} 轮时尚不能断定 Adam 的训练损失最低（adam "
             "{2}；{3}）。"},
    };
    static const struct {
        const char *english, *chinese;
    } beside[] = {
        [RL_NOT_DISTINGUISHABLE] = {"not distinguishable from {1} with {2}, {3}",
                                    "与 {1}（{2}）无法区分，{3}"},
        [RL_BETTER] = {"better than {1} with {2}, {3}", "好于 {1}（{2}），{3}"},
        [RL_WORSE] = {"worse than {1} with {2}, {3}", "差于 {1}（{2}），{3}"},
        [RL_NO_VERDICT] = {"no verdict on {1} with {2}, {3}", "对 {1}（{2}）不作判断，{3}"},
    };
    const char *items[2];
    size_t count = 0, better = 0, worse = 0;
    for (size_t i = 0; i < 2; i++) {
        double sign;
        const size_t arm = arm_of(group, others[i]);
        if (arm == SIZE_MAX)
            continue;
        const rl_comparison *pair =
            rl_comparison_of(group, group->early_train_loss, adam, arm, &sign);
        const rl_verdict verdict = rl_verdict_on(group, group->early_train_loss, adam, arm);
        better += verdict == RL_BETTER;
        worse += verdict == RL_WORSE;
        items[count++] =
            FILL(story, beside[verdict].english, beside[verdict].chinese, others[i],
                 rl_format_number(story->words, group->arms[arm].early_train_loss.mean, 3),
                 rl_story_p(story, pair->p_holm));
    }
    const rl_judgement judgement = better == count ? RL_CONFIRMED
                                   : worse > 0     ? RL_REFUTED
                                                   : RL_LEFT_OPEN;
    SAY(story, words[judgement].english, words[judgement].chinese,
        rl_format_count(story->words, group->early_epoch),
        rl_format_number(story->words, group->arms[adam].early_train_loss.mean, 3),
        rl_format_list(story->words, items, count));
    return judgement;
}

/* Momentum can end higher: confirmed iff its final accuracy is better than Adam's, refuted iff it
 * is worse. */
static rl_judgement judge_late(rl_story *story, const rl_group_analysis *group, size_t adam,
                               size_t momentum) {
    static const struct {
        const char *english, *chinese;
        rl_judgement judgement;
    } words[] = {
        [RL_BETTER] = {"Final part, holds: momentum ends higher than Adam ({1}).",
                       "最终部分成立：momentum 的最终准确率高于 Adam（{1}）。", RL_CONFIRMED},
        [RL_WORSE] = {"Final part, does not hold: momentum ends lower than Adam ({1}).",
                      "最终部分不成立：momentum 的最终准确率低于 Adam（{1}）。", RL_REFUTED},
        [RL_NOT_DISTINGUISHABLE] =
            {"Final part, open: momentum and Adam are not distinguishable at "
             "the end (momentum minus adam: {1}).",
             "最终部分尚无定论：momentum 与 Adam 最终无法区分（momentum "
             "减去 adam：{1}）。",
             RL_LEFT_OPEN},
        [RL_NO_VERDICT] =
            {"Final part, open: the one ahead lacks runs that diverged (momentum "
             "minus adam: {1}).",
             "最终部分尚无定论：领先一方缺少已发散的运行（momentum 减去 adam：{1}）。",
             RL_LEFT_OPEN},
    };
    double sign;
    const rl_comparison *pair = rl_comparison_of(group, group->accuracy, momentum, adam, &sign);
    const rl_verdict verdict = rl_verdict_on(group, group->accuracy, momentum, adam);
    if (pair->difference.count == 0)
        SAY(story, "Final part, open: there is no pair of completed {1} and {2} runs.",
            "最终部分尚无定论：没有可配对的 {1} 与 {2} 的已完成运行。", "momentum", "adam");
    else
        SAY(story, words[verdict].english, words[verdict].chinese,
            rl_story_difference(story, pair, sign, true));
    return words[verdict].judgement;
}

/* Confirmed iff both parts are; refuted iff one is. */
static bool judge_optimizers(rl_story *story, rl_conclusion *conclusion) {
    const rl_group_analysis *group = group_of(story, "optimizer");
    const size_t adam = group ? arm_of(group, "adam") : SIZE_MAX;
    const size_t momentum = group ? arm_of(group, "momentum") : SIZE_MAX;
    if (adam == SIZE_MAX || momentum == SIZE_MAX)
        return false;
    rl_judgement early = RL_LEFT_OPEN;
    if (group->arms[adam].done > 0 && group->arms[momentum].done > 0)
        early = judge_early(story, group, adam);
    const rl_judgement late = judge_late(story, group, adam, momentum);
    if (early == RL_REFUTED || late == RL_REFUTED)
        conclusion->judgement = RL_REFUTED;
    else if (early == RL_CONFIRMED && late == RL_CONFIRMED)
        conclusion->judgement = RL_CONFIRMED;
    say_too_few_seeds(story, group);
    return true;
}

/* Confirmed iff the Ghost network has at most 0.55 of the parameters and the 95% interval of the
 * difference in accuracy lies within a point of zero; refuted iff the interval lies wholly below
 * minus one point. */
static bool judge_ghost(rl_story *story, rl_conclusion *conclusion) {
    rl_ghost_pair ghost;
    const rl_group_analysis *group = story->analysis->groups,
                            *end = group + story->analysis->results->study->group_count;
    while (group < end && !rl_group_ghost_pair(group, 0, &ghost))
        group++;
    if (group == end)
        return false;
    double sign;
    const rl_study_arm *arms = group->group->arms;
    const rl_comparison *pair =
        rl_comparison_of(group, group->accuracy, ghost.ghost, ghost.plain, &sign);
    const rl_sample d = rl_seen(pair, sign);
    const double ratio =
        (double)arms[ghost.ghost].parameters / (double)arms[ghost.plain].parameters;
    const size_t ghost_lacks = group->arms[ghost.ghost].diverged;
    const size_t plain_lacks = group->arms[ghost.plain].diverged;
    if (ghost_lacks + plain_lacks > 0)
        SAY(story,
            "Runs that diverged: {1} of its own, {2} of the plain network's. What is left of an "
            "arm "
            "decides nothing.",
            "发散的运行：Ghost 网络 {1} 次，普通网络 {2} 次。仅凭剩余的运行不作判断。",
            rl_format_count(story->words, ghost_lacks), rl_format_count(story->words, plain_lacks));
    else if (d.count > 1 && d.high < -RL_SMALL_DIFFERENCE)
        conclusion->judgement = RL_REFUTED;
    else if (d.count > 1 && ratio <= half_of_parameters && d.low >= -RL_SMALL_DIFFERENCE &&
             d.high <= RL_SMALL_DIFFERENCE)
        conclusion->judgement = RL_CONFIRMED;
    SAY(story,
        ratio <= half_of_parameters
            ? "It has {1} of the parameters."
            : "It has {1} of the parameters, more than the {2} that pass for half.",
        ratio <= half_of_parameters ? "其参数量为原网络的 {1}。"
                                    : "其参数量为原网络的 {1}，超过视为“一半”的 {2}。",
        rl_format_percent(story->words, ratio),
        rl_format_percent(story->words, half_of_parameters));
    if (d.count == 0)
        SAY(story, "There is no pair of completed runs of {1} and {2}.",
            "没有可配对的 {1} 与 {2} 的已完成运行。",
            rl_story_arm(story, group->group, ghost.ghost),
            rl_story_arm(story, group->group, ghost.plain));
    else
        SAY(story,
            "Its test accuracy differs by {1} (Ghost minus plain, {2}); to keep it means an "
            "interval within ±{3} point.",
            "其测试准确率相差 {1}（Ghost 减去普通网络，{2}）；“保持”是指区间落在 ±{3} "
            "个百分点之内。",
            rl_story_difference(story, pair, sign, false), rl_format_seeds(story->words, d.count),
            rl_format_number(story->words, 100 * RL_SMALL_DIFFERENCE, 0));
    if (d.count == 1)
        rl_story_say(story, "A single seed gives no interval to judge by.",
                     "单个随机种子给不出可供判断的区间。", NULL);
    return true;
}

static const struct {
    const char *english, *chinese;
    bool (*judge)(rl_story *story, rl_conclusion *conclusion); /* false: no arms for it */
} claims[] = {
    {"ReLU and its variants train stably and beat Sigmoid.",
     "ReLU 及其变体训练稳定，且优于 Sigmoid。", judge_activations},
    {"Adam converges fastest early; SGD with momentum can end higher.",
     "Adam 初期收敛最快；带动量的 SGD 最终可以更高。", judge_optimizers},
    {"The Ghost network keeps the accuracy with half the parameters.",
     "Ghost 网络以一半的参数量保持准确率。", judge_ghost},
};

void rl_findings_conclude(rl_story *story, rl_findings *findings) {
    enum { CLAIMS = sizeof claims / sizeof *claims };
    findings->conclusions = rl_words_alloc(story->words, CLAIMS, sizeof *findings->conclusions);
    for (size_t i = 0; findings->conclusions && i < CLAIMS; i++) {
        rl_conclusion *conclusion = &findings->conclusions[findings->conclusion_count];
        if (!claims[i].judge(story, conclusion))
            continue;
        findings->conclusion_count++;
        conclusion->reason = rl_story_take(story);
        conclusion->claim = FILL(story, claims[i].english, claims[i].chinese, "");
    }
}
