/* What the parts of the study file's reader share: messages with lines, mappings with known keys,
 * and settings. */
#ifndef RL_STUDY_DESIGN_READER_H
#define RL_STUDY_DESIGN_READER_H

#include "run/yaml_tree.h"
#include "study/design/study.h"

enum {
    RL_STUDY_MAX_GROUPS = 32,
    RL_STUDY_MAX_LEVELS = 32, /* of a group: its arms but for controls */
    RL_STUDY_MAX_ARMS = 2 * RL_STUDY_MAX_LEVELS
};

typedef struct {
    const char *name;             /* of the file, in messages */
    const char *const *overrides; /* pairs, ended by NULL; may be NULL */
    rl_study *study;              /* being made */
    rl_error *error;
} study_reader;

#define STUDY_FAIL(r, node, ...) rl_yaml_fail((r)->name, node, (r)->error, __VA_ARGS__)

/* Passes on what went wrong at a lower level, with the line where it was asked for. */
rl_status rl_study_fail_detail(const study_reader *r, const rl_yaml_node *node,
                               const rl_error *detail);

/* A key that a mapping may have. `kinds` its value may be: RL_YAML_TEXT, ... each as a bit. */
#define STUDY_TEXT (1u << RL_YAML_TEXT)
#define STUDY_LIST (1u << RL_YAML_LIST)
#define STUDY_MAPPING (1u << RL_YAML_MAPPING)
typedef struct {
    const char *name;
    unsigned kinds;
    bool required;
} study_key;

enum { STUDY_MAX_KEYS = 24 }; /* of a mapping */

/* values[i] is what the mapping gives rows[i]; stays NULL where it does not. `what` the mapping
 * is. */
rl_status rl_study_keys(const study_reader *r, const rl_yaml_node *mapping, const study_key *rows,
                        size_t count, const char *what, const rl_yaml_node **values);

/* "a list", ... */
const char *rl_study_kind_name(rl_yaml_kind kind);

rl_status rl_study_expect(const study_reader *r, const rl_yaml_node *node, unsigned kinds,
                          const char *what);

/* The index of a word in `names`, which NULL ends; `what` it is to be. */
rl_status rl_study_word(const study_reader *r, const rl_yaml_node *node, const char *what,
                        const char *const *names, size_t *index);

/* Why a study does not take the option; NULL where it does. */
const char *rl_study_refusal(const char *option);

/* Settings of the study, or of `group`, which may not name what it varies. */
rl_status rl_study_settings(const study_reader *r, const rl_yaml_node *mapping,
                            const rl_study_group *group, rl_config *config);

/* Overrides win over settings of the study and of its groups. */
rl_status rl_study_overrides(const study_reader *r, rl_config *config);

/* Reads the group called key->text and adds it to the study, which has room. */
rl_status rl_study_group_take(const study_reader *r, const rl_yaml_node *key);

/* The parts of a group: its arms, from the nodes of `vary` or `arms`, one of which is NULL; labels
 * of them, of which any may be NULL; its title. */
rl_status rl_study_factors_take(const study_reader *r, rl_study_group *group,
                                const rl_yaml_node *settings, const rl_yaml_node *vary,
                                const rl_yaml_node *arms);
rl_status rl_study_labels_take(const study_reader *r, rl_study_group *group,
                               const rl_yaml_node *labels, const rl_yaml_node *labels_zh);
rl_status rl_study_title_take(const study_reader *r, rl_study_group *group,
                              const rl_yaml_node *title, const rl_yaml_node *title_zh);

/* Reads the study's seeds and looks; a list of seeds. */
rl_status rl_study_seeds_take(const study_reader *r, const rl_yaml_node *node);
rl_status rl_study_seed_list(const study_reader *r, const rl_yaml_node *list, uint64_t **seeds,
                             size_t *count);

/* Reads the tuning; the groups and seeds are complete. */
rl_status rl_study_tuning_take(const study_reader *r, const rl_yaml_node *node);

/* Reads the list of runs that keep their names; the groups and seeds are complete. */
rl_status rl_study_kept_take(const study_reader *r, const rl_yaml_node *list);

/* Reads the list of claims; the study's groups are complete. */
rl_status rl_study_claims_take(const study_reader *r, const rl_yaml_node *list);

#endif
