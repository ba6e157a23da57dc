/* How the arms of a group get where they end: training loss, leads that change hands, the target.
 * Curves are means over the seeds that are done. */
#include "study/words/rules.h"

#include "base/memory.h"

#include <math.h>

enum {
    SPREAD_SEEDS = 4, /* fewer say nothing about which arm varies more */
    SPREAD_RATIO = 3, /* variances 9-fold: four seeds of equal arms exceed it in about 5 of 100
                         pairs */
    LEAD_EPOCHS = 2   /* a lead of the last epoch alone is no lead */
};
static const double near_chance = 0.05; /* 5 points */

/* "gelu 0.42, relu 0.45": the arms in order with the mean of the quantity. */
static const char *list_means(rl_story *story, const rl_group_numbers *group, const size_t *order,
                              size_t count, rl_quantity_kind quantity) {
    const char **items = rl_words_alloc(story->words, count, sizeof *items);
    for (size_t i = 0; items && i < count; i++)
        items[i] =
            RL_SAY(story->words, &rl_word_two_words, rl_story_arm(story, group->group, order[i]),
                   rl_format_value(story->words, rl_quantity_at(quantity)->unit,
                                   group->arms[order[i]].samples[quantity].mean));
    return items ? rl_format_list(story->words, items, count) : "";
}

/* "relu (by 0.2) and gelu (by 0.3)": the arms that `leader` is better than, and by how much; the
 * amounts are positive whichever way is better. */
static const char *list_beaten(rl_story *story, const rl_group_numbers *group,
                               rl_quantity_kind quantity, size_t leader) {
    const size_t arms = group->group->arm_count;
    const int better = rl_quantity_at(quantity)->better;
    const char **items = rl_words_alloc(story->words, arms, sizeof *items);
    size_t count = 0;
    for (size_t a = 0; items && a < arms; a++) {
        double sign;
        if (a == leader || rl_pair_verdict_on(group, quantity, leader, a) != RL_PAIR_BETTER)
            continue;
        const rl_pair *pair = rl_pair_of(group, quantity, leader, a, &sign);
        items[count++] =
            RL_SAY(story->words, &rl_word_ahead_by, rl_story_arm(story, group->group, a),
                   rl_story_pair(story, quantity, pair, sign * better));
    }
    return items ? rl_format_list(story->words, items, count) : "";
}

/* Verdicts at the early epoch; said to be exploratory where the study's claims are on other things.
 */
static void say_early(rl_story *story, const rl_group_numbers *group, rl_quantity_kind quantity,
                      const rl_word2 *word, size_t leader, const char *beaten) {
    ADD(story, word, rl_story_arm(story, group->group, leader), beaten);
    if (group->tables[quantity].exploratory)
        rl_story_add(story, rl_term(story->words, &rl_word_pairs_exploratory));
}

/* When: two arms or more are done; the early epoch where it is not the last. */
static void say_loss_order(rl_story *story, const rl_group_numbers *group) {
    size_t count, early_count;
    const size_t *order = rl_story_order(story, group, RL_QUANTITY_TRAIN_LOSS, &count);
    const size_t *early = rl_story_order(story, group, RL_QUANTITY_EARLY_TRAIN_LOSS, &early_count);
    if (!order || !early || count < 2 || early_count < 2)
        return;
    if (!rl_study_same_images(group->group)) {
        rl_story_add(story, rl_term(story->words, &rl_word_losses_not_compared));
        return;
    }
    bool same = count == early_count;
    for (size_t i = 0; i < count && same; i++)
        same = order[i] == early[i];
    ADD(story, &rl_word_loss_order, list_means(story, group, order, count, RL_QUANTITY_TRAIN_LOSS));
    if (group->epochs <= group->early_epoch)
        return;
    ADD(story, same ? &rl_word_early_order_same : &rl_word_early_order_other,
        rl_format_count(story->words, group->early_epoch),
        list_means(story, group, early, early_count, RL_QUANTITY_EARLY_TRAIN_LOSS));
    const char *list = list_beaten(story, group, RL_QUANTITY_EARLY_TRAIN_LOSS, early[0]);
    if (*list)
        say_early(story, group, RL_QUANTITY_EARLY_TRAIN_LOSS, &rl_word_early_loss_lower, early[0],
                  list);
}

