/* The study as a whole: its answers in a few sentences, and what it cannot say. */
#include "study/words/rules.h"

#include "base/memory.h"
#include "run/config.h"
#include "run/statistics.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

/* The reference experiment in full: what reductions are measured by. */
enum { FULL_WIDTH = 64, FULL_EPOCHS = 20 };

/* Images of CIFAR-10 as it is published; other sets come in its layout, too. */
enum { CIFAR10_TRAIN = 50000, CIFAR10_TEST = 10000 };

static const rl_run_record *any_done(const rl_story *story) {
    const rl_results *results = story->analysis->results;
    for (size_t i = 0; i < results->study->run_count; i++)
        if (results->records[i] && results->records[i]->state == RL_RUN_DONE)
            return results->records[i];
    return NULL;
}

static bool data_are(const rl_run_record *run, const char *format) {
    return run && run->data_format && strcmp(run->data_format, format) == 0;
}

static void say_extent(rl_story *story) {
    const rl_study *study = story->analysis->results->study;
    SAY(story, "{1} of the study's {2} are done, with {3} for each setting.",
        "本研究的 {2}中已完成 {1} 次，每种设置使用 {3}。",
        rl_format_count(story->words, story->analysis->done),
        rl_story_nouns(story, study->run_count, "run", "runs", "次运行"),
        rl_format_seeds(story->words, study->seed_count));
}

/* When: a run of the group diverged. Before anything is said of who is best. */
static void say_diverged(rl_story *story, const rl_group_analysis *group) {
    const char **items = rl_words_alloc(story->words, group->group->arm_count, sizeof *items);
    size_t count = 0;
    for (size_t a = 0; items && a < group->group->arm_count; a++) {
        const rl_arm_analysis *arm = &group->arms[a];
        if (arm->diverged > 0)
            items[count++] = FILL(story, "{1} of {2} with {3}", "{3} {2} 次中的 {1} 次",
                                  rl_format_count(story->words, arm->diverged),
                                  rl_format_count(story->words, arm->done + arm->diverged +
                                                                    arm->failed + arm->missing),
                                  rl_story_arm(story, group->group, a));
    }
    if (count > 0)
        SAY(story, "In the group {1}, runs diverged and have no result: {2}.",
            "在 {1} 组中，有运行发散而没有结果：{2}。", group->group->name,
            rl_format_list(story->words, items, count));
}

/* A group's answer: its best arm by the mean, and what the test says of that lead. When: two arms
 * are done. */
static void say_answer(rl_story *story, const rl_group_analysis *group) {
    size_t count, better = 0, equal = 0, lacking = 0;
    double least;
    const size_t *order =
        rl_story_order(story, group, offsetof(rl_arm_analysis, accuracy), -1, &count);
    const char **names = rl_words_alloc(story->words, group->group->arm_count, sizeof *names);
    say_diverged(story, group);
    if (!order || !names || count < 2 || group->arms[order[0]].diverged > 0)
        return; /* those without a run that diverged come first */
    for (size_t i = 1; i < count; i++) {
        if (group->arms[order[i]].diverged > 0) {
            lacking++;
            continue;
        }
        const bool beaten = rl_verdict_on(group, group->accuracy, order[0], order[i]) == RL_BETTER;
        better += beaten;
        if (!beaten)
            names[equal++] = rl_story_arm(story, group->group, order[i]);
    }
    const char *name = group->group->name;
    if (lacking > 0)
        name =
            FILL(story, "{1} (of arms without a diverged run)", "{1}（无运行发散的设置中）", name);
    const char *const texts[] = {
        name, rl_story_arm(story, group->group, order[0]),
        rl_format_percent(story->words, group->arms[order[0]].accuracy.mean),
        rl_format_list(story->words, names, equal)};
    if (equal + better == 0)
        return;
    if (equal == 0)
        rl_story_say(story,
                     "In the group {1}, {2} ends best, with {3} of the test images right; it is "
                     "better than every other arm.",
                     "在 {1} 组中，{2} 最终最好，测试准确率为 {3}，优于其余所有设置。", texts);
    else if (rl_group_cannot_tell(group, &least))
        rl_story_say(
            story,
            "In the group {1}, {2} has the highest mean test accuracy, {3}, but there are "
            "too few seeds to tell any arms apart.",
            "在 {1} 组中，{2} 的平均测试准确率最高，为 {3}，但随机种子太少，无法区分任何设置。",
            texts);
    else if (better > 0)
        rl_story_say(story,
                     "In the group {1}, {2} has the highest mean test accuracy, {3}, but is not "
                     "distinguishable from {4}.",
                     "在 {1} 组中，{2} 的平均测试准确率最高，为 {3}，但与 {4} 无法区分。", texts);
    else
        rl_story_say(story,
                     "In the group {1}, {2} has the highest mean test accuracy, {3}, but it is not "
                     "distinguishable from any other arm.",
                     "在 {1} 组中，{2} 的平均测试准确率最高，为 {3}，但与其余任何设置都无法区分。",
                     texts);
}

