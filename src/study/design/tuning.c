/* The tuning of a study file: which options are chosen for each arm, from which values, before the
 * study's own seeds are run. The values of one option make a grid, evenly spaced in its logarithm;
 * those of several are quasi-random points, an equal number for every arm. */
#include "study/design/tuning.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/text.h"
#include "run/options.h"
#include "study/design/arms.h"
#include "study/design/reader.h"
#include "study/design/save.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_POINTS = 100, MAX_EXTEND = 10, MAX_TUNED = 8, MAX_PER_DECADE = 20 };

static const char *const confirm_names[] = {"rest", "whole", NULL};

enum {
    TUNING_OPTION,
    TUNING_GRID,
    TUNING_OPTIONS,
    TUNING_POINTS,
    TUNING_EXTEND,
    TUNING_VALIDATION,
    TUNING_SEEDS,
    TUNING_CONFIRM,
    TUNING_KEYS
};
static const study_key tuning_keys[TUNING_KEYS] = {
    [TUNING_OPTION] = {"option", STUDY_TEXT, false},
    [TUNING_GRID] = {"grid", STUDY_LIST | STUDY_MAPPING, false},
    [TUNING_OPTIONS] = {"options", STUDY_MAPPING, false},
    [TUNING_POINTS] = {"points", STUDY_TEXT, false},
    [TUNING_EXTEND] = {"extend", STUDY_TEXT, false},
    [TUNING_VALIDATION] = {"validation", STUDY_TEXT, false},
    [TUNING_SEEDS] = {"seeds", STUDY_LIST, true},
    [TUNING_CONFIRM] = {"confirm_on", STUDY_TEXT, false},
};

enum { RANGE_FROM, RANGE_TO, RANGE_PER_DECADE, RANGE_KEYS };
static const study_key range_keys[RANGE_KEYS] = {
    [RANGE_FROM] = {"from", STUDY_TEXT, true},
    [RANGE_TO] = {"to", STUDY_TEXT, true},
    [RANGE_PER_DECADE] = {"per_decade", STUDY_TEXT, false},
};

/* Three digits: what a person would write. */
static char *write_value(char *text, size_t size, double value) {
    snprintf(text, size, "%.3g", value);
    return rl_text_from_double(text, size, strtod(text, NULL));
}

static rl_status take_count(const study_reader *r, const rl_yaml_node *node, const char *what,
                            size_t minimum, size_t maximum, size_t *count) {
    uint64_t value;
    if (!rl_text_to_u64(node->text, &value) || value < minimum || value > maximum)
        return STUDY_FAIL(r, node, "'%s' of the tuning is '%.100s', expected %zu to %zu", what,
                          node->text, minimum, maximum);
    *count = (size_t)value;
    return RL_OK;
}

/* Adds an option that no group varies and that the study lets be set. */
static rl_status add_option(const study_reader *r, const rl_yaml_node *node, const char *name) {
    rl_study *study = r->study;
    rl_study_tuning *tuning = study->tuning;
    rl_error detail;
    const rl_option_row *row = rl_option_find(name);
    if (!row) {
        rl_option_unknown(name, &detail);
        return STUDY_FAIL(r, node, "%s", detail.message);
    }
    name = row->option.name;
    const char *reason = rl_study_refusal(name);
    if (reason)
        return STUDY_FAIL(r, node, "'%s' cannot be tuned: %s", name, reason);
    for (size_t i = 0; i < study->group_count; i++)
        if (rl_study_group_varies(&study->groups[i], name))
            return STUDY_FAIL(r, node, "'%s' cannot be tuned: group '%.100s' varies it", name,
                              study->groups[i].name);
    for (const char *const *pair = r->overrides; pair && pair[0]; pair += 2)
        if (rl_option_find(pair[0]) == row)
            return rl_fail(r->error, RL_ERROR_ARGUMENT,
                           "--%s: this is what the tuning of %s chooses, so it cannot be "
                           "overridden",
                           name, r->name);
    for (size_t i = 0; i < tuning->option_count; i++)
        if (strcmp(tuning->options[i].option, name) == 0)
            return STUDY_FAIL(r, node, "'%s' is tuned twice", name);
    if (tuning->option_count == MAX_TUNED)
        return STUDY_FAIL(r, node, "more than %d options to tune", MAX_TUNED);
    rl_study_tuned *tuned = &tuning->options[tuning->option_count++];
    tuned->option = rl_strdup(name);
    return tuned->option ? RL_OK : rl_fail_memory(r->error, "a study");
}

