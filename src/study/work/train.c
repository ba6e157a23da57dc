/* A study from end to end: its folder, then its runs, up to the look that ends it. */
#include "study/work/train.h"

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "run/config.h"
#include "study/work/folder.h"
#include "study/work/tune.h"

rl_status rl_study_check(const rl_study *study, const char *out, rl_error *error) {
    rl_status status = rl_folder_check(out, error);
    for (size_t i = 0; i < study->run_count && status == RL_OK; i++) {
        const rl_config *config = study->runs[i].config;
        const bool same = i > 0 && !rl_config_difference(config, study->runs[i - 1].config);
        if (config->init[0] && !same)
            status = rl_train_check_settings(config, error);
    }
    return status;
}

/* Data that are said to have moved are looked at before the study's file names their new place. */
static rl_status check_moved(rl_runner *t, rl_error *error) {
    const rl_study *study = t->study;
    bool *moved = rl_alloc(study->run_count, sizeof *moved);
    rl_status status = moved ? rl_study_folder_moved(moved, study, t->out, error)
                             : rl_fail_memory(error, "a study");
    for (size_t i = 0; i < study->run_count && status == RL_OK; i++) {
        if (!moved[i])
            continue;
        status = rl_study_images_open(&t->images, study->runs[i].config, error);
        if (status == RL_OK &&
            rl_study_read_standings(t->standings, study, t->out, error) == RL_ERROR_MEMORY)
            status = RL_ERROR_MEMORY;
        if (status == RL_OK)
            status = rl_study_images_check(&t->images, study, i, t->standings, error);
    }
    rl_free(moved);
    return status;
}

/* The data come before the folder: without them none is made. */
static rl_status start(rl_runner *t, size_t first, rl_error *error) {
    rl_status status = rl_study_check(t->study, t->out, error);
    if (status == RL_OK)
        status = rl_study_folder_is_made(t->out)
                     ? check_moved(t, error)
                     : rl_study_images_open(&t->images, t->study->runs[first].config, error);
    if (status == RL_OK)
        status = rl_study_folder_prepare(t->study, t->out, error);
    if (status == RL_OK)
        status = rl_study_images_draw(&t->images, t->out, error);
    if (status == RL_OK)
        rl_runner_look(t);
    return status;
}

/* How many seeds, from the first on, have all their runs ended. */
static size_t complete_seeds(const rl_runner *t) {
    const rl_study *study = t->study;
    for (size_t s = 0; s < study->seed_count; s++)
        for (size_t g = 0; g < study->group_count; g++)
            for (size_t a = 0; a < study->groups[g].arm_count; a++) {
                const rl_run_state state = t->standings[study->groups[g].arms[a].runs[s]].state;
                if (state != RL_RUN_DONE && state != RL_RUN_DIVERGED)
                    return s;
            }
    return study->seed_count;
}

static void want_seeds(const rl_study *study, size_t seeds, bool *wanted) {
    for (size_t g = 0; g < study->group_count; g++)
        for (size_t a = 0; a < study->groups[g].arm_count; a++)
            for (size_t s = 0; s < seeds; s++)
                wanted[study->groups[g].arms[a].runs[s]] = true;
}

/* Does the runs of a look, takes it, and goes on until one ends the study. Runs that are others'
 * work end it here: who does them looks. */
static rl_status do_looks(rl_runner *t, rl_study_decide_function *decide, bool *wanted,
                          rl_error *error) {
    const rl_study *study = t->study;
    for (;;) {
        size_t taken;
        bool settled, fresh;
        rl_status status = rl_study_look(study, t->out, decide, complete_seeds(t), &taken, &settled,
                                         &fresh, error);
        if (status == RL_OK && (fresh || settled))
            status = rl_runner_note(t, error, "look %zu of %zu, after %zu seeds: %s", taken,
                                    study->look_count, study->looks[taken - 1],
                                    settled ? "every claim is decided, or going on would hardly "
                                              "decide it; the study ends here"
                                            : "not decided yet");
        if (status != RL_OK || settled || taken == study->look_count)
            return status;
        if (fresh)
            continue;
        want_seeds(study, study->looks[taken], wanted);
        status = rl_runner_do(t, wanted, error);
        if (status != RL_OK || complete_seeds(t) < study->looks[taken])
            return status;
    }
}

/* Run `number` only, or for 0 all that are needed. */
static rl_status do_runs(rl_runner *t, size_t number, rl_study_decide_function *decide,
                         rl_error *error) {
    if (number == 0 && t->study->look_count == 0)
        return rl_runner_do(t, NULL, error);
    bool *wanted = rl_alloc(t->study->run_count, sizeof *wanted);
    if (!wanted)
        return rl_fail_memory(error, "a study");
    if (number > 0)
        wanted[number - 1] = true;
    const rl_status status =
        number > 0 ? rl_runner_do(t, wanted, error) : do_looks(t, decide, wanted, error);
    rl_free(wanted);
    return status;
}

/* Tunes the study that is in the folder; its runs are then those of *tuned, which has what was
 * chosen. *ready is false where the tuning is others' work still. */
static rl_status tune(rl_runner *t, rl_study **tuned, size_t number, bool *ready, rl_error *error) {
    char path[RL_PATH_SIZE];
    const char *out = t->out;
    const bool alone = t->study->alone;
    rl_status status = rl_path_join(path, sizeof path, out, RL_STUDY_FILE, error);
    if (status == RL_OK)
        status = rl_study_open(tuned, path, error);
    if (status != RL_OK)
        return status;
    (*tuned)->alone = alone;
    if (number == 0)
        status = rl_study_tune(t, *tuned, out, ready, error);
    if (status == RL_OK && (number > 0 || *ready))
        status = rl_study_apply_tuning(*tuned, out, ready, error);
    if (status == RL_OK && number > 0 && !*ready)
        status = rl_fail(error, RL_ERROR_MISMATCH,
                         "%s: the study is not tuned yet: a run by its number comes after that",
                         (*tuned)->path);
    if (status == RL_OK && *ready) {
        status = rl_runner_take(t, *tuned, out, error);
        rl_runner_look(t);
    }
    return status;
}

rl_status rl_study_do(rl_study *study, const char *out, size_t number,
                      rl_study_decide_function *decide, rl_study_progress_function *progress,
                      void *context, rl_error *error) {
    rl_status status = rl_study_adopt(study, out, error);
    if (status != RL_OK)
        return status;
    if (number > study->run_count)
        return rl_fail(error, RL_ERROR_ARGUMENT, "%s: there is no run %zu, expected 1 to %zu",
                       study->path, number, study->run_count);
    rl_runner t = {.progress = progress, .context = context};
    status = rl_runner_take(&t, study, out, error);
    if (status == RL_OK)
        status = start(&t, number > 0 ? number - 1 : 0, error);
    rl_study *tuned = NULL;
    bool ready = true;
    if (status == RL_OK && study->tuning)
        status = tune(&t, &tuned, number, &ready, error);
    if (status == RL_OK && ready)
        status = do_runs(&t, number, decide, error);
    rl_runner_clear(&t);
    rl_study_free(tuned);
    return status;
}
