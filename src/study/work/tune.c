/* Rounds of tuning: all arms with all their points; an arm whose best lies at an edge of its grid
 * gets the next value, and the next round does that. Everything follows from the study and the
 * results of its tuning's runs, so that a process that was killed leaves nothing to clear up, and
 * several come to the same. */
#include "study/work/tune.h"

#include "base/digest.h"
#include "base/error.h"
#include "base/file.h"
#include "base/json.h"
#include "base/lock.h"
#include "base/memory.h"
#include "run/config.h"
#include "study/design/extend.h"
#include "study/work/folder.h"
#include "study/work/sealed.h"
#include "study/work/trials.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define TUNING_LOCK ".tuning.lock"

typedef struct {
    const rl_study *study;
    const char *out;
    char folder[RL_PATH_SIZE], path[RL_PATH_SIZE];
    rl_study_points **points; /* [group][arm] */
    rl_study *stage;          /* of this round */
    rl_held_out held_out;
    rl_error *error;
} tuner;

/* Of what the tuning is for: its arms and what it tries. Confirming seeds may be added. */
static bool digest_study(const rl_study *study, char text[RL_DIGEST_TEXT]) {
    const rl_study_tuning *tuning = study->tuning;
    rl_digest digest;
    bool good = true;
    rl_digest_begin(&digest);
    for (size_t g = 0; g < study->group_count; g++)
        for (size_t a = 0; a < study->groups[g].arm_count; a++) {
            const rl_study_arm *arm = &study->groups[g].arms[a];
            char *settings = rl_config_results(arm->config);
            good = good && settings;
            rl_digest_add(&digest, study->groups[g].name, strlen(study->groups[g].name) + 1);
            rl_digest_add(&digest, arm->name, strlen(arm->name) + 1);
            if (settings)
                rl_digest_add(&digest, settings, strlen(settings) + 1);
            rl_free(settings);
        }
    for (size_t i = 0; i < tuning->option_count; i++)
        rl_digest_add(&digest, tuning->options[i].option, strlen(tuning->options[i].option) + 1);
    for (size_t i = 0; i < tuning->value_count; i++)
        rl_digest_add(&digest, tuning->points[i], strlen(tuning->points[i]) + 1);
    for (size_t i = 0; i < tuning->seed_count; i++)
        rl_digest_add_u64(&digest, tuning->seeds[i]);
    rl_digest_add_u64(&digest, tuning->extend);
    rl_digest_add_u64(&digest, tuning->confirm_on_whole);
    rl_digest_add(&digest, &tuning->validation, sizeof tuning->validation);
    good = rl_digest_text(&digest, text) && good;
    rl_digest_end(&digest);
    return good;
}

/* ---- Points and rounds ---- */

static void release(tuner *u) {
    for (size_t g = 0; u->points && g < u->study->group_count; g++) {
        for (size_t a = 0; u->points[g] && a < u->study->groups[g].arm_count; a++)
            rl_study_points_clear(&u->points[g][a]);
        rl_free(u->points[g]);
    }
    rl_free(u->points);
    rl_study_free(u->stage);
}

static rl_status begin(tuner *u) {
    const rl_study *study = u->study;
    u->points = rl_alloc(study->group_count, sizeof *u->points);
    bool good = u->points;
    for (size_t g = 0; g < study->group_count && good; g++) {
        u->points[g] = rl_alloc(study->groups[g].arm_count, sizeof **u->points);
        good = u->points[g];
        for (size_t a = 0; a < study->groups[g].arm_count && good; a++)
            good = rl_study_points_begin(&u->points[g][a], study->tuning);
    }
    return good ? RL_OK : rl_fail_memory(u->error, "a tuning");
}

/* The study of the next round, in which runs of the round before have their names. */
static rl_status make_stage(tuner *u) {
    rl_study *stage;
    rl_status status = rl_study_stage_create(&stage, u->study, u->points, u->error);
    if (status == RL_OK && u->stage)
        status = rl_study_extend(stage, u->stage, u->path, 0, u->error);
    if (status != RL_OK) {
        rl_study_free(stage);
        return status;
    }
    rl_study_free(u->stage);
    u->stage = stage;
    return RL_OK;
}

