/* The written analysis. All rules stand in the chapters: accuracy.c (what won),
 * curves.c (training loss, leads, over- and under-training), ghost.c,
 * conclusions.c and overview.c (overview and limits). Each rule is a condition on
 * numbers, said at its function, followed by its sentence in English and in Chinese; where the
 * condition does not hold there is no sentence. This file only says which chapters a group has. */
#include "study/words/findings.h"

#include "base/error.h"
#include "base/memory.h"
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

rl_status rl_findings_create(rl_findings **result, const rl_analysis *analysis,
                             rl_language language, rl_error *error) {
    const size_t groups = analysis->results->study->group_count;
    rl_story story = {.analysis = analysis, .language = language};
    *result = NULL;
    rl_findings *findings = rl_alloc(1, sizeof *findings);
    if (findings)
        findings->groups = rl_alloc(groups, sizeof *findings->groups);
    if (!findings || !findings->groups) {
        rl_free(findings);
        return rl_fail_memory(error, "the findings of a study");
    }
    findings->group_count = groups;
    for (size_t g = 0; g < groups; g++)
        write_group(&story, &analysis->groups[g], &findings->groups[g]);
    rl_findings_conclude(&story, findings);
    rl_findings_overview(&story, findings);
    rl_findings_limits(&story, &findings->limits);
    const bool failed = story.failed || story.paragraph.failed;
    rl_story_clear(&story);
    if (failed) {
        rl_findings_free(findings);
        return rl_fail_memory(error, "the findings of a study");
    }
    *result = findings;
    return RL_OK;
}

static void clear_prose(rl_prose *prose) {
    for (size_t i = 0; i < prose->count; i++)
        rl_free(prose->paragraphs[i]);
    rl_free(prose->paragraphs);
}

void rl_findings_free(rl_findings *findings) {
    if (!findings)
        return;
    for (size_t g = 0; g < findings->group_count; g++)
        clear_prose(&findings->groups[g]);
    clear_prose(&findings->overview);
    clear_prose(&findings->limits);
    for (size_t i = 0; i < findings->conclusion_count; i++) {
        rl_free(findings->conclusions[i].claim);
        rl_free(findings->conclusions[i].reason);
    }
    rl_free(findings->conclusions);
    rl_free(findings->groups);
    rl_free(findings);
}
