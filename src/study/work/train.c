/* rl_study_train: the runs of a study, one after another, each done once. Training and resuming are
 * those of single runs; here it is decided which run needs what, and other processes are kept out.
 * Runs in parallel within one process are left out on purpose: one run uses all cores. */
#include "base/error.h"
#include "base/file.h"
#include "base/lock.h"
#include "base/memory.h"
#include "data/sheet.h"
#include "run/config.h"
#include "study/work/folder.h"
#include "study/work/state.h"

#include <math.h>
#include <string.h>

typedef struct {
    const rl_study *study;
    const char *out;
    rl_study_progress_function *progress;
    void *context;
    bool stopped;   /* `progress` asked to stop */
    bool cut_short; /* and a run was stopped by it */
    bool *tried;    /* [run]: done what could be done */
    rl_run_standing *standings;
    /* The data opened last: runs of one seed follow each other. */
    rl_dataset *dataset;
    const rl_config *dataset_config; /* that it was opened for */
    bool has_no_data;                /* it could not be opened: there is no point in going on */
    /* The run in progress. */
    size_t index, ended;
    double others_left;  /* seconds of all runs after it; NaN when no run is done yet: then */
    double others_scale; /* it takes this many times as long as this run */
    /* The first run that failed. */
    rl_status failure;
    rl_error *error;
} trainer;

static const rl_study_task *task_of(const trainer *t) {
    return &t->study->runs[t->index];
}

static bool is_ended(rl_run_state state) {
    return state == RL_RUN_DONE || state == RL_RUN_DIVERGED;
}

static void report(trainer *t, const rl_progress *progress, rl_run_state state,
                   const char *reason) {
    const double run_left = progress ? progress->seconds_left : 0;
    const double run_whole = progress ? progress->seconds + run_left : NAN;
    const double others = isnan(t->others_left) ? t->others_scale * run_whole : t->others_left;
    const rl_study_progress study_progress = {.run = &task_of(t)->info,
                                              .progress = progress,
                                              .state = state,
                                              .reason = reason,
                                              .runs = t->study->run_count,
                                              .ended = t->ended,
                                              .seconds_left = run_left + others,
                                              .dataset = t->dataset};
    if (t->progress && !t->progress(&study_progress, t->context))
        t->stopped = true;
}

static bool on_progress(const rl_progress *progress, void *context) {
    trainer *t = context;
    report(t, progress, RL_RUN_RUNNING, NULL);
    return !t->stopped;
}

