/* What won: the arms of a group by their accuracy after the last epoch, which of them the test
 * tells apart, and which it does not. A pair is called better or worse by the test alone, never by
 * its means. */
#include "base/memory.h"
#include "study/words/rules.h"

#include <math.h>
#include <stddef.h>

#define ACCURACY offsetof(rl_arm_analysis, accuracy)

static size_t most_seeds(const rl_group_analysis *group) {
    size_t most = 0;
    for (size_t a = 0; a < group->group->arm_count; a++)
        most = rl_max(most, group->arms[a].done);
    return most;
}

/* "relu 80.1% ± 0.5", with the seeds where other arms have more. */
static const char *ranked(rl_story *story, const rl_group_analysis *group, size_t arm,
                          size_t seeds) {
    const rl_arm_analysis *a = &group->arms[arm];
    const char *text = FILL(story, "{1} {2}", "{1} {2}", rl_story_arm(story, group->group, arm),
                            rl_format_percent(story->words, a->accuracy.mean));
    if (a->accuracy.count > 1)
        text = FILL(story, "{1} ± {2}", "{1} ± {2}", text,
                    rl_format_number(story->words, 100 * a->accuracy.deviation, 1));
    return a->done == seeds ? text
                            : FILL(story, "{1} ({2})", "{1}（{2}）", text,
                                   rl_format_seeds(story->words, a->done));
}

/* When: an arm is done. */
static void say_ranking(rl_story *story, const rl_group_analysis *group, const size_t *order,
                        size_t count) {
    const size_t seeds = most_seeds(group);
    const char **items = rl_words_alloc(story->words, count, sizeof *items);
    for (size_t i = 0; items && i < count; i++)
        items[i] = ranked(story, group, order[i], seeds);
    if (!items || count == 0)
        return;
    const char *list = rl_format_list(story->words, items, count);
    if (seeds > 1)
        SAY(story,
            "Mean test accuracy after the last epoch over {1} (± standard deviation, in percentage "
            "points): {2}.",
            "最后一轮训练后，{1}的平均测试准确率（± 后为标准差，单位为百分点）：{2}。",
            rl_format_seeds(story->words, seeds), list);
    else
        SAY(story, "Test accuracy after the last epoch, with a single seed: {1}.",
            "最后一轮训练后的测试准确率（只有一个随机种子）：{1}。", list);
}

/* "1 of 8 with relu and 2 of 8 with gelu"; "" when `count_of` counts none. */
static const char *list_runs(rl_story *story, const rl_group_analysis *group,
                             size_t (*count_of)(const rl_arm_analysis *arm)) {
    const size_t arms = group->group->arm_count;
    const char **items = rl_words_alloc(story->words, arms, sizeof *items);
    size_t count = 0;
    for (size_t i = 0; items && i < arms; i++) {
        const rl_arm_analysis *a = &group->arms[i];
        if (count_of(a) > 0)
            items[count++] =
                FILL(story, "{1} of {2} with {3}", "{3} {2} 次中的 {1} 次",
                     rl_format_count(story->words, count_of(a)),
                     rl_format_count(story->words, a->done + a->diverged + a->failed + a->missing),
                     rl_story_arm(story, group->group, i));
    }
    return items ? rl_format_list(story->words, items, count) : "";
}

static size_t diverged(const rl_arm_analysis *arm) {
    return arm->diverged;
}

static size_t unfinished(const rl_arm_analysis *arm) {
    return arm->failed + arm->missing;
}

/* When: a run did not come to its end. */
static void say_losses(rl_story *story, const rl_group_analysis *group) {
    const char *list = list_runs(story, group, diverged);
    if (*list)
        SAY(story, "Runs that diverged, and are in no mean: {1}.",
            "发散而未计入平均值的运行：{1}。", list);
    list = list_runs(story, group, unfinished);
    if (*list)
        SAY(story, "Runs that failed or are not done yet: {1}.", "失败或尚未完成的运行：{1}。",
            list);
}

/* "adam by 4.0 points, 95% interval 3.6 to 4.4 points, p = 0.023": what an arm is ahead of. */
static const char *ahead_of(rl_story *story, const rl_group_analysis *group, size_t winner,
                            size_t other, bool with_test) {
    double sign;
    const rl_comparison *pair = rl_comparison_of(group, group->accuracy, winner, other, &sign);
    return FILL(story, "{1} (by {2})", "{1}（高 {2}）", rl_story_arm(story, group->group, other),
                rl_story_difference(story, pair, sign, with_test));
}

/* When: p after correction is below 0.05 (rl_verdict). One sentence for each winner. */
static void say_winners(rl_story *story, const rl_group_analysis *group, const size_t *order,
                        size_t count) {
    const char **items = rl_words_alloc(story->words, count, sizeof *items);
    for (size_t i = 0; items && i < count; i++) {
        size_t beaten = 0;
        for (size_t j = 0; j < count; j++)
            if (rl_verdict_on(group, group->accuracy, order[i], order[j]) == RL_BETTER)
                items[beaten++] = ahead_of(story, group, order[i], order[j], true);
        if (beaten > 0)
            SAY(story, "{1} is better than {2}.", "{1} 优于 {2}。",
                rl_story_arm(story, group->group, order[i]),
                rl_format_list(story->words, items, beaten));
    }
}

