/* Who is better: the arms of a group by their accuracy after the last epoch, and the verdicts on
 * its pairs. A verdict is where the interval of the difference lies, and is never said without the
 * interval. */
#include "study/words/rules.h"

#include <math.h>

#define ACCURACY RL_QUANTITY_TEST_ACCURACY

/* "relu 80.1% ± 0.5", with the seeds where other arms have more. */
static const char *ranked(rl_story *story, const rl_group_numbers *group, size_t arm,
                          size_t seeds) {
    rl_words *words = story->words;
    const rl_sample *accuracy = &group->arms[arm].samples[ACCURACY];
    const char *text = RL_SAY(words, &rl_word_two_words, rl_story_arm(story, group->group, arm),
                              rl_format_sample(words, accuracy, RL_UNIT_SHARE, 1));
    return accuracy->count == seeds
               ? text
               : RL_SAY(words, &rl_word_aside, text, rl_format_seeds(words, accuracy->count));
}

/* When: an arm has a result. */
static void say_ranking(rl_story *story, const rl_group_numbers *group, const size_t *order,
                        size_t count) {
    const size_t seeds = rl_story_seeds(group);
    const char **items = rl_words_alloc(story->words, count, sizeof *items);
    for (size_t i = 0; items && i < count; i++)
        items[i] = ranked(story, group, order[i], seeds);
    if (!items || count == 0)
        return;
    const char *list = rl_format_list(story->words, items, count);
    if (seeds > 1)
        ADD(story, &rl_word_mean_accuracies, rl_format_seeds(story->words, seeds), list);
    else
        ADD(story, &rl_word_single_accuracies, list);
}

/* When: runs diverged; and when some are not there. */
static void say_losses(rl_story *story, const rl_group_numbers *group) {
    rl_words *words = story->words;
    const size_t arms = group->group->arm_count, classes = rl_story_classes(story);
    const char *list = rl_story_diverged(story, group);
    if (*list)
        ADD(story, &rl_word_diverged_count,
            classes ? rl_format_percent(words, 1 / (double)classes)
                    : rl_format_number(words, NAN, 0),
            list);
    const char **items = rl_words_alloc(words, arms, sizeof *items);
    size_t count = 0;
    for (size_t i = 0; items && i < arms; i++) {
        const rl_arm_numbers *arm = &group->arms[i];
        const size_t absent = arm->failed + arm->missing;
        if (absent > 0)
            items[count++] = RL_SAY(words, &rl_word_count_with, rl_format_count(words, absent),
                                    rl_format_count(words, arm->done + arm->diverged + absent),
                                    rl_story_arm(story, group->group, i));
    }
    if (count > 0)
        ADD(story, &rl_word_runs_absent, rl_format_list(words, items, count));
}

/* ---- Pairs ---- */

/* The pairs of a group, the arm with the higher mean first, for which `fits` holds, each as the
 * text `describe` makes of it; "" for none. */
typedef struct {
    const rl_pair *pair;
    double sign;
    size_t first, second;
} pair_view;
typedef bool fits_function(const pair_view *view);
typedef const char *describe_function(rl_story *story, const rl_group_numbers *group,
                                      const pair_view *view);

static const char *list_pairs(rl_story *story, const rl_group_numbers *group, fits_function *fits,
                              describe_function *describe) {
    const char **items = rl_words_alloc(story->words, group->pair_count, sizeof *items);
    size_t count = 0;
    for (size_t i = 0; items && i < group->pair_count; i++) {
        const rl_pair *pair = &group->tables[ACCURACY].pairs[i];
        const bool ahead = !(pair->difference.mean < 0);
        const pair_view view = {pair, ahead ? 1 : -1, ahead ? pair->first : pair->second,
                                ahead ? pair->second : pair->first};
        if (fits(&view))
            items[count++] = describe(story, group, &view);
    }
    return items ? rl_format_series(story->words, items, count) : "";
}

static bool is_decided(const pair_view *view) {
    return view->pair->verdict == RL_PAIR_BETTER || view->pair->verdict == RL_PAIR_WORSE;
}

static bool is_undecided(const pair_view *view) {
    return view->pair->verdict == RL_PAIR_UNDECIDED;
}

static bool has_few_seeds(const pair_view *view) {
    return view->pair->obstacle == RL_OBSTACLE_FEW_SEEDS;
}

static bool flips_disagree(const pair_view *view) {
    return is_decided(view) && view->pair->flips_p >= RL_ALPHA;
}

