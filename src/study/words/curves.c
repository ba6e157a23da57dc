/* How the arms of a group get where they end: training loss, leads that change hands, and whether
 * training had an end at all. Curves are means over the seeds that are done. */
#include "study/words/rules.h"

#include "base/memory.h"

#include <math.h>
#include <stddef.h>

#define FINAL_LOSS offsetof(rl_arm_analysis, train_loss)
#define EARLY_LOSS offsetof(rl_arm_analysis, early_train_loss)
#define FINAL_ACCURACY offsetof(rl_arm_analysis, accuracy)
#define EARLY_ACCURACY offsetof(rl_arm_analysis, early_accuracy)

enum {
    SPREAD_SEEDS = 4, /* fewer say nothing about which arm varies more */
    SPREAD_RATIO =
        3 /* variances 9-fold: four seeds of equal arms exceed it in about 5 of 100 pairs */
};
static const double near_chance = 0.05;   /* 5 points */
static const double still_falling = 0.02; /* of the loss, in the last epoch */
static const double over_fit = 0.05;

static size_t class_count(const rl_story *story, const rl_study_arm *arm) {
    const rl_results *results = story->analysis->results;
    for (size_t s = 0; s < results->study->seed_count; s++) {
        const rl_run_record *run = rl_results_done(results, arm, s);
        if (run)
            return run->class_count;
    }
    return 0;
}

/* "gelu 0.42, relu 0.45": the arms in order with the mean of the sample. */
static const char *list_means(rl_story *story, const rl_group_analysis *group, const size_t *order,
                              size_t count, size_t offset, bool percent) {
    const char **items = rl_words_alloc(story->words, count, sizeof *items);
    for (size_t i = 0; items && i < count; i++) {
        const double mean = rl_arm_sample(&group->arms[order[i]], offset)->mean;
        items[i] = FILL(story, "{1} {2}", "{1} {2}", rl_story_arm(story, group->group, order[i]),
                        percent ? rl_format_percent(story->words, mean)
                                : rl_format_number(story->words, mean, 3));
    }
    return items ? rl_format_list(story->words, items, count) : "";
}

/* "relu and gelu": the arms that `leader` is better than by the test. */
static const char *list_beaten(rl_story *story, const rl_group_analysis *group,
                               const rl_comparison *comparisons, size_t leader, size_t *count) {
    const size_t arms = group->group->arm_count;
    const char **items = rl_words_alloc(story->words, arms, sizeof *items);
    *count = 0;
    for (size_t a = 0; items && a < arms; a++)
        if (rl_verdict_on(group, comparisons, leader, a) == RL_BETTER)
            items[(*count)++] = rl_story_arm(story, group->group, a);
    return items ? rl_format_list(story->words, items, *count) : "";
}

/* When: two arms or more are done; the early epoch where it is not the last. */
static void say_loss_order(rl_story *story, const rl_group_analysis *group) {
    size_t count, early_count, beaten;
    const size_t *order = rl_story_order(story, group, FINAL_LOSS, 1, &count);
    const size_t *early = rl_story_order(story, group, EARLY_LOSS, 1, &early_count);
    if (!order || !early || count < 2)
        return;
    if (!rl_study_same_images(group->group)) {
        rl_story_say(story,
                     "The arms do not train on the same images, altered in the same ways, so that "
                     "their training losses are not put in an order.",
                     "各设置所训练的图像或其增强方式不同，因此不比较它们的训练损失。", NULL);
        return;
    }
    bool same = true;
    for (size_t i = 0; i < count; i++)
        same = same && order[i] == early[i];
    SAY(story, "Mean training loss over the last epoch, lowest first: {1}.",
        "最后一轮的平均训练损失，由低到高：{1}。",
        list_means(story, group, order, count, FINAL_LOSS, false));
    if (rl_story_curve(story, group, order[0], RL_CURVE_TRAIN_CROSS_ENTROPY).count <=
        group->early_epoch)
        return;
    SAY(story, same ? "In epoch {1} the order was the same: {2}." : "In epoch {1} it was: {2}.",
        same ? "第 {1} 轮时次序相同：{2}。" : "第 {1} 轮时的次序是：{2}。",
        rl_format_count(story->words, group->early_epoch),
        list_means(story, group, early, count, EARLY_LOSS, false));
    const char *list = list_beaten(story, group, group->early_train_loss, early[0], &beaten);
    if (beaten > 0)
        SAY(story, "By the test, {1} is ahead of {2} at that point (corrected p below 0.05).",
            "按检验，此时 {1} 领先于 {2}（校正后 p 低于 0.05）。",
            rl_story_arm(story, group->group, early[0]), list);
}

