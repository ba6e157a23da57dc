/* The table of options.def as data. Rows of GROUP only name the heading of the rows behind them,
 * which are given it when the table is first asked for. */
#include "run/options.h"

#include "base/error.h"
#include "base/text.h"
#include "data/augment.h"
#include "data/find.h"
#include "nn/activation.h"
#include "nn/initialize.h"
#include "run/recipe.h"

#include <pthread.h>
#include <string.h>

/* The activations of nn/activation.c that can be chosen: options need their names in a constant
 * table; test_config holds the two together. */
static const char *const rl_activation_choices[] = {"sigmoid", "relu", "leaky_relu", "gelu", NULL};
static const char *const rl_decay_choices[] = {"all", "weights", NULL};
static const char *const rl_ghost_activation_choices[] = {"relu", "model", NULL};
static const char *const rl_last_batch_names[] = {"drop", "keep", NULL};
#define rl_normalize_choices rl_normalization_names

#define TEXT_OF(value) #value
#define FIELD(field) .offset = offsetof(struct rl_config, field)

static rl_option_row rows[] = {
#define GROUP(title) {.option = {.group = title}},
#define BOOL(field, name_, role_, value, help_)                                                    \
    {.option = {.name = name_,                                                                     \
                .type = RL_OPTION_BOOL,                                                            \
                .role = RL_ROLE_##role_,                                                           \
                .default_text = #value,                                                            \
                .unit = "",                                                                        \
                .help = help_},                                                                    \
     FIELD(field)},
#define NUMBER(field, name_, type_, role_, value, minimum_, maximum_, unit_, help_)                \
    {.option = {.name = name_,                                                                     \
                .type = type_,                                                                     \
                .role = RL_ROLE_##role_,                                                           \
                .default_text = TEXT_OF(value),                                                    \
                .minimum = minimum_,                                                               \
                .maximum = maximum_,                                                               \
                .unit = unit_,                                                                     \
                .help = help_},                                                                    \
     FIELD(field)},
#define INTEGER(field, name_, role_, value, minimum_, maximum_, unit_, help_)                      \
    NUMBER(field, name_, RL_OPTION_INTEGER, role_, value, minimum_, maximum_, unit_, help_)
#define REAL(field, name_, role_, value, minimum_, maximum_, unit_, help_)                         \
    NUMBER(field, name_, RL_OPTION_REAL, role_, value, minimum_, maximum_, unit_, help_)
#define CHOICE(field, name_, role_, value, choices_, help_)                                        \
    {.option = {.name = name_,                                                                     \
                .type = RL_OPTION_CHOICE,                                                          \
                .role = RL_ROLE_##role_,                                                           \
                .default_text = value,                                                             \
                .choices = choices_,                                                               \
                .unit = "",                                                                        \
                .help = help_},                                                                    \
     FIELD(field)},
#define TEXT(field, name_, role_, value, unit_, help_)                                             \
    PATH_TEXT(field, name_, role_, value, unit_, help_, false)
#define INPUT(field, name_, role_, value, unit_, help_)                                            \
    PATH_TEXT(field, name_, role_, value, unit_, help_, true)
#define PATH_TEXT(field, name_, role_, value, unit_, help_, input_)                                \
    {.option = {.name = name_,                                                                     \
                .type = RL_OPTION_TEXT,                                                            \
                .role = RL_ROLE_##role_,                                                           \
                .default_text = value,                                                             \
                .unit = unit_,                                                                     \
                .help = help_},                                                                    \
     FIELD(field),                                                                                 \
     .input = input_},
#include "run/options.def"
#undef GROUP
#undef BOOL
#undef NUMBER
#undef INTEGER
#undef REAL
#undef CHOICE
#undef TEXT
#undef INPUT
#undef PATH_TEXT
};

_Static_assert(sizeof rows / sizeof rows[0] <= RL_MAX_OPTIONS, "raise RL_MAX_OPTIONS");

static size_t row_count;
static pthread_once_t once = PTHREAD_ONCE_INIT;

/* Drops the headings and gives every row the one it stands under. */
static void finish_table(void) {
    const char *group = "";
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (!rows[i].option.name) {
            group = rows[i].option.group;
            continue;
        }
        rows[row_count] = rows[i];
        rows[row_count++].option.group = group;
    }
}

const rl_option_row *rl_option_rows(size_t *count) {
    pthread_once(&once, finish_table);
    *count = row_count;
    return rows;
}

const rl_option *rl_option_at(size_t index) {
    size_t count;
    const rl_option_row *table = rl_option_rows(&count);
    return index < count ? &table[index].option : NULL;
}

static bool same_name(const char *a, const char *b) {
    for (; *a && *b; a++, b++)
        if (*a != *b && !(*a == '_' && *b == '-'))
            return false;
    return *a == *b;
}

const rl_option_row *rl_option_find(const char *name) {
    size_t count;
    const rl_option_row *table = rl_option_rows(&count);
    for (size_t i = 0; i < count; i++)
        if (same_name(name, table[i].option.name))
            return &table[i];
    return NULL;
}

/* Options that came later and whose default is not what was done before there was a choice. */
static const struct { const char *name, *value; } before[] = {{"last-batch", "keep"}};

const char *rl_option_before(const rl_option_row *row) {
    for (size_t i = 0; i < sizeof before / sizeof *before; i++)
        if (strcmp(before[i].name, row->option.name) == 0)
            return before[i].value;
    return row->option.default_text;
}

const char *rl_option_recorded(const rl_option_row *row, const rl_config *config,
                               char buffer[PATH_MAX]) {
    const char *value = rl_config_get(config, row->option.name);
    return row->input ? rl_data_whole_path(value, buffer) : value;
}

rl_status rl_option_unknown(const char *name, rl_error *error) {
    const char *names[RL_MAX_OPTIONS];
    size_t count;
    const rl_option_row *table = rl_option_rows(&count);
    for (size_t i = 0; i < count; i++)
        names[i] = table[i].option.name;
    const char *nearest = rl_text_nearest(name, names, count);
    if (nearest)
        return rl_fail(error, RL_ERROR_ARGUMENT, "unknown option '%s' (did you mean '%s'?)", name,
                       nearest);
    char valid[RL_MAX_OPTIONS * 24];
    rl_text_list(valid, sizeof valid, names, count);
    return rl_fail(error, RL_ERROR_ARGUMENT, "unknown option '%.100s', expected %s", name, valid);
}
