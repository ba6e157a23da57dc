/* The public face of a study in memory: its names and runs, and its end. */
#include "study/design/study.h"

#include "base/memory.h"
#include "study/design/arms.h"
#include "study/design/tuning.h"

static void clear_arm(rl_study_arm *arm) {
    rl_free(arm->name);
    rl_free(arm->label);
    rl_free(arm->label_zh);
    rl_config_free(arm->config);
    rl_free(arm->runs);
}

static void clear_factor(rl_study_factor *factor) {
    rl_free(factor->option);
    for (size_t i = 0; i < factor->level_count; i++) {
        rl_free(factor->levels[i].name);
        rl_free(factor->levels[i].label);
        rl_free(factor->levels[i].label_zh);
    }
    rl_free(factor->levels);
}

static void clear_group(rl_study_group *group) {
    rl_free(group->name);
    rl_free(group->title);
    rl_free(group->title_zh);
    rl_free(group->factor);
    for (size_t i = 0; i < group->factor_count; i++)
        clear_factor(&group->factors[i]);
    rl_free(group->factors);
    for (size_t i = 0; i < group->arm_count; i++)
        clear_arm(&group->arms[i]);
    rl_free(group->arms);
}

static void clear_claim(rl_study_claim *claim) {
    rl_free(claim->name);
    rl_free(claim->text);
    rl_free(claim->text_zh);
    rl_free(claim->arms);
}

static void clear_task(rl_study_task *task) {
    rl_free(task->info.name);
    rl_free(task->info.differences);
    rl_free(task->info.groups);
    rl_config_free(task->config);
}

void rl_study_clear_runs(rl_study *study) {
    for (size_t i = 0; i < study->run_count; i++)
        clear_task(&study->runs[i]);
    rl_free(study->runs);
    study->runs = NULL;
    study->run_count = 0;
}

void rl_study_free(rl_study *study) {
    if (!study)
        return;
    for (size_t i = 0; i < study->group_count; i++)
        clear_group(&study->groups[i]);
    for (size_t i = 0; i < study->claim_count; i++)
        clear_claim(&study->claims[i]);
    rl_study_clear_runs(study);
    rl_study_clear_kept(study);
    rl_study_clear_tuning(study->tuning);
    rl_free(study->name);
    rl_free(study->path);
    rl_config_free(study->settings);
    rl_free(study->seeds);
    rl_free(study->looks);
    rl_free(study->groups);
    rl_free(study->claims);
    rl_free(study);
}

void rl_study_work_alone(rl_study *study) {
    study->alone = true;
}

const char *rl_study_name(const rl_study *study) {
    return study->name;
}

size_t rl_study_run_count(const rl_study *study) {
    return study->run_count;
}

const rl_study_run *rl_study_run_at(const rl_study *study, size_t index) {
    return index < study->run_count ? &study->runs[index].info : NULL;
}

const rl_config *rl_study_run_config(const rl_study *study, size_t index) {
    return index < study->run_count ? study->runs[index].config : NULL;
}