/* When: the study has a Ghost pair that was trained. */
static void say_ghost_answer(rl_story *story) {
    const size_t groups = story->analysis->results->study->group_count;
    rl_ghost_pair pair;
    for (size_t g = 0; g < groups; g++) {
        const rl_group_analysis *group = &story->analysis->groups[g];
        double sign;
        if (!rl_group_ghost_pair(group, 0, &pair))
            continue;
        const rl_comparison *found =
            rl_comparison_of(group, group->accuracy, pair.ghost, pair.plain, &sign);
        const rl_study_arm *arms = group->group->arms;
        if (found->difference.count > 0 && group->arms[pair.ghost].diverged == 0 &&
            group->arms[pair.plain].diverged == 0)
            SAY(story, "{1} has {2} of the parameters of {3}; its test accuracy differs by {4}.",
                "{1} 的参数量是 {3} 的 {2}，测试准确率相差 {4}。",
                rl_story_arm(story, group->group, pair.ghost),
                rl_format_percent(story->words, (double)arms[pair.ghost].parameters /
                                                    (double)arms[pair.plain].parameters),
                rl_story_arm(story, group->group, pair.plain),
                rl_story_difference(story, found, sign, false));
        return;
    }
}

/* When: there are conclusions to judge. */
static void say_judgements(rl_story *story, const rl_findings *findings) {
    size_t counts[3] = {0};
    for (size_t i = 0; i < findings->conclusion_count; i++)
        counts[findings->conclusions[i].judgement]++;
    if (findings->conclusion_count > 0)
        SAY(story,
            "The conclusions of the reference experiment that this study has arms for: {1} "
            "confirmed, "
            "{2} refuted, {3} left open.",
            "本研究涉及的参考实验结论：证实 {1} 条，否定 {2} 条，尚无定论 {3} 条。",
            rl_format_count(story->words, counts[RL_CONFIRMED]),
            rl_format_count(story->words, counts[RL_REFUTED]),
            rl_format_count(story->words, counts[RL_LEFT_OPEN]));
}

void rl_findings_overview(rl_story *story, rl_findings *findings) {
    say_extent(story);
    for (size_t g = 0; g < story->analysis->results->study->group_count; g++)
        say_answer(story, &story->analysis->groups[g]);
    say_ghost_answer(story);
    say_judgements(story, findings);
    rl_story_end_paragraph(story, &findings->overview);
}

/* Always. */
static void limit_seeds(rl_story *story) {
    const rl_study *study = story->analysis->results->study;
    const size_t seeds = study->seed_count;
    const bool whole = story->analysis->done == study->run_count;
    if (seeds == 1)
        SAY(story,
            "With {1} nothing can be said about how much the figures vary, and no two settings can "
            "be told apart.",
            "只有 {1}，无法说明数值的波动，也无法区分任何两种设置。",
            rl_format_seeds(story->words, seeds));
    else
        SAY(story,
            whole
                ? "Every figure rests on {1}: intervals and tests speak about other seeds of this "
                  "very configuration, not about other data, networks or learning rates."
                : "A figure rests on {1} at most: intervals and tests speak about other seeds of "
                  "this very configuration, not about other data, networks or learning rates.",
            whole ? "所有数值都基于 {1}：区间和检验只说明同一配置下换用其他随机种子的情形，"
                    "不涉及其他数据、网络或学习率。"
                  : "数值最多基于 {1}：区间和检验只说明同一配置下换用其他随机种子的情形，"
                    "不涉及其他数据、网络或学习率。",
            rl_format_seeds(story->words, seeds));
}