static rl_status take_range(const study_reader *r, const rl_yaml_node *node, bool grid,
                            rl_study_tuned *tuned) {
    const rl_yaml_node *values[RANGE_KEYS] = {0};
    rl_status status = rl_study_keys(r, node, range_keys, RANGE_KEYS, "a range", values);
    if (status != RL_OK)
        return status;
    if (!rl_text_to_double(values[RANGE_FROM]->text, &tuned->from) ||
        !rl_text_to_double(values[RANGE_TO]->text, &tuned->to) || tuned->from <= 0 ||
        tuned->to <= tuned->from)
        return STUDY_FAIL(r, node, "a range from '%.40s' to '%.40s', expected 0 < from < to",
                          values[RANGE_FROM]->text, values[RANGE_TO]->text);
    if (!grid && values[RANGE_PER_DECADE])
        return STUDY_FAIL(r, node,
                          "'per_decade' is for the grid of one option; several have "
                          "'points'");
    tuned->per_decade = 1;
    if (values[RANGE_PER_DECADE])
        status = take_count(r, values[RANGE_PER_DECADE], "per_decade", 1, MAX_PER_DECADE,
                            &tuned->per_decade);
    return status;
}

/* Every arm must be able to take the value. */
static rl_status add_value(const study_reader *r, const rl_yaml_node *node, const char *option,
                           const char *text) {
    rl_study_tuning *tuning = r->study->tuning;
    rl_error detail;
    rl_config *config = rl_config_copy(r->study->settings);
    const rl_status status =
        config ? rl_config_set(config, option, text, &detail) : rl_fail_memory(&detail, "a study");
    rl_config_free(config);
    if (status != RL_OK)
        return rl_study_fail_detail(r, node, &detail);
    char **place = &tuning->points[tuning->value_count++];
    *place = rl_strdup(text);
    return *place ? RL_OK : rl_fail_memory(r->error, "a study");
}

static rl_status take_list(const study_reader *r, const rl_yaml_node *list) {
    rl_study_tuning *tuning = r->study->tuning;
    double last = -INFINITY;
    for (const rl_yaml_node *item = list->first; item; item = item->next) {
        double value;
        if (item->kind != RL_YAML_TEXT || !rl_text_to_double(item->text, &value) || value <= last)
            return STUDY_FAIL(r, item,
                              "a value of the grid is '%.100s', expected a number above "
                              "the one before it",
                              item->text ? item->text : rl_study_kind_name(item->kind));
        if (tuning->value_count == MAX_POINTS)
            return STUDY_FAIL(r, item, "more than %d values", MAX_POINTS);
        last = value;
        const rl_status status = add_value(r, item, tuning->options[0].option, item->text);
        if (status != RL_OK)
            return status;
    }
    return RL_OK;
}

static rl_status take_grid(const study_reader *r, const rl_yaml_node *option,
                           const rl_yaml_node *grid) {
    rl_study_tuning *tuning = r->study->tuning;
    rl_study_tuned *tuned = &tuning->options[0];
    rl_status status = add_option(r, option, option->text);
    if (status == RL_OK)
        status = grid->kind == RL_YAML_LIST ? take_list(r, grid) : take_range(r, grid, true, tuned);
    if (status != RL_OK)
        return status;
    if (grid->kind == RL_YAML_MAPPING) {
        const double steps = log10(tuned->to / tuned->from) * (double)tuned->per_decade;
        if (steps >= MAX_POINTS)
            return STUDY_FAIL(r, grid, "the grid has more than %d values", MAX_POINTS);
        for (size_t i = 0; (double)i <= steps + 1e-6 && status == RL_OK; i++) {
            char text[40];
            const double value = tuned->from * pow(10, (double)i / (double)tuned->per_decade);
            status = add_value(r, grid, tuned->option, write_value(text, sizeof text, value));
        }
    }
    if (status == RL_OK && tuning->value_count < 2)
        status = STUDY_FAIL(r, grid, "the grid has %zu value%s, expected at least 2",
                            tuning->value_count, tuning->value_count == 1 ? "" : "s");
    tuning->point_count = tuning->value_count;
    return status;
}

/* The additive recurrence of the generalised golden ratio: the root of x^(d + 1) = x + 1. */
static double quasi_random(size_t point, size_t dimension, size_t dimensions) {
    double root = 1.5, step = 1;
    for (int i = 0; i < 64; i++)
        root = pow(1 + root, 1 / (double)(dimensions + 1));
    for (size_t i = 0; i <= dimension; i++)
        step /= root;
    return fmod(0.5 + step * (double)(point + 1), 1);
}

static rl_status take_points(const study_reader *r, const rl_yaml_node *options,
                             const rl_yaml_node *points) {
    rl_study_tuning *tuning = r->study->tuning;
    rl_status status = take_count(r, points, "points", 2, MAX_POINTS, &tuning->point_count);
    for (const rl_yaml_node *key = options->first; key && status == RL_OK; key = key->next) {
        status = add_option(r, key, key->text);
        if (status == RL_OK)
            status = take_range(r, key->value, false, &tuning->options[tuning->option_count - 1]);
    }
    if (status == RL_OK && tuning->option_count < 2)
        return STUDY_FAIL(r, options, "'options' are for two or more; one has 'option' and 'grid'");
    for (size_t p = 0; p < tuning->point_count && status == RL_OK; p++)
        for (size_t o = 0; o < tuning->option_count && status == RL_OK; o++) {
            const rl_study_tuned *tuned = &tuning->options[o];
            const double share = quasi_random(p, o, tuning->option_count);
            char text[40];
            write_value(text, sizeof text, tuned->from * pow(tuned->to / tuned->from, share));
            status = add_value(r, options, tuned->option, text);
        }
    return status;
}

