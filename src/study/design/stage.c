/* The study that a tuning is: made of the arms and points of the study it is for. It is never
 * written: the study and the results of earlier points say all of it. */
#include "study/design/tuning.h"

#include "base/buffer.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/text.h"
#include "run/config.h"
#include "study/design/arms.h"
#include "study/design/save.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool same_text(const char *a, const char *b) {
    return strcmp(a, b) == 0;
}

bool rl_study_same_tuning(const rl_study_tuning *a, const rl_study_tuning *b) {
    if (!a || !b)
        return a == b;
    bool same = a->option_count == b->option_count && a->point_count == b->point_count &&
                a->extend == b->extend && a->validation == b->validation &&
                a->seed_count == b->seed_count && a->confirm_on_whole == b->confirm_on_whole &&
                memcmp(a->seeds, b->seeds, a->seed_count * sizeof *a->seeds) == 0;
    for (size_t i = 0; same && i < a->option_count; i++)
        same = same_text(a->options[i].option, b->options[i].option) &&
               a->options[i].from == b->options[i].from && a->options[i].to == b->options[i].to;
    for (size_t i = 0; same && i < a->value_count; i++)
        same = same_text(a->points[i], b->points[i]);
    return same;
}

void rl_study_clear_tuning(rl_study_tuning *tuning) {
    if (!tuning)
        return;
    for (size_t i = 0; i < tuning->option_count; i++)
        rl_free(tuning->options[i].option);
    for (size_t i = 0; i < tuning->value_count; i++)
        rl_free(tuning->points[i]);
    rl_free(tuning->options);
    rl_free(tuning->points);
    rl_free(tuning->seeds);
    rl_free(tuning);
}

static void write_range(rl_yaml_writer *writer, const rl_study_tuned *tuned, bool grid) {
    rl_yaml_mapping_begin(writer);
    rl_study_write_number(writer, "from", tuned->from);
    rl_study_write_number(writer, "to", tuned->to);
    if (grid)
        rl_study_write_number(writer, "per_decade", (double)tuned->per_decade);
    rl_yaml_mapping_end(writer);
}

static void write_values(rl_yaml_writer *writer, const rl_study_tuning *tuning) {
    if (tuning->option_count > 1) {
        rl_yaml_word(writer, "options");
        rl_yaml_mapping_begin(writer);
        for (size_t i = 0; i < tuning->option_count; i++) {
            rl_yaml_word(writer, tuning->options[i].option);
            write_range(writer, &tuning->options[i], false);
        }
        rl_yaml_mapping_end(writer);
        rl_study_write_number(writer, "points", (double)tuning->point_count);
        return;
    }
    rl_study_write_text(writer, "option", tuning->options[0].option);
    rl_yaml_word(writer, "grid");
    if (tuning->options[0].per_decade > 0) {
        write_range(writer, &tuning->options[0], true);
    } else {
        rl_yaml_list_begin(writer);
        for (size_t i = 0; i < tuning->value_count; i++)
            rl_yaml_word(writer, tuning->points[i]);
        rl_yaml_list_end(writer);
    }
    rl_study_write_number(writer, "extend", (double)tuning->extend);
}

void rl_study_write_tuning(rl_yaml_writer *writer, const rl_study_tuning *tuning) {
    if (!tuning)
        return;
    rl_yaml_word(writer, "tuning");
    rl_yaml_mapping_begin(writer);
    write_values(writer, tuning);
    rl_study_write_number(writer, "validation", tuning->validation);
    rl_yaml_word(writer, "seeds");
    rl_yaml_list_begin(writer);
    for (size_t i = 0; i < tuning->seed_count; i++) {
        char text[32];
        snprintf(text, sizeof text, "%" PRIu64, tuning->seeds[i]);
        rl_yaml_word(writer, text);
    }
    rl_yaml_list_end(writer);
    rl_study_write_text(writer, "confirm_on", tuning->confirm_on_whole ? "whole" : "rest");
    rl_yaml_mapping_end(writer);
}

/* ---- Points ---- */

bool rl_study_points_begin(rl_study_points *points, const rl_study_tuning *tuning) {
    *points = (rl_study_points){
        .values = rl_alloc(tuning->value_count + tuning->extend, sizeof *points->values)};
    bool good = points->values;
    points->option_count = tuning->option_count;
    points->count = tuning->point_count;
    for (size_t i = 0; i < tuning->value_count && good; i++)
        good = (points->values[i] = rl_strdup(tuning->points[i]));
    return good;
}

void rl_study_points_clear(rl_study_points *points) {
    /* Zeroed memory: what was not filled is NULL. */
    for (size_t i = 0; points->values && i < points->count * points->option_count; i++)
        rl_free(points->values[i]);
    rl_free(points->values);
    *points = (rl_study_points){0};
}

static double value_of(const char *text) {
    double value = NAN;
    rl_text_to_double(text, &value);
    return value;
}

