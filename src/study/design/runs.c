/* The runs of a study. Groups often share an arm (the reference experiment trains ReLU with SGD for
 * two of its groups): what is configured alike is trained once. */
#include "base/buffer.h"
#include "base/error.h"
#include "base/memory.h"
#include "run/options.h"
#include "run/recipe.h"
#include "study/design/arms.h"
#include "study/design/file.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { MAX_RUNS = 10000 };

static bool same_value(const rl_config *a, const rl_config *b, const rl_option_row *row) {
    char first[PATH_MAX], second[PATH_MAX];
    return strcmp(rl_option_recorded(row, a, first), rl_option_recorded(row, b, second)) == 0;
}

bool rl_study_same_settings(const rl_config *a, const rl_config *b, bool effort_counts) {
    size_t count;
    const rl_option_row *rows = rl_option_rows(&count);
    for (size_t i = 0; i < count; i++) {
        const rl_option *option = &rows[i].option;
        const bool counts = !rl_study_owns_option(option->name) && option->role != RL_ROLE_NAME &&
                            (effort_counts || option->role != RL_ROLE_EFFORT);
        if (counts && !same_value(a, b, &rows[i]))
            return false;
    }
    return true;
}

/* The configurations of all arms, each once, in order of groups and arms. */
typedef struct {
    const rl_config **configs;
    size_t count;
} distinct_configs;

static size_t find_or_add(distinct_configs *distinct, const rl_config *config) {
    for (size_t i = 0; i < distinct->count; i++)
        if (rl_study_same_settings(distinct->configs[i], config, true))
            return i;
    distinct->configs[distinct->count] = config;
    return distinct->count++;
}

/* Gives every arm its runs, by index: those of a seed follow on those of the seed before. */
static rl_status assign_runs(rl_study *study, distinct_configs *distinct, rl_error *error) {
    for (size_t g = 0; g < study->group_count; g++)
        for (size_t a = 0; a < study->groups[g].arm_count; a++) {
            rl_study_arm *arm = &study->groups[g].arms[a];
            rl_free(arm->runs);
            arm->runs = rl_alloc(study->seed_count, sizeof *arm->runs);
            if (!arm->runs)
                return rl_fail_memory(error, "the runs of a study");
            arm->runs[0] = find_or_add(distinct, arm->config);
        }
    for (size_t g = 0; g < study->group_count; g++)
        for (size_t a = 0; a < study->groups[g].arm_count; a++)
            for (size_t s = 1; s < study->seed_count; s++) {
                size_t *runs = study->groups[g].arms[a].runs;
                runs[s] = runs[0] + s * distinct->count;
            }
    return RL_OK;
}

/* Puts the runs that are kept first. places[i]: run i of the order seed by seed, before and after.
 */
static rl_status place_runs(rl_study *study, size_t count, size_t *places, rl_error *error) {
    size_t next = study->kept_count;
    for (size_t i = 0; i < count; i++)
        places[i] = SIZE_MAX;
    for (size_t i = 0; i < study->kept_count; i++) {
        const rl_study_kept *kept = &study->kept[i];
        size_t seed = 0;
        rl_study_seed_index(study, kept->seed, &seed);
        size_t *place = &places[study->groups[kept->group].arms[kept->arm].runs[seed]];
        if (*place != SIZE_MAX)
            return rl_fail(error, RL_ERROR_FORMAT, "the runs %s and %s are the same",
                           study->kept[*place].name, kept->name);
        *place = i;
    }
    for (size_t i = 0; i < count; i++)
        if (places[i] == SIZE_MAX)
            places[i] = next++;
    for (size_t g = 0; g < study->group_count; g++)
        for (size_t a = 0; a < study->groups[g].arm_count; a++)
            for (size_t s = 0; s < study->seed_count; s++) {
                size_t *runs = study->groups[g].arms[a].runs;
                runs[s] = places[runs[s]];
            }
    return RL_OK;
}

/* Adds '-' and the value in lower case, with whatever a file name should not have replaced. */
static void add_slug(rl_buffer *name, const char *value) {
    bool dash = true; /* before the value, and never two in a row */
    for (const char *c = value; *c; c++) {
        const bool kept = isascii(*c) && (isalnum(*c) || *c == '.' || *c == '_');
        if (kept && dash)
            rl_buffer_add(name, "-");
        if (kept)
            rl_buffer_print(name, "%c", tolower(*c));
        dash = !kept;
    }
}

/* Does one of the first `count` groups vary the option? */
static bool varies(const rl_study *study, size_t count, const char *option) {
    for (size_t g = 0; g < count; g++)
        if (rl_study_group_varies(&study->groups[g], option))
            return true;
    return false;
}