/* When: there are three epochs or more. */
static void say_rises(rl_story *story, const rl_group_numbers *group) {
    rl_words *words = story->words;
    const size_t arms = group->group->arm_count;
    const char **items = rl_words_alloc(words, arms, sizeof *items);
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
                RL_SAY(words, &rl_word_rises, rl_story_arm(story, group->group, a),
                       rl_format_count(words, rises), rl_format_count(words, curve.count - 1));
    }
    if (rising > 0)
        ADD(story, &rl_word_loss_rose, rl_format_list(words, items, rising));
    else if (curves > 0 && curves == arms)
        ADD(story, &rl_word_loss_fell, rl_format_count(words, arms));
}

/* When: runs have ended, and none diverged. */
static void say_no_divergence(rl_story *story, const rl_group_numbers *group) {
    size_t ended = 0, diverged = 0;
    double limit = 0;
    for (size_t a = 0; a < group->group->arm_count; a++) {
        const rl_arm_numbers *arm = &group->arms[a];
        ended += arm->done + arm->diverged;
        diverged += arm->diverged;
        if (arm->done > 0)
            limit = fmax(limit, arm->diverged_limit);
    }
    if (diverged == 0 && ended > 0)
        ADD(story, &rl_word_none_diverged, rl_format_runs(story->words, ended),
            rl_format_limit(story->words, limit));
}

/* When: two arms with four seeds, whose deviations differ threefold. */
static void say_spread(rl_story *story, const rl_group_numbers *group) {
    const rl_sample *most = NULL, *least = NULL;
    size_t most_arm = 0, least_arm = 0;
    for (size_t a = 0; a < group->group->arm_count; a++) {
        const rl_sample *accuracy = &group->arms[a].samples[RL_QUANTITY_TEST_ACCURACY];
        if (accuracy->count < SPREAD_SEEDS)
            continue;
        if (!most || accuracy->deviation > most->deviation)
            most = accuracy, most_arm = a;
        if (!least || accuracy->deviation < least->deviation)
            least = accuracy, least_arm = a;
    }
    if (!most || most == least || most->deviation < SPREAD_RATIO * least->deviation)
        return;
    ADD(story, &rl_word_spread, rl_story_arm(story, group->group, most_arm),
        rl_format_amount(story->words, RL_UNIT_SHARE, most->deviation),
        rl_story_arm(story, group->group, least_arm),
        rl_format_amount(story->words, RL_UNIT_SHARE, least->deviation));
}

/* Near guessing, when: the mean is at most 5 points above it; the loss is added where it is within
 * a tenth of ln(classes). Not shown to be above it, when: the interval reaches down to it. */
static void say_arm_chance(rl_story *story, const rl_group_numbers *group, size_t a,
                           size_t classes) {
    rl_words *words = story->words;
    const rl_sample *accuracy = &group->arms[a].samples[RL_QUANTITY_TEST_ACCURACY];
    const double loss = group->arms[a].samples[RL_QUANTITY_TRAIN_LOSS].mean;
    const double chance = 1 / (double)classes, guessing = log((double)classes);
    const bool near = accuracy->mean <= chance + near_chance;
    const bool interval = accuracy->count > 1;
    if (!near && !(interval && accuracy->low <= chance))
        return;
    const char *reached = rl_format_percent(words, accuracy->mean);
    if (interval)
        reached = RL_SAY(words, &rl_word_with_interval, reached, rl_format_level(words, 0.95),
                         RL_SAY(words, &rl_word_interval,
                                rl_format_percent(words, fmax(accuracy->low, 0)),
                                rl_format_percent(words, fmin(accuracy->high, 1))));
    ADD(story, near ? &rl_word_near_guessing : &rl_word_not_above_guessing,
        rl_story_arm(story, group->group, a), rl_format_percent(words, chance), reached);
    if (near && fabs(loss - guessing) < guessing / 10)
        ADD(story, &rl_word_loss_of_guessing, rl_format_number(words, loss, 3),
            rl_format_count(words, classes), rl_format_number(words, guessing, 3));
}

static void say_chance(rl_story *story, const rl_group_numbers *group) {
    const size_t classes = rl_story_classes(story);
    for (size_t a = 0; a < group->group->arm_count; a++)
        if (classes >= 2 && group->arms[a].done > 0)
            say_arm_chance(story, group, a, classes);
}

void rl_findings_training_loss(rl_story *story, const rl_group_numbers *group, rl_prose *prose) {
    say_loss_order(story, group);
    say_rises(story, group);
    rl_story_end_paragraph(story, prose);
    say_no_divergence(story, group);
    say_spread(story, group);
    say_chance(story, group);
    rl_story_end_paragraph(story, prose);
}