/* When: there are three epochs or more. */
static void say_rises(rl_story *story, const rl_group_analysis *group) {
    const size_t arms = group->group->arm_count;
    const char **items = rl_words_alloc(story->words, arms, sizeof *items);
    size_t rising = 0, curves = 0;
    for (size_t a = 0; items && a < arms; a++) {
        const rl_curve_band curve = rl_story_curve(story, group, a, RL_CURVE_TRAIN_CROSS_ENTROPY);
        size_t rises = 0;
        if (curve.count > 0 && isnan(curve.mean[0])) /* not recorded */
            continue;
        for (size_t e = 1; e < curve.count; e++)
            rises += curve.mean[e] > curve.mean[e - 1];
        curves += curve.count >= 3;
        if (curve.count >= 3 && rises > 0)
            items[rising++] =
                FILL(story, "{1} ({2} of {3})", "{1}（{3} 次中 {2} 次）",
                     rl_story_arm(story, group->group, a), rl_format_count(story->words, rises),
                     rl_format_count(story->words, curve.count - 1));
    }
    if (rising > 0)
        SAY(story, "From one epoch to the next the mean training loss rose at times with {1}.",
            "相邻两轮之间，平均训练损失出现过上升：{1}。",
            rl_format_list(story->words, items, rising));
    else if (curves > 0 && curves == arms)
        SAY(story, "The mean training loss of all {1} arms fell from every epoch to the next.",
            "全部 {1} 组设置的平均训练损失均逐轮下降。", rl_format_count(story->words, arms));
}

/* When: there are runs, and either none diverged or only some arms' did. */
static void say_divergence(rl_story *story, const rl_group_analysis *group) {
    size_t done = 0, diverged = 0;
    for (size_t a = 0; a < group->group->arm_count; a++) {
        done += group->arms[a].done;
        diverged += group->arms[a].diverged;
    }
    if (diverged == 0 && done > 0)
        SAY(story, "None of the {1} of this group diverged.", "本组完成的 {1}均未发散。",
            rl_story_nouns(story, done, "completed run", "completed runs", "次运行"));
}

/* When: two arms with four seeds, whose deviations differ threefold. */
static void say_spread(rl_story *story, const rl_group_analysis *group) {
    const rl_arm_analysis *arms = group->arms;
    size_t most = SIZE_MAX, least = SIZE_MAX;
    for (size_t a = 0; a < group->group->arm_count; a++) {
        if (arms[a].accuracy.count < SPREAD_SEEDS)
            continue;
        if (most == SIZE_MAX || arms[a].accuracy.deviation > arms[most].accuracy.deviation)
            most = a;
        if (least == SIZE_MAX || arms[a].accuracy.deviation < arms[least].accuracy.deviation)
            least = a;
    }
    if (most == least ||
        arms[most].accuracy.deviation < SPREAD_RATIO * arms[least].accuracy.deviation)
        return;
    SAY(story,
        "Between seeds the test accuracy varies most with {1} (standard deviation {2}) and least "
        "with {3} ({4}).",
        "不同随机种子之间，{1} 的测试准确率波动最大（标准差 {2}），{3} 最小（{4}）。",
        rl_story_arm(story, group->group, most),
        rl_format_points(story->words, arms[most].accuracy.deviation),
        rl_story_arm(story, group->group, least),
        rl_format_points(story->words, arms[least].accuracy.deviation));
}

/* Near guessing, when: the mean is at most 5 points above it; the loss is added where it is within
 * a tenth of ln(classes). Not shown to be above it, when: the interval (over seeds; binomial for
 * one seed) reaches down to it. */