bool rl_study_points_extend(rl_study_points *points, const rl_study *study, bool above,
                            bool *added) {
    const rl_study_tuning *tuning = study->tuning;
    const size_t last = points->count - 1;
    const double edge = value_of(points->values[above ? last : 0]);
    const double next = value_of(points->values[above ? last - 1 : 1]);
    const rl_study_tuned *tuned = &tuning->options[0];
    const double steps = above ? (double)(points->count - points->below)
                               : -(double)(points->below + 1); /* from the grid's lowest */
    const double value_there = tuned->per_decade > 0
                                   ? tuned->from * pow(10, steps / (double)tuned->per_decade)
                                   : edge * (edge / next);
    char text[40];
    snprintf(text, sizeof text, "%.3g", value_there);
    rl_text_from_double(text, sizeof text, strtod(text, NULL));
    *added = false;
    if (!(edge > 0) || points->added == tuning->extend)
        return true;
    rl_config *config = rl_config_copy(study->settings);
    char *value = rl_strdup(text);
    const bool good = config && value;
    *added = good && rl_config_set(config, tuned->option, text, NULL) == RL_OK;
    rl_config_free(config);
    if (!*added) {
        rl_free(value);
        return good;
    }
    if (!above)
        memmove(points->values + 1, points->values, points->count * sizeof *points->values);
    points->values[above ? points->count : 0] = value;
    points->count++;
    points->added++;
    points->below += !above;
    return true;
}

size_t rl_study_stage_arm(const rl_study_points *points, size_t arm, size_t point) {
    size_t index = point;
    for (size_t a = 0; a < arm; a++)
        index += points[a].count;
    return index;
}

/* ---- The study ---- */

static rl_status set(rl_config *config, const char *option, const char *value, rl_error *error) {
    return rl_config_set(config, option, value, error);
}

static rl_status add_point(rl_study_group *group, const rl_study_tuning *tuning,
                           const rl_study_arm *of, char *const *values, rl_error *error) {
    rl_study_arm *arm = &group->arms[group->arm_count++];
    rl_buffer name = {0};
    char share[40];
    arm->config = rl_config_copy(of->config);
    arm->parameters = of->parameters;
    arm->macs = of->macs;
    rl_buffer_add(&name, of->name);
    for (size_t o = 0; o < tuning->option_count; o++)
        rl_buffer_print(&name, ", %s=%s", tuning->options[o].option, values[o]);
    const bool good = arm->config && !name.failed && rl_study_name_arm(arm, name.text);
    rl_buffer_clear(&name);
    rl_status status = good ? RL_OK : rl_fail_memory(error, "a tuning");
    for (size_t o = 0; o < tuning->option_count && status == RL_OK; o++)
        status = set(arm->config, tuning->options[o].option, values[o], error);
    rl_text_from_double(share, sizeof share, tuning->validation);
    if (status == RL_OK)
        status = set(arm->config, "validation", share, error);
    return status == RL_OK ? set(arm->config, "test", "false", error) : status;
}

static rl_status add_factors(rl_study_group *group, const rl_study_group *of,
                             const rl_study_tuning *tuning, rl_error *error) {
    group->factors = rl_alloc(of->factor_count + tuning->option_count, sizeof *group->factors);
    bool good = group->factors;
    for (size_t i = 0; i < of->factor_count + tuning->option_count && good; i++) {
        group->factors[i].option =
            rl_strdup(i < of->factor_count ? of->factors[i].option
                                           : tuning->options[i - of->factor_count].option);
        group->factor_count++;
        good = group->factors[i].option;
    }
    return good ? RL_OK : rl_fail_memory(error, "a tuning");
}

static rl_status add_group(rl_study *stage, const rl_study_group *of, const rl_study_tuning *tuning,
                           const rl_study_points *points, rl_error *error) {
    rl_study_group *group = &stage->groups[stage->group_count++];
    size_t count = 0;
    for (size_t a = 0; a < of->arm_count; a++)
        count += points[a].count;
    group->name = rl_strdup(of->name);
    group->named = true;
    group->target = NAN;
    group->arms = rl_alloc(count, sizeof *group->arms);
    rl_status status = group->name && group->arms ? add_factors(group, of, tuning, error)
                                                  : rl_fail_memory(error, "a tuning");
    for (size_t a = 0; a < of->arm_count; a++)
        for (size_t p = 0; p < points[a].count && status == RL_OK; p++)
            status = add_point(group, tuning, &of->arms[a],
                               &points[a].values[p * tuning->option_count], error);
    return status;
}

static rl_status fill(rl_study *stage, const rl_study *study, rl_study_points *const *points,
                      rl_error *error) {
    const rl_study_tuning *tuning = study->tuning;
    stage->name = rl_strdup(study->name);
    stage->path = rl_strdup(study->path);
    stage->settings = rl_config_copy(study->settings);
    stage->seeds = rl_alloc(tuning->seed_count, sizeof *stage->seeds);
    stage->groups = rl_alloc(study->group_count, sizeof *stage->groups);
    stage->alone = study->alone;
    if (!stage->name || !stage->path || !stage->settings || !stage->seeds || !stage->groups)
        return rl_fail_memory(error, "a tuning");
    memcpy(stage->seeds, tuning->seeds, tuning->seed_count * sizeof *stage->seeds);
    stage->seed_count = tuning->seed_count;
    rl_status status = RL_OK;
    for (size_t g = 0; g < study->group_count && status == RL_OK; g++)
        status = add_group(stage, &study->groups[g], tuning, points[g], error);
    return status == RL_OK ? rl_study_make_runs(stage, error) : status;
}

rl_status rl_study_stage_create(rl_study **result, const rl_study *study,
                                rl_study_points *const *points, rl_error *error) {
    *result = NULL;
    rl_study *stage = rl_alloc(1, sizeof *stage);
    const rl_status status =
        stage ? fill(stage, study, points, error) : rl_fail_memory(error, "a tuning");
    if (status == RL_OK)
        *result = stage;
    else
        rl_study_free(stage);
    return status;
}
