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
#define BOOL(field, name, role, value, help) bool field;
#define INTEGER(field, name, role, value, minimum, maximum, unit, help) uint64_t field;
#define REAL(field, name, role, value, minimum, maximum, unit, help) double field;
#define CHOICE(field, name, role, value, choices, help) const char *field;
#define TEXT(field, name, role, value, unit, help) char *field;
#define INPUT TEXT
#include "run/options.def"
#undef GROUP
#undef BOOL
#undef INTEGER
#undef REAL
#undef CHOICE
#undef TEXT
#undef INPUT
    char scratch[64]; /* of rl_config_get */
};

/* Checks what single ranges cannot: ghost-dw-size odd, warm-up shorter than the run, ... */
rl_status rl_config_check(const rl_config *config, rl_error *error);

/* Of rl_train_check what has nothing to do with the run directory: the options agree, and a file of
 * initial weights fits them. */
rl_status rl_train_check_settings(const rl_config *config, rl_error *error);

/* The name of the first option of role RESULT in which two configurations of a run differ; NULL
 * when there is none. */
const char *rl_config_difference(const rl_config *a, const rl_config *b);

/* Do both look for their data (role SOURCE) in the same place? */
bool rl_config_same_source(const rl_config *a, const rl_config *b);

/* The options of role RESULT with their values, as JSON; release with rl_free. NULL without memory.
 */
char *rl_config_results(const rl_config *config);

/* The value of an option in such a text; false where it has none. */
bool rl_config_result(const char *results, const char *option, char *value, size_t size);

/* RL_ERROR_MISMATCH where the configuration in the file `path` differs from such a text, naming the
 * option and both values. */
rl_status rl_config_compare_results(const rl_config *config, const char *results, const char *path,
                                    rl_error *error);

void rl_config_exchange(rl_config *a, rl_config *b);

/* rl_config_load from bytes; `name` stands for the file in messages. */
rl_status rl_config_parse(rl_config *config, const char *name, const void *bytes, size_t size,
                          rl_error *error);

/* Sets every option named in a YAML mapping of the file `name`, a recipe first; on an error some
 * may be set. In a mapping that is the record of a run or a study (it names all options that there
 * were) an option that came later stands at what was done before it. */
rl_status rl_config_take(rl_config *config, const char *name, const rl_yaml_node *mapping,
                         rl_error *error);

/* Writes one option as "name: value". */
void rl_config_write_option(const rl_config *config, const rl_option *option,
                            rl_yaml_writer *writer);

/* The views of a configuration that the layers below take. */
void rl_config_model_spec(const rl_config *config, size_t class_count, rl_model_spec *spec);
void rl_config_dataset(const rl_config *config, rl_dataset_request *request);
bool rl_config_drops_last(const rl_config *config);
void rl_config_augmentation(const rl_config *config, rl_augment_options *options);
void rl_config_optimizer(const rl_config *config, rl_optimizer_options *options);
void rl_config_schedule(const rl_config *config, uint64_t steps_per_epoch, rl_schedule *schedule);

#endif
