/* The written analysis. All rules stand in the chapters: accuracy.c (what won),
 * curves.c (training loss, leads, over- and under-training), ghost.c,
 * conclusions.c and overview.c (overview and limits). Each rule is a condition on
 * numbers, said at its function, followed by its sentence in English and in Chinese; where the
 * condition does not hold there is no sentence. This file only says which chapters a group has. */
#include "study/words/findings.h"

#include "study/words/rules.h"

static void write_group(rl_story *story, const rl_group_analysis *group, rl_prose *prose) {
    rl_ghost_pair pair;
    rl_findings_accuracy(story, group, prose);
    if (group->group->figure == RL_FIGURE_TRAIN_LOSS)
        rl_findings_training_loss(story, group, prose);
    if (group->group->figure == RL_FIGURE_TEST_ACCURACY)
        rl_findings_progress(story, group, prose);
    if (rl_group_ghost_pair(group, 0, &pair))
        rl_findings_ghost(story, group, prose);
    rl_findings_fit(story, group, prose);
}

void rl_findings_write(rl_findings *findings, rl_words *words, const rl_analysis *analysis) {
    const size_t groups = analysis->results->study->group_count;
    rl_story story = {.analysis = analysis, .words = words};
    *findings = (rl_findings){.groups = rl_words_alloc(words, groups, sizeof *findings->groups)};
    if (!findings->groups)
        return;
    findings->group_count = groups;
    for (size_t g = 0; g < groups; g++)
        write_group(&story, &analysis->groups[g], &findings->groups[g]);
    rl_findings_conclude(&story, findings);
    rl_findings_overview(&story, findings);
    rl_findings_limits(&story, &findings->limits);
}
