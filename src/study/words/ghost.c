/* Ghost networks beside the networks they are made from: what they save on paper and in measured
 * time, what that costs in accuracy, and whether simply narrowing the plain network to as many
 * parameters would do as well. "Keeps the accuracy" is said of intervals only: that a test finds no
 * difference does not show that there is none. */
#include "run/config.h"
#include "study/words/rules.h"

#include <math.h>

static const char *mega(rl_story *story, uint64_t count) {
    return rl_format_number(story->words, (double)count / 1e6, count < 10000000 ? 3 : 1);
}

/* Always: sizes are no measurements. */
static void say_size(rl_story *story, const rl_study_arm *ghost, const rl_study_arm *plain,
                     const char *ghost_name, const char *plain_name) {
    const char *const texts[] = {
        ghost_name,
        plain_name,
        rl_format_count(story->words, ghost->parameters),
        rl_format_percent(story->words, (double)ghost->parameters / (double)plain->parameters),
        rl_format_count(story->words, plain->parameters),
        mega(story, ghost->macs),
        rl_format_percent(story->words, (double)ghost->macs / (double)plain->macs),
        mega(story, plain->macs),
    };
    rl_story_say(story,
                 "{1} has {3} parameters, {4} of the {5} of {2}, and takes {6} M multiply-adds "
                 "(MACs) an image, {7} of {8} M.",
                 "{1} 的参数量为 {3}，是 {2}（{5}）的 {4}；每幅图像需 {6} M 次乘加运算（MACs），"
                 "是后者 {8} M 次的 {7}。",
                 texts);
}

static const char *rate(rl_story *story, const rl_arm_analysis *arm) {
    const double mean = arm->images_per_second.mean;
    return rl_format_number(story->words, mean, mean < 100);
}

/* When: both trained, on one machine. What the arithmetic promises is not what the clock shows:
 * said apart where the measured gain is below nine tenths of it. */
static void say_speed(rl_story *story, const rl_group_analysis *group, const rl_ghost_pair *pair) {
    const rl_arm_analysis *ghost = &group->arms[pair->ghost], *plain = &group->arms[pair->plain];
    const double theory = (double)plain->arm->macs / (double)ghost->arm->macs;
    const double measured = ghost->images_per_second.mean / plain->images_per_second.mean;
    if (!(measured > 0 && isfinite(measured)) || !rl_story_one_machine(story))
        return;
    SAY(story,
        measured < 1 ? "By arithmetic alone it would train {1} times as fast; measured it was "
                       "slower: {2} times ({3} against {4} images a second)."
        : measured < 0.9 * theory
            ? "By arithmetic alone it would train {1} times as fast; measured were {2} times "
              "({3} against {4} images a second): less than the arithmetic promises."
            : "By arithmetic alone it would train {1} times as fast; measured were {2} times "
              "({3} against {4} images a second).",
        measured < 1 ? "仅按运算量计算，其训练速度应为后者的 {1} 倍；实测反而更慢，为 {2} 倍"
                       "（每秒 {3} 幅对 {4} 幅图像）。"
        : measured < 0.9 * theory ? "仅按运算量计算，其训练速度应为后者的 {1} 倍；实测为 {2} "
                                    "倍（每秒 {3} 幅对 {4} 幅图像），"
                                    "低于运算量所预示的收益。"
                                  : "仅按运算量计算，其训练速度应为后者的 {1} 倍；实测为 {2} "
                                    "倍（每秒 {3} 幅对 {4} 幅图像）。",
        rl_format_number(story->words, theory, 2), rl_format_number(story->words, measured, 2),
        rate(story, ghost), rate(story, plain));
}

/* When: both are done for a seed; a statement on keeping needs an interval, that is two. */
static void say_accuracy(rl_story *story, const rl_group_analysis *group, const rl_ghost_pair *pair,
                         const char *ghost_name, const char *plain_name) {
    double sign;
    const rl_comparison *found =
        rl_comparison_of(group, group->accuracy, pair->ghost, pair->plain, &sign);
    const rl_sample d = rl_seen(found, sign);
    if (d.count == 0)
        return;
    SAY(story, "Test accuracy of {1} minus that of {2}: {3}.", "{1} 与 {2} 的测试准确率之差：{3}。",
        ghost_name, plain_name, rl_story_difference(story, found, sign, false));
    if (d.count < 2 || group->arms[pair->ghost].diverged + group->arms[pair->plain].diverged > 0)
        return;
    const char *const limit[] = {rl_format_number(story->words, 100 * RL_SMALL_DIFFERENCE, 0)};
    if (d.low >= -RL_SMALL_DIFFERENCE && d.high <= RL_SMALL_DIFFERENCE)
        rl_story_say(story,
                     "The interval lies within ±{1} point: here the Ghost network keeps the "
                     "accuracy to within {1} point.",
                     "该区间完全落在 ±{1} 个百分点之内：在此 Ghost 网络的准确率保持在 {1} "
                     "个百分点以内。",
                     limit);
    else if (d.high < -RL_SMALL_DIFFERENCE)
        rl_story_say(story,
                     "The whole interval lies below −{1} point: the Ghost network loses more than "
                     "{1} point of accuracy.",
                     "整个区间低于 −{1} 个百分点：Ghost 网络损失了超过 {1} 个百分点的准确率。",
                     limit);
    else if (d.low > RL_SMALL_DIFFERENCE)
        rl_story_say(story,
                     "The whole interval lies above {1} point: the Ghost network gains more than "
                     "{1} point of accuracy.",
                     "整个区间高于 {1} 个百分点：Ghost 网络的准确率提高了超过 {1} 个百分点。",
                     limit);
    else
        rl_story_say(story,
                     "The interval reaches beyond ±{1} point: whether the accuracy is kept to "
                     "within {1} point stays open.",
                     "该区间超出 ±{1} 个百分点：准确率是否保持在 {1} 个百分点以内，尚无定论。",
                     limit);
}