static rl_status take_seeds(const study_reader *r, const rl_yaml_node *list) {
    rl_study_tuning *tuning = r->study->tuning;
    size_t index;
    const rl_status status = rl_study_seed_list(r, list, &tuning->seeds, &tuning->seed_count);
    for (size_t i = 0; status == RL_OK && i < tuning->seed_count; i++)
        if (rl_study_seed_index(r->study, tuning->seeds[i], &index))
            return STUDY_FAIL(r, list,
                              "seed %" PRIu64 " is used to tune and to confirm: what was chosen by "
                              "a seed's luck would be confirmed by it",
                              tuning->seeds[i]);
    return status;
}

/* What belongs to the tuning cannot be a setting beside it. */
static rl_status check_settings(const study_reader *r, const rl_yaml_node *node) {
    static const char *const taken[] = {"validation", "patience"};
    for (size_t g = 0; g < r->study->group_count; g++)
        for (size_t a = 0; a < r->study->groups[g].arm_count; a++)
            for (size_t i = 0; i < 2; i++) {
                const char *value = rl_config_get(r->study->groups[g].arms[a].config, taken[i]);
                if (value && strcmp(value, "0") != 0)
                    return STUDY_FAIL(r, node,
                                      "'%s' is %s: not for a study with tuning, which "
                                      "holds images out itself and trains to the end",
                                      taken[i], value);
            }
    return RL_OK;
}

static rl_status take_values(const study_reader *r, const rl_yaml_node *node,
                             const rl_yaml_node *const *values) {
    const bool grid = values[TUNING_OPTION] && values[TUNING_GRID];
    const bool points = values[TUNING_OPTIONS] && values[TUNING_POINTS];
    const bool other = grid ? values[TUNING_OPTIONS] || values[TUNING_POINTS]
                            : values[TUNING_OPTION] || values[TUNING_GRID];
    if (grid == points || other)
        return STUDY_FAIL(r, node,
                          "the tuning needs 'option' and 'grid', or 'options' and "
                          "'points'");
    if (!grid && values[TUNING_EXTEND])
        return STUDY_FAIL(r, values[TUNING_EXTEND], "'extend' is for the grid of one option");
    return grid ? take_grid(r, values[TUNING_OPTION], values[TUNING_GRID])
                : take_points(r, values[TUNING_OPTIONS], values[TUNING_POINTS]);
}

rl_status rl_study_tuning_take(const study_reader *r, const rl_yaml_node *node) {
    const rl_yaml_node *values[TUNING_KEYS] = {0};
    rl_study_tuning *tuning = r->study->tuning = rl_alloc(1, sizeof *tuning);
    size_t confirm = 0;
    if (!tuning)
        return rl_fail_memory(r->error, "a study");
    tuning->options = rl_alloc(MAX_TUNED, sizeof *tuning->options);
    tuning->points = rl_alloc((size_t)MAX_TUNED * (MAX_POINTS + 1), sizeof *tuning->points);
    if (!tuning->options || !tuning->points)
        return rl_fail_memory(r->error, "a study");
    tuning->validation = 0.1;
    rl_status status = rl_study_keys(r, node, tuning_keys, TUNING_KEYS, "the tuning", values);
    if (status == RL_OK)
        status = take_values(r, node, values);
    tuning->extend = status == RL_OK && values[TUNING_GRID] ? 2 : 0;
    if (status == RL_OK && values[TUNING_EXTEND])
        status = take_count(r, values[TUNING_EXTEND], "extend", 0, MAX_EXTEND, &tuning->extend);
    const rl_yaml_node *share = values[TUNING_VALIDATION];
    if (status == RL_OK && share &&
        (!rl_text_to_double(share->text, &tuning->validation) || tuning->validation <= 0 ||
         tuning->validation > 0.5))
        status = STUDY_FAIL(r, share,
                            "'validation' of the tuning is '%.100s', expected a share "
                            "of the training images above 0, up to 0.5",
                            share->text);
    if (status == RL_OK)
        status = take_seeds(r, values[TUNING_SEEDS]);
    if (status == RL_OK && values[TUNING_CONFIRM])
        status = rl_study_word(r, values[TUNING_CONFIRM], "confirm_on", confirm_names, &confirm);
    tuning->confirm_on_whole = confirm == 1;
    return status == RL_OK ? check_settings(r, node) : status;
}
