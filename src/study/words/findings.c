/* The written analysis. All rules stand in the chapters: accuracy.c (who is better), grid.c
 * (options that act together), curves.c (how
 * the arms get there), fit.c (over- and under-training), cost.c, claims.c, overview.c, limits.c.
 * Each rule is a condition on numbers, said at its function, and its sentence is a row of the table
 * of words; where the condition does not hold there is no sentence. This file only says which
 * chapters a group has. */
#include "study/words/rules.h"

static void write_group(rl_story *story, const rl_group_numbers *group, rl_prose *prose) {
    rl_findings_accuracy(story, group, prose);
    rl_findings_grid(story, group, prose);
    if (group->group->figure == RL_FIGURE_TRAIN_LOSS)
        rl_findings_training_loss(story, group, prose);
    if (group->group->figure == RL_FIGURE_TEST_ACCURACY)
        rl_findings_progress(story, group, prose);
    rl_findings_target(story, group, prose);
    rl_findings_cost(story, group, prose);
    rl_findings_fit(story, group, prose);
}

void rl_findings_write(rl_findings *findings, rl_words *words, const rl_numbers *numbers,
                       const rl_claims *claims) {
    const size_t groups = numbers->results->study->group_count;
    rl_story story = {.numbers = numbers, .claims = claims, .words = words};
    *findings = (rl_findings){.groups = rl_words_alloc(words, groups, sizeof *findings->groups)};
    if (!findings->groups)
        return;
    findings->group_count = groups;
    for (size_t g = 0; g < groups; g++)
        write_group(&story, &numbers->groups[g], &findings->groups[g]);
    rl_findings_judge(&story, findings);
    rl_findings_overview(&story, findings);
    rl_findings_limits(&story, &findings->limits);
}