static void say_arm_chance(rl_story *story, const rl_group_analysis *group, size_t a,
                           size_t classes) {
    const rl_arm_analysis *arm = &group->arms[a];
    const bool many = arm->accuracy.count > 1;
    const double low = many ? arm->accuracy.low : arm->wilson_low;
    const double high = many ? arm->accuracy.high : arm->wilson_high;
    const double chance = 1 / (double)classes, guessing = log((double)classes);
    const bool near = arm->accuracy.mean <= chance + near_chance;
    if (!near && low > chance)
        return;
    SAY(story,
        near ? "{1} stays near the {2} that guessing gives: {3}, 95% interval {4} to {5}."
             : "{1} is not shown to be above the {2} that guessing gives: {3}, 95% interval {4} to "
               "{5}.",
        near ? "{1} 的准确率接近随机猜测的 {2}：{3}，95% 置信区间 {4} 至 {5}。"
             : "尚不能表明 {1} 的准确率高于随机猜测的 {2}：{3}，95% 置信区间 {4} 至 {5}。",
        rl_story_arm(story, group->group, a), rl_format_percent(story->words, chance),
        rl_format_percent(story->words, arm->accuracy.mean),
        rl_format_percent(story->words, fmax(low, 0)),
        rl_format_percent(story->words, fmin(high, 1)));
    if (near && fabs(arm->train_loss.mean - guessing) < guessing / 10)
        SAY(story, "Its training loss ends at {1}; guessing has ln {2} = {3}.",
            "其训练损失最终为 {1}，而随机猜测为 ln {2} = {3}。",
            rl_format_number(story->words, arm->train_loss.mean, 3),
            rl_format_count(story->words, classes), rl_format_number(story->words, guessing, 3));
}

static void say_chance(rl_story *story, const rl_group_analysis *group) {
    for (size_t a = 0; a < group->group->arm_count; a++) {
        const size_t classes = class_count(story, group->arms[a].arm);
        if (classes >= 2) /* known: a run is done */
            say_arm_chance(story, group, a, classes);
    }
}

void rl_findings_training_loss(rl_story *story, const rl_group_analysis *group, rl_prose *prose) {
    say_loss_order(story, group);
    say_rises(story, group);
    rl_story_end_paragraph(story, prose);
    say_divergence(story, group);
    say_spread(story, group);
    say_chance(story, group);
    rl_story_end_paragraph(story, prose);
}

/* The first epoch from which on the mean accuracy of `late` is above that of `early`; 0 for none.
 */
static size_t overtaking_epoch(rl_story *story, const rl_group_analysis *group, size_t late,
                               size_t early) {
    const rl_curve_band a = rl_story_curve(story, group, late, RL_CURVE_TEST_ACCURACY);
    const rl_curve_band b = rl_story_curve(story, group, early, RL_CURVE_TEST_ACCURACY);
    size_t epoch = rl_min(a.count, b.count);
    while (epoch > 0 && a.mean[epoch - 1] > b.mean[epoch - 1])
        epoch--;
    return epoch < rl_min(a.count, b.count) ? epoch + 1 : 0;
}

/* When: two arms are done, and the early epoch is not the last one. */
static void say_leads(rl_story *story, const rl_group_analysis *group) {
    size_t count, early_count, beaten;
    const size_t *order = rl_story_order(story, group, FINAL_ACCURACY, -1, &count);
    const size_t *early = rl_story_order(story, group, EARLY_ACCURACY, -1, &early_count);
    if (!order || !early || count < 2 ||
        rl_story_curve(story, group, order[0], RL_CURVE_TEST_ACCURACY).count <= group->early_epoch)
        return;
    const size_t first = early[0], last = order[0];
    if (group->arms[first].diverged + group->arms[last].diverged > 0)
        return; /* so has every arm runs that did */
    const char *leader = rl_story_arm(story, group->group, first);
    const char *winner = rl_story_arm(story, group->group, last);
    SAY(story, "Early on, after epoch {1}, mean test accuracies are: {2}.",
        "训练初期（第 {1} 轮之后）的平均测试准确率为：{2}。",
        rl_format_count(story->words, group->early_epoch),
        list_means(story, group, early, count, EARLY_ACCURACY, true));
    const char *list = list_beaten(story, group, group->early_accuracy, first, &beaten);
    if (beaten > 0)
        SAY(story, "{1} is then better than {2} (corrected p below 0.05).",
            "此时 {1} 优于 {2}（校正后 p 低于 0.05）。", leader, list);
    const size_t epoch = first == last ? 0 : overtaking_epoch(story, group, last, first);
    if (first == last)
        SAY(story, "{1} has the highest mean both early and at the end.",
            "{1} 的平均准确率在初期和最后都是最高的。", leader);
    else if (epoch > 0)
        SAY(story,
            rl_verdict_on(group, group->accuracy, last, first) == RL_BETTER
                ? "{1} has overtaken {2} by epoch {3} and is better at the end."
                : "The mean of {1} stays above that of {2} from epoch {3} on, but at the end the "
                  "two are not distinguishable.",
            rl_verdict_on(group, group->accuracy, last, first) == RL_BETTER
                ? "{1} 从第 {3} 轮起一直高于 {2}，最终优于后者。"
                : "从第 {3} 轮起 {1} 的平均值一直高于 {2}，但两者最终无法区分。",
            winner, leader, rl_format_count(story->words, epoch));
}