static void estimate(trainer *t) {
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
static void look_around(trainer *t) {
    rl_study_read_standings(t->standings, t->study, t->out, NULL);
    estimate(t);
}

/* Runs share the data unless they name other ones; only the built-in set is drawn from the seed. */
static rl_status open_data(trainer *t, const rl_config *config, rl_error *error) {
    rl_dataset_request wanted, opened;
    rl_config_dataset(config, &wanted);
    if (t->dataset) {
        rl_config_dataset(t->dataset_config, &opened);
        if (rl_dataset_serves(t->dataset, &opened, &wanted))
            return RL_OK;
    }
    rl_dataset_free(t->dataset);
    t->dataset_config = config;
    const rl_status status = rl_dataset_read(&t->dataset, &wanted, error);
    t->has_no_data = status != RL_OK;
    return status;
}

/* What the data look like, for whoever finds the folder. */
static rl_status draw_samples(trainer *t, rl_error *error) {
    char path[RL_PATH_SIZE];
    const rl_status status = rl_path_join(path, sizeof path, t->out, "samples.png", error);
    if (status != RL_OK || !t->dataset || rl_file_exists(path))
        return status;
    const rl_sheet sheet = {.columns = RL_SHEET_COLUMNS, .rows = RL_SHEET_ROWS};
    return rl_sheet_write(t->dataset, &sheet, path, error);
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

/* Runs that share their data must have been made on the same images, wherever those were found. */
static rl_status check_data(const trainer *t, rl_error *error) {
    rl_dataset_request opened, other;
    rl_config_dataset(task_of(t)->config, &opened);
    for (size_t i = 0; i < t->study->run_count; i++) {
        const char *fingerprint = t->standings[i].fingerprint;
        rl_config_dataset(t->study->runs[i].config, &other);
        if (fingerprint[0] && rl_dataset_serves(t->dataset, &opened, &other) &&
            strcmp(fingerprint, rl_dataset_fingerprint(t->dataset)) != 0)
            return rl_fail(error, RL_ERROR_MISMATCH,
                           "data '%s': run %s of this study was made on other data (fingerprint "
                           "%.16s..., expected %.16s...)",
                           opened.data, t->study->runs[i].info.name,
                           rl_dataset_fingerprint(t->dataset), fingerprint);
    }
    return RL_OK;
}

static rl_status begin(trainer *t, const char *path, rl_error *error) {
    rl_config *config = rl_config_copy(task_of(t)->config);
    rl_status status =
        config ? rl_config_set(config, "out", path, error) : rl_fail_memory(error, "a run");
    if (status == RL_OK)
        status = rl_train(config, t->dataset, on_progress, t, NULL, error);
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
static rl_status find_outcome(trainer *t, const char *path, outcome *result, bool *begun,
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
static rl_status work_on(trainer *t, const char *path, outcome *result, rl_error *error) {
    const rl_config *config = task_of(t)->config;
    bool begun;
    rl_status status = find_outcome(t, path, result, &begun, error);
    if (status != RL_OK || result->state == RL_RUN_DONE || result->state == RL_RUN_DIVERGED ||
        result->state == RL_RUN_RUNNING)
        return status;
    status = open_data(t, config, error);
    if (status == RL_OK) /* missing where a process was killed as it made the folder */
        status = draw_samples(t, error);
    if (status != RL_OK)
        return status;
    look_around(t);
    status = check_data(t, error);
    if (status != RL_OK)
        return status;
    result->worked = true;
    status = begun ? rl_resume(path, t->dataset, (int)config->threads, on_progress, t, NULL, error)
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

static void note_failure(trainer *t, rl_status status, const rl_error *error) {
    if (t->failure == RL_OK && t->error)
        *t->error = *error;
    if (t->failure == RL_OK)
        t->failure = status;
}

static void conclude(trainer *t, const outcome *result, const char *reason) {
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
static bool do_run(trainer *t) {
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

/* Goes through the runs until there is none left to do. Those that another process has get another
 * look, since it may have ended before them. */
static rl_status do_runs(trainer *t, size_t first, size_t end, rl_error *error) {
    bool some_left = true;
    for (bool some_done = true; some_done && some_left && !t->has_no_data;) {
        some_done = some_left = false;
        for (t->index = first; t->index < end && !t->has_no_data; t->index++) {
            if (t->tried[t->index])
                continue;
            if (t->stopped)
                return rl_fail(error, RL_STOPPED, "stopped");
            *(do_run(t) ? &some_done : &some_left) = true;
        }
    }
    for (t->index = first; t->index < end && !t->has_no_data; t->index++)
        if (!t->tried[t->index]) {
            estimate(t);
            report(t, NULL, RL_RUN_RUNNING, NULL);
        }
    return t->cut_short ? rl_fail(error, RL_STOPPED, "stopped") : t->failure;
}

/* What can be known to go wrong before data are opened: the folder, and files of initial weights.
 */
static rl_status check_beforehand(const trainer *t, rl_error *error) {
    rl_status status = rl_folder_check(t->out, error);
    for (size_t i = 0; i < t->study->run_count && status == RL_OK; i++) {
        const rl_config *config = t->study->runs[i].config;
        const bool same = i > 0 && !rl_config_difference(config, t->study->runs[i - 1].config);
        if (config->init[0] && !same)
            status = rl_train_check_settings(config, error);
    }
    return status;
}

/* Data that are said to have moved are looked at before the study's file names their new place. */
static rl_status check_moved(trainer *t, rl_error *error) {
    bool *moved = rl_alloc(t->study->run_count, sizeof *moved);
    rl_status status = moved ? rl_study_folder_moved(moved, t->study, t->out, error)
                             : rl_fail_memory(error, "a study");
    for (t->index = 0; t->index < t->study->run_count && status == RL_OK; t->index++) {
        if (!moved[t->index])
            continue;
        status = open_data(t, task_of(t)->config, error);
        if (status == RL_OK &&
            rl_study_read_standings(t->standings, t->study, t->out, error) == RL_ERROR_MEMORY)
            status = RL_ERROR_MEMORY;
        if (status == RL_OK)
            status = check_data(t, error);
    }
    t->index = 0;
    rl_free(moved);
    return status;
}

/* The data come before the folder: without them none is made. */
static rl_status start(trainer *t, size_t first, rl_error *error) {
    rl_status status = RL_OK;
    t->tried = rl_alloc(t->study->run_count, sizeof *t->tried);
    t->standings = rl_alloc(t->study->run_count, sizeof *t->standings);
    if (!t->tried || !t->standings)
        return rl_fail_memory(error, "a study");
    status = check_beforehand(t, error);
    if (status == RL_OK)
        status = rl_study_folder_is_made(t->out)
                     ? check_moved(t, error)
                     : open_data(t, t->study->runs[first].config, error);
    if (status == RL_OK)
        status = rl_study_folder_prepare(t->study, t->out, error);
    if (status == RL_OK)
        status = draw_samples(t, error);
    if (status == RL_OK)
        look_around(t);
    return status;
}

rl_status rl_study_train(const rl_study *study, const char *out, size_t number,
                         rl_study_progress_function *progress, void *context, rl_error *error) {
    if (number > study->run_count)
        return rl_fail(error, RL_ERROR_ARGUMENT, "%s: there is no run %zu, expected 1 to %zu",
                       study->path, number, study->run_count);
    trainer t = {.study = study,
                 .out = out,
                 .progress = progress,
                 .context = context,
                 .others_left = NAN,
                 .others_scale = NAN,
                 .error = error};
    const size_t first = number > 0 ? number - 1 : 0;
    const size_t end = number > 0 ? number : study->run_count;
    rl_status status = start(&t, first, error);
    if (status == RL_OK)
        status = do_runs(&t, first, end, error);
    rl_dataset_free(t.dataset);
    rl_free(t.tried);
    rl_free(t.standings);
    return status;
}