/* When: a run is not done. */
static void limit_runs(rl_story *story) {
    const rl_analysis *a = story->analysis;
    if (a->diverged + a->failed + a->missing > 0)
        SAY(story,
            "Not all runs enter the means: {1} diverged, {2} failed and {3} are not done. What is "
            "missing may not be missing by chance.",
            "并非所有运行都计入平均值：发散 {1} 次，失败 {2} 次，未完成 {3} 次。缺失未必是随机的。",
            rl_format_count(story->words, a->diverged), rl_format_count(story->words, a->failed),
            rl_format_count(story->words, a->missing));
}

/* When: the data have CIFAR-10's layout, but not its numbers of images. */
static void limit_other_data(rl_story *story, const rl_run_record *run) {
    const bool known = run->data_train_images > 0 && run->data_test_images > 0;
    if (known && (run->data_train_images != CIFAR10_TRAIN || run->data_test_images != CIFAR10_TEST))
        SAY(story,
            "The data are in CIFAR-10's layout but are not that set as it is published: there are "
            "{1} training and {2} test images. Accuracies published for CIFAR-10 are no measure "
            "for those here.",
            "数据采用 CIFAR-10 的格式，但并非公开发布的 CIFAR-10：共有 {1} 幅训练图像和 {2} "
            "幅测试图像，其准确率不宜与 CIFAR-10 上公布的数值比较。",
            rl_format_count(story->words, run->data_train_images),
            rl_format_count(story->words, run->data_test_images));
}

/* When: the data have CIFAR-10's layout, and something is less than in the reference experiment,
 * which uses all images of the set. */
static void limit_reduction(rl_story *story, const rl_run_record *run) {
    const rl_config *settings = story->analysis->results->study->settings;
    const struct {
        uint64_t here, full;
        const char *english, *chinese;
    } sizes[] = {
        {run->train_images, run->data_train_images, "{1} of {2} training images",
         "{2} 幅训练图像中的 {1} 幅"},
        {run->test_images, run->data_test_images, "{1} of {2} test images",
         "{2} 幅测试图像中的 {1} 幅"},
        {settings->width, FULL_WIDTH, "width {1} instead of {2}", "宽度 {1}（完整为 {2}）"},
        {settings->epochs, FULL_EPOCHS, "{1} epochs instead of {2}", "{1} 轮训练（完整为 {2} 轮）"},
    };
    const char *items[sizeof sizes / sizeof *sizes];
    size_t count = 0;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        if (sizes[i].here > 0 && sizes[i].here < sizes[i].full)
            items[count++] = FILL(story, sizes[i].english, sizes[i].chinese,
                                  rl_format_count(story->words, sizes[i].here),
                                  rl_format_count(story->words, sizes[i].full));
    if (count > 0)
        SAY(story,
            "This is a reduced form of the reference experiment: {1}. Accuracies must be expected "
            "below those of full training, and the order of the settings may change with it.",
            "这是参考实验的缩减版：{1}。准确率应低于完整训练，各设置的次序也可能随之改变。",
            rl_format_list(story->words, items, count));
}

/* When: the data are the built-in ones. */
static void limit_shapes(rl_story *story) {
    rl_story_say(story,
                 "The data are “shapes”, drawn images made to try things out. What holds on them "
                 "need not hold on photographs.",
                 "所用数据为“shapes”，即用于试验的绘制图像，其上的结论未必适用于照片。", NULL);
}

/* Half the width of the binomial interval of an accuracy. */
static double uncertainty(double accuracy, size_t images) {
    double low, high;
    rl_wilson_interval((uint64_t)round(accuracy * (double)images), images, &low, &high);
    return (high - low) / 2;
}

/* How many pairs of a group were compared, and how many of their mean differences are smaller than
 * the uncertainty of either accuracy. */
static void count_small(const rl_group_analysis *group, size_t images, size_t *tested,
                        size_t *small) {
    for (size_t i = 0; i < group->comparison_count; i++) {
        const rl_comparison *pair = &group->accuracy[i];
        const double first = group->arms[pair->first].accuracy.mean;
        const double second = group->arms[pair->second].accuracy.mean;
        if (pair->difference.count == 0)
            continue;
        ++*tested;
        *small += fabs(pair->difference.mean) <
                  fmin(uncertainty(first, images), uncertainty(second, images));
    }
}

