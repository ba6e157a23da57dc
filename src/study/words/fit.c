/* Whether training had an end, and whether it went too far. */
#include "study/words/rules.h"

#include "base/memory.h"

static const double still_falling = 0.02; /* of the loss, in the last epoch */
static const double over_fit = 0.05;

/* When: training and test images were evaluated in the same way after the last epoch, and the gap
 * between their accuracies is above 5 points, and surely above 0. The accuracy recorded while
 * training says nothing of it: it is that of other statistics, and of weights on the move. */
static void say_over_fit(rl_story *story, const rl_group_numbers *group) {
    rl_words *words = story->words;
    const size_t arms = group->group->arm_count;
    const char **items = rl_words_alloc(words, arms, sizeof *items);
    size_t count = 0;
    for (size_t a = 0; items && a < arms; a++) {
        const rl_sample *gap = &group->arms[a].samples[RL_QUANTITY_GAP];
        if (gap->count > 1 && gap->mean > over_fit && gap->low > 0)
            items[count++] =
                RL_SAY(words, &rl_word_gap_with, rl_story_arm(story, group->group, a),
                       RL_SAY(words, &rl_word_with_interval,
                              rl_format_amount(words, RL_UNIT_SHARE, gap->mean),
                              rl_format_level(words, 0.95),
                              rl_format_range(words, RL_UNIT_SHARE, gap->low, gap->high)));
    }
    if (count > 0)
        ADD(story, &rl_word_over_fit, rl_format_list(words, items, count));
}

/* When: the mean training loss of the last epoch is more than 2% below that of the one before. */
static void say_unfinished(rl_story *story, const rl_group_numbers *group) {
    rl_words *words = story->words;
    const size_t arms = group->group->arm_count;
    const char **items = rl_words_alloc(words, arms, sizeof *items);
    size_t count = 0, epochs = 0;
    for (size_t a = 0; items && a < arms; a++) {
        const rl_curve_band curve = rl_story_curve(story, group, a, RL_CURVE_TRAIN_CROSS_ENTROPY);
        if (curve.count < 2)
            continue;
        const double fall = 1 - curve.mean[curve.count - 1] / curve.mean[curve.count - 2];
        if (fall > still_falling)
            items[count++] = RL_SAY(words, &rl_word_share_with, rl_format_percent(words, fall),
                                    rl_story_arm(story, group->group, a));
        epochs = rl_max(epochs, curve.count);
    }
    if (count > 0)
        ADD(story, &rl_word_unfinished, rl_format_list(words, items, count),
            rl_format_epochs(words, epochs));
}

void rl_findings_fit(rl_story *story, const rl_group_numbers *group, rl_prose *prose) {
    say_over_fit(story, group);
    say_unfinished(story, group);
    rl_story_end_paragraph(story, prose);
}