/* The scores of an arm's points; release with rl_free. */
static rl_status read_trials(tuner *u, size_t g, size_t a, rl_trial **trials) {
    const rl_study_points *points = &u->points[g][a];
    rl_status status = RL_OK;
    *trials = rl_alloc(points->count, sizeof **trials);
    if (!*trials)
        return rl_fail_memory(u->error, "a tuning");
    for (size_t p = 0; p < points->count && status == RL_OK; p++) {
        const size_t arm = rl_study_stage_arm(u->points[g], a, p);
        status = rl_trial_read(&(*trials)[p], &u->held_out, u->stage, u->folder,
                               &u->stage->groups[g].arms[arm], u->error);
    }
    if (status != RL_OK) {
        rl_free(*trials);
        *trials = NULL;
    }
    return status;
}

/* Gives arms whose best is at an edge the next value; *extended: one got it. */
static rl_status extend_edges(tuner *u, bool *extended) {
    rl_status status = RL_OK;
    *extended = false;
    rl_study_points *const *points = u->points;
    for (size_t g = 0; g < u->study->group_count && status == RL_OK; g++) {
        /* Arms are read before one gets more points, which would move those behind it. */
        const size_t count = u->study->groups[g].arm_count;
        int *edges = rl_alloc(count, sizeof *edges);
        if (!edges)
            return rl_fail_memory(u->error, "a tuning");
        for (size_t a = 0; a < count && status == RL_OK; a++) {
            rl_trial *trials;
            status = read_trials(u, g, a, &trials);
            if (status == RL_OK)
                rl_trial_best(trials, &points[g][a], u->held_out.images, &edges[a]);
            rl_free(trials);
        }
        for (size_t a = 0; a < count && status == RL_OK; a++) {
            bool added = false;
            if (edges[a] != 0 &&
                !rl_study_points_extend(&u->points[g][a], u->study, edges[a] > 0, &added))
                status = rl_fail_memory(u->error, "a tuning");
            *extended = *extended || added;
        }
        rl_free(edges);
    }
    return status;
}

/* ---- tuning.json ---- */

static json_t *values_json(const rl_study_points *points, size_t point) {
    json_t *values = json_array();
    for (size_t o = 0; o < points->option_count; o++)
        rl_json_append(&values, json_string(points->values[point * points->option_count + o]));
    return values;
}

static rl_status arm_json(tuner *u, size_t g, size_t a, json_t **arm) {
    const rl_study_points *points = &u->points[g][a];
    rl_trial *trials, total = {0};
    int edge;
    rl_status status = read_trials(u, g, a, &trials);
    if (status != RL_OK)
        return status;
    const size_t best = rl_trial_best(trials, points, u->held_out.images, &edge);
    json_t *list = json_array();
    for (size_t p = 0; p < points->count; p++) {
        rl_json_append(&list,
                       json_pack("{s:o, s:f, s:I}", "values", values_json(points, p), "score",
                                 trials[p].score, "diverged", (json_int_t)trials[p].diverged));
        total.runs += trials[p].runs;
        total.epochs += trials[p].epochs;
        total.macs += trials[p].macs;
    }
    const bool tuned = edge == 0 && trials[best].diverged < trials[best].runs;
    *arm = json_pack("{s:s, s:s, s:o, s:b, s:o, s:I, s:I, s:I, s:f}", "group",
                     u->study->groups[g].name, "arm", u->study->groups[g].arms[a].name, "choice",
                     values_json(points, best), "tuned", tuned, "points", list, "added",
                     (json_int_t)points->added, "runs", (json_int_t)total.runs, "epochs",
                     (json_int_t)total.epochs, "macs", total.macs);
    rl_free(trials);
    return *arm ? RL_OK : rl_fail_memory(u->error, "a tuning");
}

static rl_status make_json(tuner *u, json_t **object) {
    const rl_study_tuning *tuning = u->study->tuning;
    char digest[RL_DIGEST_TEXT], seed[32];
    json_t *options = json_array(), *seeds = json_array(), *arms = json_array();
    rl_status status =
        digest_study(u->study, digest) ? RL_OK : rl_fail_memory(u->error, "a tuning");
    for (size_t i = 0; i < tuning->option_count; i++)
        rl_json_append(&options, json_string(tuning->options[i].option));
    for (size_t i = 0; i < tuning->seed_count; i++) {
        snprintf(seed, sizeof seed, "%" PRIu64, tuning->seeds[i]);
        rl_json_append(&seeds, json_string(seed));
    }
    for (size_t g = 0; g < u->study->group_count; g++)
        for (size_t a = 0; a < u->study->groups[g].arm_count && status == RL_OK; a++) {
            json_t *arm = NULL;
            status = arm_json(u, g, a, &arm);
            if (status == RL_OK)
                rl_json_append(&arms, arm);
        }
    *object = json_pack("{s:s, s:o, s:o, s:s, s:{s:f, s:I, s:s}, s:I, s:o}", "study", digest,
                        "options", options, "seeds", seeds, "confirm_on",
                        tuning->confirm_on_whole ? "whole" : "rest", "validation", "share",
                        tuning->validation, "images", (json_int_t)u->held_out.images, "digest",
                        u->held_out.digest, "runs", (json_int_t)u->stage->run_count, "arms", arms);
    if (status == RL_OK && !*object)
        return rl_fail_memory(u->error, "a tuning");
    if (status != RL_OK) {
        json_decref(*object);
        *object = NULL;
    }
    return status;
}