/* What more seeds would do for a pair: only where there are fewer than that. */
static const char *seeds_to_tell(rl_story *story, const rl_group_analysis *group,
                                 const rl_comparison *pair) {
    const rl_sample *d = &pair->difference;
    if (d->count < 2 || d->mean == 0)
        return "";
    if (pair->seeds_needed == 0)
        return FILL(story, "; {1} seeds would not be enough to tell",
                    "；{1} 个随机种子也不足以区分", "1,000");
    if (pair->seeds_needed <= d->count)
        return "";
    return pair->seeds_needed == rl_permutation_least_seeds(group->tested)
               ? FILL(story, "; the test needs at least {1}", "；检验至少需要 {1}",
                      rl_format_seeds(story->words, pair->seeds_needed))
               : FILL(story, "; about {1} would tell", "；约需 {1}才能区分",
                      rl_format_seeds(story->words, pair->seeds_needed));
}

/* When: tested, and p after correction is not below 0.05. */
static void say_not_distinguishable(rl_story *story, const rl_group_analysis *group,
                                    const size_t *order, size_t count) {
    size_t pairs = 0;
    const char **items = rl_words_alloc(story->words, group->comparison_count, sizeof *items);
    for (size_t i = 0; items && i < count; i++)
        for (size_t j = i + 1; j < count; j++) {
            double sign;
            const rl_comparison *pair =
                rl_comparison_of(group, group->accuracy, order[i], order[j], &sign);
            if (pair->verdict == RL_NOT_DISTINGUISHABLE && pair->difference.count > 0)
                items[pairs++] = FILL(story, "{1} and {2} ({3}{4})", "{1} 与 {2}（相差 {3}{4}）",
                                      rl_story_arm(story, group->group, order[i]),
                                      rl_story_arm(story, group->group, order[j]),
                                      rl_story_difference(story, pair, sign, true),
                                      seeds_to_tell(story, group, pair));
        }
    if (pairs > 0)
        SAY(story, "Not distinguishable: {1}.", "无法区分：{1}。",
            rl_format_list(story->words, items, pairs));
}

/* When: p is below 0.05, but the arm with the higher mean lacks runs that diverged. */
static void say_withheld(rl_story *story, const rl_group_analysis *group) {
    const char **items = rl_words_alloc(story->words, group->comparison_count, sizeof *items);
    size_t count = 0;
    for (size_t i = 0; items && i < group->comparison_count; i++) {
        const rl_comparison *pair = &group->accuracy[i];
        const double sign = pair->difference.mean > 0 ? 1 : -1;
        if (pair->obstacle == RL_RUNS_DIVERGED)
            items[count++] =
                FILL(story, "{1} over {2}", "{1} 对 {2}",
                     rl_story_arm(story, group->group, sign > 0 ? pair->first : pair->second),
                     rl_story_arm(story, group->group, sign > 0 ? pair->second : pair->first));
    }
    if (count > 0)
        SAY(story,
            "No verdict, as the one ahead lacks runs that diverged, and the others were chosen by "
            "their success: {1}.",
            "不作判断（领先一方缺少已发散的运行，其余运行是因未发散才留下的）：{1}。",
            rl_format_list(story->words, items, count));
}

static const char *comparisons(rl_story *story, const rl_group_analysis *group) {
    return rl_story_nouns(story, group->tested, "comparison", "comparisons", "次两两比较");
}

/* When: no result could have given a p below 0.05. Then differences are described, not judged. */
static void say_cannot_tell(rl_story *story, const rl_group_analysis *group, double least,
                            const size_t *order, size_t count) {
    const char *needed = rl_format_seeds(story->words, rl_permutation_least_seeds(group->tested));
    SAY(story,
        "With {1} and {2} the corrected p-value of the permutation test cannot fall below {3}, "
        "whatever the results: this study cannot tell any two of these apart. At least {4} would "
        "be needed.",
        "在 {1}、{2}的条件下，无论结果如何，置换检验校正后的 p 值都不可能低于 "
        "{3}：本研究无法区分其中任何两者，至少需要 {4}。",
        rl_format_seeds(story->words, most_seeds(group)), comparisons(story, group),
        rl_format_number(story->words, least, least < 1 ? 2 : 0), needed);
    const char **items = rl_words_alloc(story->words, count, sizeof *items);
    size_t others = 0;
    const bool lacking = count > 0 && group->arms[order[0]].diverged > 0; /* as all others do */
    for (size_t i = 1; items && !lacking && i < count; i++) {
        double sign;
        const rl_comparison *pair =
            rl_comparison_of(group, group->accuracy, order[0], order[i], &sign);
        if (rl_seen(pair, sign).mean > 0) /* over the seeds that both have; NaN for none */
            items[others++] = ahead_of(story, group, order[0], order[i], false);
    }
    if (others > 0)
        SAY(story, "As a description, not a verdict: over these seeds {1} is ahead of {2}.",
            "仅作描述、不作判断：在这些随机种子上，{1} 领先于 {2}。",
            rl_story_arm(story, group->group, order[0]),
            rl_format_list(story->words, items, others));
}

static void say_method(rl_story *story, const rl_group_analysis *group) {
    SAY(story,
        "Verdicts are those of the paired permutation test over seeds, p corrected for {1} by "
        "Holm's method; intervals are not corrected.",
        "判断依据为按随机种子配对的置换检验，p 值按 Holm 方法对 {1}作了校正；置信区间未作校正。",
        comparisons(story, group));
}

void rl_findings_accuracy(rl_story *story, const rl_group_analysis *group, rl_prose *prose) {
    size_t count;
    double least;
    const size_t *order = rl_story_order(story, group, ACCURACY, -1, &count);
    say_ranking(story, group, order, count);
    say_losses(story, group);
    rl_story_end_paragraph(story, prose);
    if (!order || group->tested == 0)
        return;
    if (rl_group_cannot_tell(group, &least)) {
        say_cannot_tell(story, group, least, order, count);
    } else {
        say_winners(story, group, order, count);
        say_not_distinguishable(story, group, order, count);
        say_withheld(story, group);
        say_method(story, group);
    }
    rl_story_end_paragraph(story, prose);
}
