/* The resolved settings of a run: a struct whose fields are the rows of options.def. */
#ifndef RL_RUN_CONFIG_H
#define RL_RUN_CONFIG_H

#include "data/dataset.h"
#include "data/loader.h"
#include "nn/model_spec.h"
#include "nn/optimizer.h"
#include "nn/schedule.h"
#include "reslab.h"
#include "run/yaml_tree.h"
#include "run/yaml_write.h"

struct rl_config {
#define GROUP(title)
#define BOOL(field, name, value, help) bool field;
#define INTEGER(field, name, value, minimum, maximum, unit, help) uint64_t field;
#define REAL(field, name, value, minimum, maximum, unit, help) double field;
#define CHOICE(field, name, value, choices, help) const char *field;
#define TEXT(field, name, value, unit, help) char *field;
#include "run/options.def"
#undef GROUP
#undef BOOL
#undef INTEGER
#undef REAL
#undef CHOICE
#undef TEXT
    char scratch[64]; /* of rl_config_get */
};

/* Checks what single ranges cannot: ghost-dw-size odd, warm-up shorter than the run, ... */
rl_status rl_config_check(const rl_config *config, rl_error *error);

/* The name of the first option in which two configurations of a run differ, those aside that have
 * no part in its result (out, threads, checkpoint-minutes, and recipe, which is but a name for
 * other options); NULL when there is none. */
const char *rl_config_difference(const rl_config *a, const rl_config *b);

void rl_config_exchange(rl_config *a, rl_config *b);

/* rl_config_load from bytes; `name` stands for the file in messages. */
rl_status rl_config_parse(rl_config *config, const char *name, const void *bytes, size_t size,
                          rl_error *error);

/* Sets every option named in a YAML mapping of the file `name`, a recipe first; on an error some
 * may be set. */
rl_status rl_config_take(rl_config *config, const char *name, const rl_yaml_node *mapping,
                         rl_error *error);

/* Writes one option as "name: value". */
void rl_config_write_option(const rl_config *config, const rl_option *option,
                            rl_yaml_writer *writer);

/* The views of a configuration that the layers below take. */
void rl_config_model_spec(const rl_config *config, size_t class_count, rl_model_spec *spec);
void rl_config_dataset(const rl_config *config, rl_dataset_request *request);
void rl_config_augmentation(const rl_config *config, rl_augment_options *options);
void rl_config_optimizer(const rl_config *config, rl_optimizer_options *options);
void rl_config_schedule(const rl_config *config, uint64_t steps_per_epoch, rl_schedule *schedule);

#endif
