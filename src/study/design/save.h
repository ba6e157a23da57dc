/* Resolved studies: the copy that a study's directory holds, and whether it is that of a study. */
#ifndef RL_STUDY_DESIGN_SAVE_H
#define RL_STUDY_DESIGN_SAVE_H

#include "run/yaml_write.h"
#include "study/design/study.h"

/* Replaces `path` by a study file with every option spelled out, overrides included: rl_study_open
 * makes the same study of it, whatever the defaults have become. */
rl_status rl_study_save(const rl_study *study, const char *path, rl_error *error);

/* Have both the same name, groups, arms and runs? Options that do not change what a run computes
 * (threads, checkpoint-minutes) may differ. */
bool rl_study_same(const rl_study *a, const rl_study *b);

/* Parts of the file. Numbers have fifteen digits: what a person wrote, after the way from percent
 * to a share and back. A text of NULL is left out. False without memory. */
void rl_study_write_number(rl_yaml_writer *writer, const char *key, double value);
void rl_study_write_text(rl_yaml_writer *writer, const char *key, const char *text);
void rl_study_write_kept(rl_yaml_writer *writer, const rl_study *study);
bool rl_study_write_group(rl_yaml_writer *writer, const rl_study *study,
                          const rl_study_group *group);

#endif
