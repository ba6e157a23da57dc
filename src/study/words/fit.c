/* Whether training had an end, and whether it went too far. */
#include "study/words/rules.h"

#include "base/memory.h"

static const double still_falling = 0.02; /* of the loss, in the last epoch */

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
    say_unfinished(story, group);
    rl_story_end_paragraph(story, prose);
}
