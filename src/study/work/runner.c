/* The runs of a study, one after another, each done once. Training and resuming are those of single
 * runs; here it is decided which run needs what, and other processes are kept out. Runs in parallel
 * within one process are left out on purpose: one run uses all cores. */
#include "study/work/runner.h"

#include "base/error.h"
#include "base/file.h"
#include "base/lock.h"
#include "base/memory.h"
#include "run/config.h"
#include "study/work/folder.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const rl_study_task *task_of(const rl_runner *t) {
    return &t->study->runs[t->index];
}

static bool is_ended(rl_run_state state) {
    return state == RL_RUN_DONE || state == RL_RUN_DIVERGED;
}

static void tell(rl_runner *t, const rl_study_progress *progress) {
    if (t->progress && !t->progress(progress, t->context))
        t->stopped = true;
}

static void report(rl_runner *t, const rl_progress *progress, rl_run_state state,
                   const char *reason) {
    const double run_left = progress ? progress->seconds_left : 0;
    const double run_whole = progress ? progress->seconds + run_left : NAN;
    const double others = isnan(t->others_left) ? t->others_scale * run_whole : t->others_left;
    const rl_study_progress study_progress = {.tuning = t->tuning,
                                              .run = &task_of(t)->info,
                                              .progress = progress,
                                              .state = state,
                                              .reason = reason,
                                              .runs = t->runs,
                                              .ended = t->ended,
                                              .seconds_left = run_left + others,
                                              .dataset = t->images.dataset};
    tell(t, &study_progress);
}

static bool on_progress(const rl_progress *progress, void *context) {
    rl_runner *t = context;
    report(t, progress, RL_RUN_RUNNING, NULL);
    return !t->stopped;
}

static void estimate(rl_runner *t) {
    const size_t count = t->study->run_count;
    rl_run_standing *current = &t->standings[t->index];
    t->ended = 0;
    for (size_t i = 0; i < count; i++)
        t->ended += is_ended(t->standings[i].state);
    t->others_left = rl_study_seconds_left(t->standings, count, t->index);
    const double seconds = current->seconds;
    current->seconds = 1;
    t->others_scale = rl_study_seconds_left(t->standings, count, t->index);
    current->seconds = seconds;
}

/* Looks at all runs anew, since other processes may have ended some. What is wrong with one of them
 * shows when it is its turn. */
static void look_around(rl_runner *t) {
    rl_study_read_standings(t->standings, t->study, t->out, NULL);
    estimate(t);
}

/* Reads what there is of a run: *record is NULL when it has yet to begin, as it has where a process
 * was ended before its first checkpoint. */
static rl_status examine(rl_run_record **record, const char *path, const rl_config *config,
                         rl_error *error) {
    char checkpoint[RL_PATH_SIZE], settings[RL_PATH_SIZE];
    *record = NULL;
    rl_status status = rl_path_join(checkpoint, sizeof checkpoint, path, RL_CHECKPOINT_FILE, error);
    if (status == RL_OK)
        status = rl_path_join(settings, sizeof settings, path, RL_CONFIG_FILE, error);
    if (status != RL_OK || !rl_file_exists(path) || rl_run_directory_is_unbegun(path))
        return status;
    if (!rl_file_exists(settings) && !rl_file_exists(checkpoint))
        return rl_fail(error, RL_ERROR_EXISTS,
                       "%s: holds files that are not a run's, expected a new folder", path);
    status = rl_run_record_read(record, path, error);
    const char *option = status == RL_OK ? rl_config_difference((*record)->config, config) : NULL;
    if (option)
        status =
            rl_fail(error, RL_ERROR_MISMATCH,
                    "%s: a run with another %s ('%s'), expected '%s' of the study", path, option,
                    rl_config_get((*record)->config, option), rl_config_get(config, option));
    else if (status == RL_OK && !rl_file_exists(checkpoint) && !is_ended((*record)->state))
        status = rl_fail(error, RL_ERROR_IO,
                         "%s: its " RL_CHECKPOINT_FILE
                         " is gone: nothing to go on from; move the folder away, and the study "
                         "does the run anew",
                         path);
    if (status != RL_OK) {
        rl_run_record_free(*record);
        *record = NULL;
    }
    return status;
}

static rl_status begin(rl_runner *t, const char *path, rl_error *error) {
    rl_config *config = rl_config_copy(task_of(t)->config);
    rl_status status =
        config ? rl_config_set(config, "out", path, error) : rl_fail_memory(error, "a run");
    if (status == RL_OK)
        status = rl_train(config, t->images.dataset, on_progress, t, NULL, error);
    rl_config_free(config);
    return status;
}

/* What became of a run. */
typedef struct {
    rl_run_state state;
    bool worked;  /* in this call; else it was found so */
    char *reason; /* of one found diverged */
} outcome;

/* What the directory of a locked run says of it; *begun: there is something to go on from. */
static rl_status find_outcome(rl_runner *t, const char *path, outcome *result, bool *begun,
                              rl_error *error) {
    rl_run_record *record;
    const rl_status status = examine(&record, path, task_of(t)->config, error);
    *begun = record;
    if (!record)
        return status;
    result->state = record->state;
    if (record->state == RL_RUN_DIVERGED) {
        result->reason = record->reason;
        record->reason = NULL;
    }
    rl_run_record_free(record);
    return RL_OK;
}