/* ---- Leads ---- */

/* The first epoch from which on the mean accuracy of `late` is above that of `early`; 0 where that
 * is not so for the last two epochs at least. *last: how many epochs there are. */
static size_t overtaking_epoch(rl_story *story, const rl_group_numbers *group, size_t late,
                               size_t early, size_t *last) {
    const rl_curve_band a = rl_story_curve(story, group, late, RL_CURVE_TEST_ACCURACY);
    const rl_curve_band b = rl_story_curve(story, group, early, RL_CURVE_TEST_ACCURACY);
    size_t epoch = *last = rl_min(a.count, b.count);
    while (epoch > 0 && a.mean[epoch - 1] > b.mean[epoch - 1])
        epoch--;
    return epoch + LEAD_EPOCHS <= *last ? epoch + 1 : 0;
}

/* When: two arms are done, and the early epoch is not the last one. */
void rl_findings_progress(rl_story *story, const rl_group_numbers *group, rl_prose *prose) {
    size_t count, early_count, last;
    const size_t *order = rl_story_order(story, group, RL_QUANTITY_TEST_ACCURACY, &count);
    const size_t *early = rl_story_order(story, group, RL_QUANTITY_EARLY_ACCURACY, &early_count);
    if (!order || !early || count < 2 || early_count < 2 || group->epochs <= group->early_epoch)
        return;
    const size_t leader = early[0], winner = order[0];
    const char *leader_name = rl_story_arm(story, group->group, leader);
    const char *winner_name = rl_story_arm(story, group->group, winner);
    ADD(story, &rl_word_early_accuracies, rl_format_count(story->words, group->early_epoch),
        list_means(story, group, early, early_count, RL_QUANTITY_EARLY_ACCURACY));
    const char *list = list_beaten(story, group, RL_QUANTITY_EARLY_ACCURACY, leader);
    if (*list)
        say_early(story, group, RL_QUANTITY_EARLY_ACCURACY, &rl_word_early_better, leader, list);
    const size_t epoch =
        leader == winner ? 0 : overtaking_epoch(story, group, winner, leader, &last);
    if (leader == winner)
        ADD(story, &rl_word_leads_throughout, leader_name);
    else if (epoch > 0)
        ADD(story, &rl_word_overtakes, winner_name, leader_name,
            rl_format_count(story->words, epoch), rl_format_count(story->words, last));
    rl_story_end_paragraph(story, prose);
}

/* ---- The target ---- */

/* "adam: 1 of 3 runs, in epoch 6"; a mean is over all runs, those that do not get there with their
 * whole length. */
static const char *reaching(rl_story *story, const rl_group_numbers *group, size_t a) {
    rl_words *words = story->words;
    const rl_arm_numbers *arm = &group->arms[a];
    const double *epochs = arm->values[RL_QUANTITY_EPOCHS_TO];
    const size_t seeds = story->numbers->results->study->seed_count;
    const char *name = rl_story_arm(story, group->group, a);
    const char *reached = rl_format_count(words, arm->reached);
    const char *ended = rl_format_runs(words, arm->done + arm->diverged);
    double first = INFINITY;
    for (size_t s = 0; s < seeds; s++)
        first = fmin(first, epochs[s]);
    if (arm->reached == 0)
        return RL_SAY(words, &rl_word_reached_by_none, name, ended);
    if (arm->reached == 1)
        return RL_SAY(words, &rl_word_reached_by_one, name, reached, ended,
                      rl_format_number(words, first, 0));
    return RL_SAY(words, &rl_word_reached_by, name, reached, ended,
                  rl_format_number(words, arm->samples[RL_QUANTITY_EPOCHS_TO].mean, 1));
}

/* When: the study declares a target for the group, and an arm has runs. */
void rl_findings_target(rl_story *story, const rl_group_numbers *group, rl_prose *prose) {
    const size_t arms = group->group->arm_count;
    const char **items = rl_words_alloc(story->words, arms, sizeof *items);
    size_t count = 0;
    if (isnan(group->group->target))
        return;
    for (size_t a = 0; items && a < arms; a++)
        if (group->arms[a].done + group->arms[a].diverged > 0)
            items[count++] = reaching(story, group, a);
    if (count > 0)
        ADD(story, &rl_word_target_reached, rl_format_percent(story->words, group->group->target),
            rl_format_series(story->words, items, count));
    rl_story_end_paragraph(story, prose);
}