/* When: there is a target (see rl_group_analysis). */
static void say_target(rl_story *story, const rl_group_analysis *group) {
    const size_t arms = group->group->arm_count;
    const char **items = rl_words_alloc(story->words, arms, sizeof *items);
    size_t count = 0;
    for (size_t a = 0; items && a < arms; a++) {
        const rl_arm_analysis *arm = &group->arms[a];
        const char *name = rl_story_arm(story, group->group, a);
        const size_t ended = arm->done + arm->diverged; /* which does not reach it */
        if (arm->done == 0)
            continue;
        const char *when = FILL(story, "{1} after {2} epochs and {3}", "{1} 需 {2} 轮、{3}", name,
                                rl_format_number(story->words, arm->epochs_to_target.mean, 1),
                                rl_format_time(story->words, arm->seconds_to_target.mean));
        if (arm->reached == 0)
            items[count++] = FILL(story, "{1} never", "{1} 始终未达到", name);
        else if (arm->reached == ended)
            items[count++] = when;
        else
            items[count++] = FILL(story, "{1} (with {2} of {3}; the others do not reach it)",
                                  "{1}（{3}中只有 {2} 个达到）", when,
                                  rl_format_count(story->words, arm->reached),
                                  rl_format_seeds(story->words, ended));
    }
    if (count > 0)
        SAY(story, "A test accuracy of {1} is first reached, on average, by: {2}.",
            "首次达到 {1} 的测试准确率，平均：{2}。",
            FILL(story, "{1}%", "{1}%",
                 rl_format_number(story->words, 100 * group->target_accuracy, 0)),
            rl_format_list(story->words, items, count));
}

void rl_findings_progress(rl_story *story, const rl_group_analysis *group, rl_prose *prose) {
    say_leads(story, group);
    if (!isnan(group->target_accuracy))
        say_target(story, group);
    rl_story_end_paragraph(story, prose);
}

/* When: the gap between train and test accuracy is above 5 points, and surely above 0. */
static void say_over_fit(rl_story *story, const rl_group_analysis *group) {
    const size_t arms = group->group->arm_count;
    const char **items = rl_words_alloc(story->words, arms, sizeof *items);
    size_t count = 0;
    for (size_t a = 0; items && a < arms; a++) {
        const rl_sample *gap = &group->arms[a].gap;
        if (gap->count > 1 && gap->mean > over_fit && gap->low > 0)
            items[count++] =
                FILL(story, "{1} by {2} ({3})", "{1} 高 {2}（{3}）",
                     rl_story_arm(story, group->group, a),
                     rl_format_points(story->words, gap->mean), rl_story_interval(story, gap));
    }
    if (count > 0)
        SAY(story,
            "A sign of over-fitting: accuracy on the training images exceeds that on the test "
            "images, with {1}.",
            "过拟合的迹象：训练准确率高于测试准确率，{1}。",
            rl_format_list(story->words, items, count));
}

/* When: the mean training loss of the last epoch is more than 2% below that of the one before. */
static void say_unfinished(rl_story *story, const rl_group_analysis *group) {
    const size_t arms = group->group->arm_count;
    const char **items = rl_words_alloc(story->words, arms, sizeof *items);
    size_t count = 0, epochs = 0;
    for (size_t a = 0; items && a < arms; a++) {
        const rl_curve_band curve = rl_story_curve(story, group, a, RL_CURVE_TRAIN_CROSS_ENTROPY);
        if (curve.count < 2)
            continue;
        const double fall = 1 - curve.mean[curve.count - 1] / curve.mean[curve.count - 2];
        if (fall > still_falling)
            items[count++] =
                FILL(story, "{2} with {1}", "{1} {2}", rl_story_arm(story, group->group, a),
                     rl_format_percent(story->words, fall));
        epochs = rl_max(epochs, curve.count);
    }
    if (count > 0)
        SAY(story,
            "Training had not come to rest: in the last epoch the mean training loss still fell "
            "(by {1}). What is said here holds for the first {2}.",
            "训练尚未收敛：最后一轮中平均训练损失仍在下降（{1}），因此以上结论只针对前 {2}训练。",
            rl_format_list(story->words, items, count), rl_format_epochs(story->words, epochs));
}

void rl_findings_fit(rl_story *story, const rl_group_analysis *group, rl_prose *prose) {
    say_over_fit(story, group);
    say_unfinished(story, group);
    rl_story_end_paragraph(story, prose);
}