/* Begins or goes on with the locked run in `path`, unless it has ended before. */
static rl_status work_on(rl_runner *t, const char *path, outcome *result, rl_error *error) {
    const rl_config *config = task_of(t)->config;
    bool begun;
    rl_status status = find_outcome(t, path, result, &begun, error);
    if (status != RL_OK || result->state == RL_RUN_DONE || result->state == RL_RUN_DIVERGED ||
        result->state == RL_RUN_RUNNING)
        return status;
    status = rl_study_images_open(&t->images, config, error);
    if (status == RL_OK) /* missing where a process was killed as it made the folder */
        status = rl_study_images_draw(&t->images, t->out, error);
    if (status != RL_OK)
        return status;
    look_around(t);
    status = rl_study_images_check(&t->images, t->study, t->index, t->standings, error);
    if (status != RL_OK)
        return status;
    result->worked = true;
    status = begun ? rl_resume(path, t->images.dataset, (int)config->threads, on_progress, t, NULL,
                               error)
                   : begin(t, path, error);
    if (status == RL_OK)
        result->state = RL_RUN_DONE;
    return status;
}

static rl_run_state state_after(rl_status status) {
    switch (status) {
    case RL_ERROR_DIVERGED:
        return RL_RUN_DIVERGED;
    case RL_STOPPED:
        return RL_RUN_INTERRUPTED;
    default:
        return RL_RUN_FAILED;
    }
}

static void note_failure(rl_runner *t, rl_status status, const rl_error *error) {
    if (t->failure == RL_OK)
        t->first = *error;
    if (t->failure == RL_OK)
        t->failure = status;
}

static void conclude(rl_runner *t, const outcome *result, const char *reason) {
    t->tried[t->index] = true;
    if (result->worked) {
        look_around(t);
    } else {
        t->standings[t->index].state = result->state;
        estimate(t);
    }
    report(t, NULL, result->state, result->reason ? result->reason : reason);
}

/* Does run t->index as far as it is this process's to do; false when another one has it. */
static bool do_run(rl_runner *t) {
    const rl_study_run *run = &task_of(t)->info;
    char path[RL_PATH_SIZE];
    int lock;
    rl_error error;
    outcome result = {.state = RL_RUN_WAITING};
    rl_status status = rl_study_run_path(path, t->out, run, &error);
    if (status == RL_OK) {
        status = rl_study_lock_run(&lock, t->study, t->out, run, &error);
        if (status == RL_ERROR_EXISTS)
            return false;
    }
    if (status == RL_OK) {
        status = work_on(t, path, &result, &error);
        rl_lock_release(&lock);
    }
    if (status == RL_OK && result.state == RL_RUN_RUNNING)
        return false; /* by one who resumed it by hand */
    if (status != RL_OK)
        result.state = state_after(status);
    t->cut_short = status == RL_STOPPED;
    if (result.state == RL_RUN_FAILED)
        note_failure(t, status, &error);
    const bool has_reason = result.state == RL_RUN_FAILED || result.state == RL_RUN_DIVERGED;
    conclude(t, &result, status != RL_OK && has_reason ? error.message : NULL);
    rl_free(result.reason);
    return true;
}

/* Goes through the wanted runs until there is none left to do. Those that another process has get
 * another look, since it may have ended before them. */
rl_status rl_runner_do(rl_runner *t, const bool *wanted, rl_error *error) {
    const size_t count = t->study->run_count;
    bool some_left = true;
    for (bool some_done = true; some_done && some_left && !t->images.missing;) {
        some_done = some_left = false;
        for (t->index = 0; t->index < count && !t->images.missing; t->index++) {
            if (t->tried[t->index] || (wanted && !wanted[t->index]))
                continue;
            if (t->stopped)
                return rl_fail(error, RL_STOPPED, "stopped");
            *(do_run(t) ? &some_done : &some_left) = true;
        }
    }
    for (t->index = 0; t->index < count && !t->images.missing; t->index++)
        if (!t->tried[t->index] && (!wanted || wanted[t->index])) {
            estimate(t);
            report(t, NULL, RL_RUN_RUNNING, NULL);
        }
    if (t->cut_short)
        return rl_fail(error, RL_STOPPED, "stopped");
    if (t->failure != RL_OK && error)
        *error = t->first;
    return t->failure;
}

bool rl_runner_has_all(const rl_runner *t, const bool *wanted) {
    for (size_t i = 0; i < t->study->run_count; i++)
        if ((!wanted || wanted[i]) && !is_ended(t->standings[i].state))
            return false;
    return true;
}

void rl_runner_look(rl_runner *t) {
    t->index = 0;
    look_around(t);
}

rl_status rl_runner_note(rl_runner *t, rl_error *error, const char *format, ...) {
    char note[512];
    va_list list;
    va_start(list, format);
    rl_message_format(note, sizeof note, format, list);
    va_end(list);
    const rl_study_progress progress = {.note = note,
                                        .tuning = t->tuning,
                                        .state = RL_RUN_DONE,
                                        .runs = t->runs,
                                        .ended = t->ended,
                                        .seconds_left = NAN};
    tell(t, &progress);
    return t->stopped ? rl_fail(error, RL_STOPPED, "stopped") : RL_OK;
}

rl_status rl_runner_take(rl_runner *t, rl_study *study, const char *out, rl_error *error) {
    rl_free(t->tried);
    rl_free(t->standings);
    t->study = study;
    t->out = out;
    t->runs = t->tuning ? t->runs : study->run_count;
    t->index = 0;
    t->others_left = t->others_scale = NAN;
    t->failure = RL_OK;
    t->tried = rl_alloc(study->run_count, sizeof *t->tried);
    t->standings = rl_alloc(study->run_count, sizeof *t->standings);
    return t->tried && t->standings ? RL_OK : rl_fail_memory(error, "a study");
}

void rl_runner_clear(rl_runner *t) {
    rl_study_images_close(&t->images);
    rl_free(t->tried);
    rl_free(t->standings);
    t->tried = NULL;
    t->standings = NULL;
}