static bool images_undo(const pair_view *view) {
    return is_decided(view) && view->pair->images.count > 0 &&
           rl_interval_place(&view->pair->images, 0) == RL_LIES_ACROSS;
}

static bool images_hold(const pair_view *view) {
    return is_decided(view) && view->pair->images.count > 0 && !images_undo(view);
}

/* "momentum and adam (1.0 points, 98.3% interval −3.9 to 5.8 points; up to 5.8 points either way
 * remain possible)" */
static const char *describe_undecided(rl_story *story, const rl_group_numbers *group,
                                      const pair_view *view) {
    const rl_interval *interval = &view->pair->interval;
    const double reach = fmax(fabs(interval->low), fabs(interval->high));
    return RL_SAY(story->words, &rl_word_undecided_pair,
                  rl_story_arm(story, group->group, view->first),
                  rl_story_arm(story, group->group, view->second),
                  rl_story_pair(story, ACCURACY, view->pair, view->sign),
                  rl_format_amount(story->words, RL_UNIT_SHARE, reach));
}

static const char *describe_over(rl_story *story, const rl_group_numbers *group,
                                 const pair_view *view) {
    return RL_SAY(story->words, &rl_word_one_over_other,
                  rl_story_arm(story, group->group, view->first),
                  rl_story_arm(story, group->group, view->second));
}

static const char *describe_flips(rl_story *story, const rl_group_numbers *group,
                                  const pair_view *view) {
    return RL_SAY(story->words, &rl_word_aside, describe_over(story, group, view),
                  rl_format_p_named(story->words, view->pair->flips_p));
}

static const char *describe_images(rl_story *story, const rl_group_numbers *group,
                                   const pair_view *view) {
    const rl_interval seen =
        view->sign > 0 ? view->pair->images : rl_interval_turned(view->pair->images);
    return RL_SAY(story->words, &rl_word_aside, describe_over(story, group, view),
                  rl_format_range(story->words, RL_UNIT_SHARE, seen.low, seen.high));
}

/* When: the interval of a pair lies on one side of zero. One sentence for each winner. */
static void say_winners(rl_story *story, const rl_group_numbers *group, const size_t *order,
                        size_t count) {
    rl_words *words = story->words;
    const char **items = rl_words_alloc(words, count, sizeof *items);
    for (size_t i = 0; items && i < count; i++) {
        size_t beaten = 0, seeds = SIZE_MAX;
        for (size_t j = 0; j < count; j++) {
            double sign;
            const rl_pair *pair = rl_pair_of(group, ACCURACY, order[i], order[j], &sign);
            if (i == j || rl_pair_verdict_on(group, ACCURACY, order[i], order[j]) != RL_PAIR_BETTER)
                continue;
            items[beaten++] =
                RL_SAY(words, &rl_word_ahead_by, rl_story_arm(story, group->group, order[j]),
                       rl_story_pair(story, ACCURACY, pair, sign));
            seeds = pair->interval.count < seeds ? pair->interval.count : seeds;
        }
        if (beaten > 0)
            ADD(story, &rl_word_is_better, rl_story_here(story, group, seeds),
                rl_story_arm(story, group->group, order[i]), rl_format_list(words, items, beaten));
    }
}

/* When: a pair has fewer than three seeds; if all have, the order is described, not judged. */
static void say_few_seeds(rl_story *story, const rl_group_numbers *group, const size_t *order,
                          size_t count) {
    rl_words *words = story->words;
    const char *list = list_pairs(story, group, has_few_seeds, describe_over);
    const char **items = rl_words_alloc(words, count, sizeof *items);
    size_t few = 0, behind = 0;
    for (size_t i = 0; i < group->pair_count; i++)
        few += group->tables[ACCURACY].pairs[i].obstacle == RL_OBSTACLE_FEW_SEEDS;
    if (few > 0 && few < group->pair_count)
        ADD(story, &rl_word_some_few_seeds, rl_format_seeds(words, RL_VERDICT_SEEDS), list);
    if (few == 0 || few < group->pair_count)
        return;
    ADD(story, &rl_word_few_seeds, rl_format_seeds(words, rl_story_seeds(group)),
        rl_format_seeds(words, RL_VERDICT_SEEDS));
    for (size_t i = 1; items && i < count; i++) {
        double sign;
        const rl_pair *pair = rl_pair_of(group, ACCURACY, order[0], order[i], &sign);
        if (sign * pair->difference.mean > 0) /* over the seeds that both have; NaN for none */
            items[behind++] =
                RL_SAY(words, &rl_word_ahead_by, rl_story_arm(story, group->group, order[i]),
                       rl_format_amount(words, RL_UNIT_SHARE, sign * pair->difference.mean));
    }
    if (behind > 0)
        ADD(story, &rl_word_as_description, rl_story_arm(story, group->group, order[0]),
            rl_format_list(words, items, behind));
}

