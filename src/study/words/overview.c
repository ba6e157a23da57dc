/* The study in a few sentences, for the head of the report. */
#include "study/words/rules.h"

#include "base/memory.h"

#define ACCURACY RL_QUANTITY_TEST_ACCURACY

static void say_extent(rl_story *story) {
    const rl_numbers *numbers = story->numbers;
    ADD(story, &rl_word_extent, rl_format_count(story->words, numbers->done),
        rl_format_runs(story->words, numbers->results->study->run_count),
        rl_format_seeds(story->words, numbers->results->study->seed_count));
}

/* When: a run of the group diverged. Before anything is said of who is best. */
static void say_diverged(rl_story *story, const rl_group_numbers *group) {
    const char *list = rl_story_diverged(story, group);
    if (*list)
        ADD(story, &rl_word_group_diverged, rl_format_group(story->words, group->group), list);
}

/* A group's answer: its best arm by the mean, and the verdicts on that lead. When: two arms have
 * results. */
static void say_answer(rl_story *story, const rl_group_numbers *group) {
    rl_words *words = story->words;
    size_t count, better = 0, open = 0, judged = 0;
    const size_t *order = rl_story_order(story, group, ACCURACY, &count);
    const char **names = rl_words_alloc(words, group->group->arm_count, sizeof *names);
    say_diverged(story, group);
    if (!order || !names || count < 2)
        return;
    for (size_t i = 1; i < count; i++) {
        const rl_pair_verdict verdict = rl_pair_verdict_on(group, ACCURACY, order[0], order[i]);
        judged += verdict != RL_PAIR_NONE;
        better += verdict == RL_PAIR_BETTER;
        if (verdict != RL_PAIR_BETTER && verdict != RL_PAIR_NONE)
            names[open++] = rl_story_arm(story, group->group, order[i]);
    }
    const char *best = rl_story_arm(story, group->group, order[0]);
    const char *accuracy = rl_format_percent(words, group->arms[order[0]].samples[ACCURACY].mean);
    if (better == count - 1)
        ADD(story, &rl_word_answer_best, rl_format_group(words, group->group), best, accuracy);
    else if (open > 0)
        ADD(story, better > 0 ? &rl_word_answer_open_some : &rl_word_answer_open,
            rl_format_group(words, group->group), best, accuracy,
            rl_format_list(words, names, open));
    else if (judged == 0)
        ADD(story, &rl_word_answer_described, rl_format_group(words, group->group), best, accuracy);
}

/* When: the study declares claims. */
static void say_claims(rl_story *story, const rl_findings *findings) {
    rl_words *words = story->words;
    const char **items = rl_words_alloc(words, findings->judgement_count, sizeof *items);
    for (size_t i = 0; items && i < findings->judgement_count; i++)
        items[i] = RL_SAY(words, &rl_word_claim_and_outcome, findings->judgements[i].claim,
                          findings->judgements[i].name);
    if (items && findings->judgement_count > 0)
        ADD(story, &rl_word_claims_outcomes,
            rl_format_series(words, items, findings->judgement_count));
}

void rl_findings_overview(rl_story *story, rl_findings *findings) {
    say_extent(story);
    say_claims(story, findings);
    for (size_t g = 0; g < story->numbers->results->study->group_count; g++)
        say_answer(story, &story->numbers->groups[g]);
    rl_story_end_paragraph(story, &findings->overview);
}