/* Is what is kept that of this study? */
static rl_status check_study(const rl_study *study, const char *path, const json_t *kept,
                             rl_error *error) {
    char digest[RL_DIGEST_TEXT];
    if (!digest_study(study, digest))
        return rl_fail_memory(error, "a tuning");
    const char *there = json_string_value(json_object_get(kept, "study"));
    return there && strcmp(there, digest) == 0
               ? RL_OK
               : rl_fail(error, RL_ERROR_MISMATCH,
                         "%s: was made for other arms, settings or values than those of %s: once "
                         "tuned, they stay",
                         path, study->path);
}

static rl_status keep_or_compare(tuner *u, bool *fresh) {
    json_t *kept, *made = NULL;
    rl_status status = rl_sealed_read(&kept, u->path, u->error);
    *fresh = status == RL_OK && !kept;
    if (status == RL_OK && kept)
        status = check_study(u->study, u->path, kept, u->error);
    if (status == RL_OK)
        status = make_json(u, &made);
    if (status == RL_OK && !kept) {
        status = rl_sealed_write(json_incref(made), u->path, u->error);
    } else if (status == RL_OK) {
        json_object_del(kept, "seal");
        if (!json_equal(kept, made))
            status = rl_fail(u->error, RL_ERROR_MISMATCH,
                             "%s: says something else than the runs in %s do", u->path, u->folder);
    }
    json_decref(kept);
    json_decref(made);
    return status;
}

/* Of two processes that have done the last run, the second finds what the first wrote. */
static rl_status freeze(tuner *u, bool *fresh) {
    char lock_path[RL_PATH_SIZE];
    int lock = -1;
    rl_status status = rl_path_join(lock_path, sizeof lock_path, u->out, TUNING_LOCK, u->error);
    if (status == RL_OK)
        status = rl_study_lock_folder(&lock, u->study, lock_path, u->error);
    if (status == RL_OK)
        status = keep_or_compare(u, fresh);
    rl_lock_release(&lock);
    return status;
}

static rl_status do_rounds(tuner *u, rl_runner *t, bool frozen, bool *done) {
    bool extended = true;
    rl_status status = begin(u);
    while (status == RL_OK && extended) {
        status = make_stage(u);
        if (status == RL_OK)
            status = rl_runner_take(t, u->stage, u->folder, u->error);
        if (status == RL_OK)
            rl_runner_look(t);
        if (status == RL_OK && frozen && !rl_runner_has_all(t, NULL)) {
            *done = true; /* its runs were put away: what it says is sealed */
            return RL_OK;
        }
        if (status == RL_OK && !frozen)
            status = rl_runner_do(t, NULL, u->error);
        if (status == RL_OK && !rl_runner_has_all(t, NULL))
            return RL_OK; /* others' work */
        if (status == RL_OK)
            status = extend_edges(u, &extended);
    }
    bool fresh = false;
    if (status == RL_OK)
        status = freeze(u, &fresh);
    *done = status == RL_OK;
    return fresh && status == RL_OK
               ? rl_runner_note(t, u->error,
                                "tuning is done, in %zu runs; what was chosen is in %s",
                                u->stage->run_count, u->path)
               : status;
}