/* When: a verdict was given with fewer than six seeds. */
static void say_normal(rl_story *story, const rl_group_numbers *group) {
    for (size_t i = 0; i < group->pair_count; i++) {
        const rl_pair *pair = &group->tables[ACCURACY].pairs[i];
        if (pair->verdict == RL_PAIR_NONE || !pair->normal)
            continue;
        ADD(story, &rl_word_rests_on_normal, rl_format_seeds(story->words, pair->interval.count));
        return;
    }
}

/* When: a decided pair is not so by the check (sign flips); by new test images; or by all of these
 * that are known. */
static void say_checks(rl_story *story, const rl_group_numbers *group) {
    const char *list = list_pairs(story, group, flips_disagree, describe_flips);
    if (*list)
        ADD(story, &rl_word_flips_disagree, list);
    list = list_pairs(story, group, images_undo, describe_images);
    if (*list)
        ADD(story, &rl_word_images_undo, list);
    else if (*list_pairs(story, group, images_hold, describe_over))
        rl_story_add(story, rl_term(story->words, &rl_word_images_hold));
}

/* The correlations of arms over seeds, where they are known. */
static void say_correlation(rl_story *story, const rl_group_numbers *group) {
    double least = INFINITY, most = -INFINITY;
    for (size_t i = 0; i < group->pair_count; i++) {
        const double r = group->tables[ACCURACY].pairs[i].correlation;
        least = fmin(least, r); /* a NaN loses */
        most = fmax(most, r);
    }
    if (least <= most && group->pair_count == 1)
        ADD(story, &rl_word_correlation, rl_format_number(story->words, least, 2));
    else if (least <= most)
        ADD(story, &rl_word_correlations, rl_format_number(story->words, least, 2),
            rl_format_number(story->words, most, 2));
}

/* At which level, and what that buys. */
static void say_method(rl_story *story, const rl_group_numbers *group) {
    const rl_pair_table *table = &group->tables[ACCURACY];
    const double level = 1 - RL_ALPHA / (double)(table->m > 0 ? table->m : 1);
    if (table->m > 1)
        ADD(story, &rl_word_pairs_method, rl_format_count(story->words, table->m),
            rl_format_level(story->words, level));
    if (table->exploratory)
        rl_story_add(story, rl_term(story->words, &rl_word_pairs_exploratory));
    say_correlation(story, group);
}

static bool any_verdict(const rl_group_numbers *group) {
    for (size_t i = 0; i < group->pair_count; i++)
        if (group->tables[ACCURACY].pairs[i].verdict != RL_PAIR_NONE)
            return true;
    return false;
}

static bool any_obstacle(const rl_group_numbers *group, rl_obstacle obstacle) {
    for (size_t i = 0; i < group->pair_count; i++)
        if (group->tables[ACCURACY].pairs[i].obstacle == obstacle)
            return true;
    return false;
}

void rl_findings_accuracy(rl_story *story, const rl_group_numbers *group, rl_prose *prose) {
    size_t count;
    const size_t *order = rl_story_order(story, group, ACCURACY, &count);
    say_ranking(story, group, order, count);
    say_losses(story, group);
    rl_story_end_paragraph(story, prose);
    if (!order || group->pair_count == 0)
        return;
    if (any_obstacle(group, RL_OBSTACLE_CLAIMED))
        rl_story_add(story, rl_term(story->words, &rl_word_pairs_claimed));
    if (any_obstacle(group, RL_OBSTACLE_LOOKS))
        rl_story_add(story, rl_term(story->words, &rl_word_pairs_looks));
    say_winners(story, group, order, count);
    const char *list = list_pairs(story, group, is_undecided, describe_undecided);
    if (*list)
        ADD(story, &rl_word_undecided_pairs, list);
    say_few_seeds(story, group, order, count);
    if (any_verdict(group)) {
        say_normal(story, group);
        say_checks(story, group);
        say_method(story, group);
    }
    rl_story_end_paragraph(story, prose);
}