/* The values of what a group is the first to vary. */
static void describe_factors(rl_buffer *name, const rl_study *study, size_t group,
                             const rl_config *config) {
    for (size_t f = 0; f < study->groups[group].factor_count; f++) {
        const char *option = study->groups[group].factors[f].option;
        if (!varies(study, group, option))
            add_slug(name, rl_config_get(config, option));
    }
}

/* "022-leaky_relu-sgd-resnet18-w46-s1" */
static void describe_name(rl_buffer *name, const rl_study *study, const rl_study_task *task) {
    char end[32];
    snprintf(end, sizeof end, "-s%" PRIu64, task->info.seed);
    rl_buffer_print(name, "%03zu", task->info.number);
    for (size_t g = 0; g < study->group_count; g++)
        describe_factors(name, study, g, task->config);
    if (!varies(study, study->group_count, "width") &&
        task->config->width != study->settings->width)
        rl_buffer_print(name, "-w%" PRIu64, task->config->width);
    const size_t room = RL_STUDY_MAX_NAME - strlen(end);
    if (name->length > room) {
        name->length = room;
        name->text[room] = '\0';
    }
    rl_buffer_add(name, end);
}

static void describe_differences(rl_buffer *text, const rl_study *study,
                                 const rl_study_task *task) {
    size_t count;
    const rl_option_row *rows = rl_option_rows(&count);
    for (size_t i = 0; i < count; i++) {
        const char *name = rows[i].option.name;
        char value[PATH_MAX];
        if (!rl_study_owns_option(name) && !same_value(task->config, study->settings, &rows[i]))
            rl_buffer_print(text, "%s=%s, ", name,
                            rl_option_recorded(&rows[i], task->config, value));
    }
    rl_buffer_print(text, "seed=%" PRIu64, task->info.seed);
}

/* The names of the groups that need run `index`, of seed number `seed`. */
static void describe_groups(rl_buffer *text, const rl_study *study, size_t index, size_t seed) {
    for (size_t g = 0; g < study->group_count; g++) {
        const rl_study_group *group = &study->groups[g];
        bool needs = false;
        for (size_t a = 0; a < group->arm_count; a++)
            needs = needs || group->arms[a].runs[seed] == index;
        if (needs)
            rl_buffer_print(text, "%s%s", text->length ? ", " : "", group->name);
    }
}

/* Fills run `index`, which trains configuration `config` with seed number `seed`. */
static rl_status make_run(rl_study *study, size_t index, const rl_config *config, size_t seed,
                          rl_error *error) {
    rl_study_task *task = &study->runs[index];
    task->info.number = index + 1;
    task->info.seed = study->seeds[seed];
    task->config = rl_config_copy(config);
    if (!task->config)
        return rl_fail_memory(error, "the runs of a study");
    task->config->seed = task->info.seed;
    rl_buffer name = {0}, differences = {0}, groups = {0};
    if (index < study->kept_count)
        rl_buffer_add(&name, study->kept[index].name);
    else
        describe_name(&name, study, task);
    describe_differences(&differences, study, task);
    describe_groups(&groups, study, index, seed);
    task->info.name = name.text;
    task->info.differences = differences.text;
    task->info.groups = groups.text;
    return name.failed || differences.failed || groups.failed
               ? rl_fail_memory(error, "the runs of a study")
               : RL_OK;
}

static rl_status make_all(rl_study *study, const distinct_configs *distinct, rl_error *error) {
    const size_t count = distinct->count * study->seed_count;
    if (count > MAX_RUNS)
        return rl_fail(error, RL_ERROR_ARGUMENT,
                       "%zu configurations and %zu seeds make %zu runs, expected at most %d",
                       distinct->count, study->seed_count, count, MAX_RUNS);
    size_t *places = rl_alloc(count, sizeof *places);
    study->runs = rl_alloc(count, sizeof *study->runs);
    rl_status status = places && study->runs ? place_runs(study, count, places, error)
                                             : rl_fail_memory(error, "the runs of a study");
    study->run_count = status == RL_OK ? count : 0;
    for (size_t i = 0; i < count && status == RL_OK; i++)
        status = make_run(study, places[i], distinct->configs[i % distinct->count],
                          i / distinct->count, error);
    rl_free(places);
    return status;
}

rl_status rl_study_make_runs(rl_study *study, rl_error *error) {
    size_t arms = 0;
    rl_study_clear_runs(study);
    for (size_t g = 0; g < study->group_count; g++)
        arms += study->groups[g].arm_count;
    distinct_configs distinct = {.configs = rl_alloc(arms, sizeof *distinct.configs)};
    rl_status status = distinct.configs ? assign_runs(study, &distinct, error)
                                        : rl_fail_memory(error, "the runs of a study");
    if (status == RL_OK)
        status = make_all(study, &distinct, error);
    rl_free(distinct.configs);
    return status;
}