rl_status rl_study_tune(rl_runner *t, const rl_study *study, const char *out, bool *done,
                        rl_error *error) {
    tuner u = {.study = study, .out = out, .error = error};
    char runs[RL_PATH_SIZE];
    json_t *kept = NULL;
    *done = false;
    rl_status status = rl_path_join(u.folder, sizeof u.folder, out, RL_TUNING_FOLDER, error);
    if (status == RL_OK)
        status = rl_path_join(u.path, sizeof u.path, out, RL_TUNING_FILE, error);
    if (status == RL_OK)
        status = rl_path_join(runs, sizeof runs, u.folder, "runs/", error);
    if (status == RL_OK)
        status = rl_folder_make_parents(runs, error);
    if (status == RL_OK)
        status = rl_sealed_read(&kept, u.path, error);
    if (status == RL_OK && kept)
        status = check_study(study, u.path, kept, error);
    if (status == RL_OK) {
        t->tuning = true;
        t->runs = study->run_count;
        status = do_rounds(&u, t, kept, done);
        t->tuning = false;
    }
    json_decref(kept);
    release(&u);
    return status;
}

/* ---- What was chosen ---- */

rl_status rl_study_check_tuning(const rl_study *study, const char *out, rl_error *error) {
    char path[RL_PATH_SIZE];
    json_t *kept = NULL;
    rl_status status = rl_path_join(path, sizeof path, out, RL_TUNING_FILE, error);
    if (status == RL_OK)
        status = rl_sealed_read(&kept, path, error);
    if (status == RL_OK && kept && !study->tuning)
        status = rl_fail(error, RL_ERROR_MISMATCH, "%s: of a tuning, which %s has not", path,
                         study->path);
    else if (status == RL_OK && kept)
        status = check_study(study, path, kept, error);
    json_decref(kept);
    return status;
}

static rl_status set_all(rl_config *config, const rl_study_tuning *tuning, const json_t *choice,
                         const char *seal, rl_error *error) {
    char share[40];
    rl_status status = RL_OK;
    for (size_t o = 0; o < tuning->option_count && status == RL_OK; o++) {
        const char *value = json_string_value(json_array_get(choice, o));
        status = rl_config_set(config, tuning->options[o].option, value ? value : "", error);
    }
    snprintf(share, sizeof share, "%.17g", tuning->confirm_on_whole ? 0 : tuning->validation);
    if (status == RL_OK)
        status = rl_config_set(config, "validation", share, error);
    return status == RL_OK ? rl_config_set(config, "tuning", seal, error) : status;
}

static const json_t *find_arm(const json_t *kept, const char *group, const char *arm) {
    const json_t *arms = json_object_get(kept, "arms");
    for (size_t i = 0; i < json_array_size(arms); i++) {
        const json_t *found = json_array_get(arms, i);
        const char *its_group = json_string_value(json_object_get(found, "group"));
        const char *its_arm = json_string_value(json_object_get(found, "arm"));
        if (its_group && its_arm && strcmp(its_group, group) == 0 && strcmp(its_arm, arm) == 0)
            return found;
    }
    return NULL;
}

static rl_status apply_arm(rl_study *study, rl_study_group *group, rl_study_arm *arm,
                           const json_t *kept, const char *path, rl_error *error) {
    const json_t *found = find_arm(kept, group->name, arm->name);
    const json_t *choice = json_object_get(found, "choice");
    const char *seal = rl_sealed_seal(kept);
    if (!found)
        return rl_fail(error, RL_ERROR_MISMATCH, "%s: chose nothing for arm '%s' of group '%s'",
                       path, arm->name, group->name);
    arm->untuned = !json_is_true(json_object_get(found, "tuned"));
    rl_status status = set_all(arm->config, study->tuning, choice, seal, error);
    for (size_t s = 0; s < study->seed_count && status == RL_OK; s++)
        status = set_all(study->runs[arm->runs[s]].config, study->tuning, choice, seal, error);
    return status;
}

rl_status rl_study_apply_tuning(rl_study *study, const char *out, bool *done, rl_error *error) {
    char path[RL_PATH_SIZE];
    json_t *kept = NULL;
    *done = !study->tuning;
    if (!study->tuning)
        return RL_OK;
    rl_status status = rl_path_join(path, sizeof path, out, RL_TUNING_FILE, error);
    if (status == RL_OK)
        status = rl_sealed_read(&kept, path, error);
    if (status == RL_OK && kept)
        status = check_study(study, path, kept, error);
    for (size_t g = 0; kept && g < study->group_count; g++)
        for (size_t a = 0; a < study->groups[g].arm_count && status == RL_OK; a++)
            status =
                apply_arm(study, &study->groups[g], &study->groups[g].arms[a], kept, path, error);
    *done = status == RL_OK && kept;
    json_decref(kept);
    return status;
}