/* When: a run is done. */
static void limit_test_images(rl_story *story, const rl_run_record *run) {
    const rl_analysis *analysis = story->analysis;
    double best = 0;
    size_t tested = 0, small = 0;
    for (size_t g = 0; g < analysis->results->study->group_count; g++) {
        const rl_group_analysis *group = &analysis->groups[g];
        for (size_t a = 0; a < group->group->arm_count; a++)
            best = fmax(best, group->arms[a].accuracy.mean); /* a NaN loses */
        count_small(group, run->test_images, &tested, &small);
    }
    rl_story_say(
        story,
        "Test images were looked at after every epoch, but nothing was chosen by them: the "
        "figures are those of the last epoch, not of the best.",
        "每轮训练后都会在测试图像上评估，但没有据此做任何选择：所列数值均取自最后一轮，"
        "而非最好的一轮。",
        NULL);
    SAY(story,
        "All runs share the same {1} test images, by which alone an accuracy of {2} is uncertain "
        "by "
        "about ±{3} (binomial, 95%), however many seeds there are.",
        "所有运行共用同样的 {1} 幅测试图像；仅此一项，{2} 的准确率就有约 ±{3}的不确定性"
        "（二项分布，95%），与随机种子的数目无关。",
        rl_format_count(story->words, run->test_images), rl_format_percent(story->words, best),
        rl_format_points(story->words, uncertainty(best, run->test_images)));
    if (small > 0)
        SAY(story,
            "Of the {2} mean differences between arms of a group, {1} are smaller than this "
            "uncertainty of either accuracy: with other test images they might come out otherwise.",
            "在各组设置间的 {2} 个平均差异中，有 {1} 个小于两者准确率的这一不确定性：换用其他"
            "测试图像，结果可能不同。",
            rl_format_count(story->words, small), rl_format_count(story->words, tested));
}

/* When: a group varies the optimizer, with the learning rate of all the same. */
static void limit_learning_rate(rl_story *story) {
    const rl_study *study = story->analysis->results->study;
    for (size_t g = 0; g < study->group_count; g++) {
        const rl_study_group *group = &study->groups[g];
        const rl_config *first = group->arms[0].config;
        bool same = strcmp(group->factor, "optimizer") == 0;
        for (size_t a = 1; a < group->arm_count; a++)
            same = same && group->arms[a].config->lr == first->lr;
        if (!same)
            continue;
        SAY(story,
            strcmp(first->schedule, "constant") == 0
                ? "All optimizers use one constant learning rate, {1}. With a rate tuned for each "
                  "their order may be another."
                : "All optimizers use one learning rate, {1}, and the schedule {2}. With a rate "
                  "tuned for each their order may be another.",
            strcmp(first->schedule, "constant") == 0
                ? "所有优化器使用同一个恒定的学习率 {1}；若分别调优，次序可能不同。"
                : "所有优化器使用同一个学习率 {1} 和调度 {2}；若分别调优，次序可能不同。",
            rl_config_get(first, "lr"), first->schedule);
        return;
    }
}

/* When: the machine is known. */
static void limit_speed(rl_story *story, const rl_run_record *run) {
    if (!rl_story_one_machine(story))
        rl_story_say(story,
                     "Runs were done on different machines or with different settings of one, so "
                     "that their speeds cannot be compared.",
                     "各次运行所用的机器或其设置不同，因此速度之间不可比较。", NULL);
    else if (run->cpu[0])
        SAY(story,
            "Speeds were measured with {1} on one machine ({2}) and hold for it; what else it had "
            "to do at the time slows them down.",
            "速度是用 "
            "{1}在同一台机器（{2}）上测得的，只适用于该机器；当时机器上的其他工作会使其变慢。",
            rl_story_nouns(story, (size_t)run->threads, "thread", "threads", "个线程"), run->cpu);
}

void rl_findings_limits(rl_story *story, rl_prose *prose) {
    const rl_run_record *run = any_done(story);
    limit_seeds(story);
    rl_story_end_paragraph(story, prose);
    limit_runs(story);
    rl_story_end_paragraph(story, prose);
    if (data_are(run, "cifar10")) {
        limit_reduction(story, run);
        limit_other_data(story, run);
    }
    if (data_are(run, "shapes"))
        limit_shapes(story);
    rl_story_end_paragraph(story, prose);
    if (run)
        limit_test_images(story, run);
    rl_story_end_paragraph(story, prose);
    limit_learning_rate(story);
    rl_story_end_paragraph(story, prose);
    if (run)
        limit_speed(story, run);
    rl_story_end_paragraph(story, prose);
}