/* When: there is a control, and both are done for a seed. The sentence is the verdict's. */
static void say_control(rl_story *story, const rl_group_analysis *group, const rl_ghost_pair *pair,
                        const char *ghost_name) {
    static const struct {
        const char *english, *chinese;
    } verdicts[] = {
        [RL_NOT_DISTINGUISHABLE] =
            {"The key control is {1}, the plain network narrowed to about as many parameters "
             "({2}). {3} and it are not distinguishable (difference {4}): this study does not show "
             "that Ghost Modules do better than simply narrowing the network.",
             "关键对照是 {1}，即把普通网络收窄到参数量相近（{2}）。{3} 与它无法区分（相差 "
             "{4}）：本研究未能表明 Ghost 模块优于单纯收窄网络。"},
        [RL_BETTER] = {"The key control is {1}, the plain network narrowed to about as many "
                       "parameters ({2}). {3} is better than it (by {4}): Ghost Modules do "
                       "better than simply narrowing the network.",
                       "关键对照是 {1}，即把普通网络收窄到参数量相近（{2}）。{3} 优于它（相差 "
                       "{4}）：Ghost 模块的效果好于单纯收窄网络。"},
        [RL_WORSE] = {"The key control is {1}, the plain network narrowed to about as many "
                      "parameters ({2}). {3} is worse than it (difference {4}): simply narrowing "
                      "the network does better than Ghost Modules.",
                      "关键对照是 {1}，即把普通网络收窄到参数量相近（{2}）。{3} 劣于它（相差 "
                      "{4}）：单纯收窄网络的效果好于 Ghost 模块。"},
        [RL_NO_VERDICT] =
            {"The key control is {1}, the plain network narrowed to about as many "
             "parameters ({2}). Between {3} and it there is no verdict (difference "
             "{4}): the one ahead lacks runs that diverged.",
             "关键对照是 {1}，即把普通网络收窄到参数量相近（{2}）。{3} 与它之间不作判断"
             "（相差 {4}）：领先一方缺少已发散的运行。"},
    };
    double sign;
    if (pair->control == SIZE_MAX)
        return;
    const rl_comparison *found =
        rl_comparison_of(group, group->accuracy, pair->ghost, pair->control, &sign);
    if (found->difference.count == 0)
        return;
    const rl_verdict verdict = rl_verdict_on(group, group->accuracy, pair->ghost, pair->control);
    SAY(story, verdicts[verdict].english, verdicts[verdict].chinese,
        rl_story_arm(story, group->group, pair->control),
        rl_format_count(story->words, group->group->arms[pair->control].parameters), ghost_name,
        rl_story_difference(story, found, sign, true));
}

/* When: both have a gap between training and test images. */
static void say_gaps(rl_story *story, const rl_group_analysis *group, const rl_ghost_pair *pair,
                     const char *ghost_name, const char *plain_name) {
    const rl_sample *ghost = &group->arms[pair->ghost].gap, *plain = &group->arms[pair->plain].gap;
    if (ghost->count == 0 || plain->count == 0)
        return;
    SAY(story, "Training accuracy minus test accuracy is {1} with {2} and {3} with {4}.",
        "训练准确率减去测试准确率：{2} 为 {1}，{4} 为 {3}。",
        rl_format_points(story->words, ghost->mean), ghost_name,
        rl_format_points(story->words, plain->mean), plain_name);
}

void rl_findings_ghost(rl_story *story, const rl_group_analysis *group, rl_prose *prose) {
    rl_ghost_pair pair;
    for (size_t i = 0; rl_group_ghost_pair(group, i, &pair); i++) {
        const rl_study_arm *arms = group->group->arms;
        const char *ghost = rl_story_arm(story, group->group, pair.ghost);
        const char *plain = rl_story_arm(story, group->group, pair.plain);
        say_size(story, &arms[pair.ghost], &arms[pair.plain], ghost, plain);
        say_speed(story, group, &pair);
        rl_story_end_paragraph(story, prose);
        say_accuracy(story, group, &pair, ghost, plain);
        say_control(story, group, &pair, ghost);
        say_gaps(story, group, &pair, ghost, plain);
        rl_story_end_paragraph(story, prose);
    }
}
