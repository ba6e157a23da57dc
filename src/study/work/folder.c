/* The folder of a study: made once, and never for two studies. */
#include "study/work/folder.h"

#include "base/error.h"
#include "base/file.h"
#include "base/lock.h"
#include "base/temporary.h"
#include "run/config.h"
#include "study/design/extend.h"
#include "study/design/save.h"
#include "study/work/tune.h"

#include <stdio.h>

#define STUDY_LOCK ".study.lock"
#define RUNS_FOLDER "runs"

/* A study without locks is its one process's, which must have said so. */
static rl_status check_lock(rl_status status, const rl_study *study, const char *path,
                            rl_error *error) {
    if (status != RL_ERROR_LOCKS || study->alone)
        return status == RL_ERROR_LOCKS ? RL_OK : status;
    return rl_fail(
        error, RL_ERROR_LOCKS,
        "%s: its file system has no locks, which keep processes that share a study from "
        "doing the same runs; give --alone where only one works on it, or another folder "
        "as --out",
        path);
}

rl_status rl_study_lock_folder(int *lock, const rl_study *study, const char *path,
                               rl_error *error) {
    return check_lock(rl_lock_wait(lock, path, error), study, path, error);
}

/* How many runs of the study in `out` have ended. */
static rl_status count_ended(const rl_study *study, const char *out, size_t *ended,
                             rl_error *error) {
    rl_study_state *state;
    const rl_status status = rl_study_state_read(&state, study, out, error);
    *ended = status == RL_OK ? state->done + state->diverged : 0;
    rl_study_state_free(state);
    return status;
}

/* Takes over what the file `path` of the folder holds, if there is one; *same: all that the study
 * has. */
static rl_status take_over(rl_study *study, const char *out, const char *path, bool *same,
                           rl_error *error) {
    *same = false;
    if (!rl_file_exists(path))
        return RL_OK;
    size_t ended;
    rl_study *there;
    rl_status status = rl_study_open(&there, path, error);
    *same = status == RL_OK && rl_study_same(study, there);
    if (status == RL_OK && !*same)
        status = count_ended(there, out, &ended, error);
    if (status == RL_OK && !*same)
        status = rl_study_extend(study, there, path, ended, error);
    if (status == RL_OK && !*same)
        status = rl_study_check_tuning(study, out, error);
    *same = *same || (status == RL_OK && rl_study_same(study, there));
    rl_study_free(there);
    return status;
}

rl_status rl_study_adopt(rl_study *study, const char *out, rl_error *error) {
    char path[RL_PATH_SIZE];
    bool same;
    const rl_status status = rl_path_join(path, sizeof path, out, RL_STUDY_FILE, error);
    return status == RL_OK ? take_over(study, out, path, &same, error) : status;
}

rl_status rl_study_folder_prepare(rl_study *study, const char *out, rl_error *error) {
    char path[RL_PATH_SIZE], lock_path[RL_PATH_SIZE], runs[RL_PATH_SIZE];
    bool same;
    int lock = -1;
    rl_status status = rl_path_join(path, sizeof path, out, RL_STUDY_FILE, error);
    if (status == RL_OK)
        status = rl_path_join(lock_path, sizeof lock_path, out, STUDY_LOCK, error);
    if (status == RL_OK)
        status = rl_path_join(runs, sizeof runs, out, RUNS_FOLDER "/", error);
    if (status == RL_OK)
        status = rl_folder_make_parents(runs, error);
    /* Of two processes that start with different studies, one is refused. */
    if (status == RL_OK)
        status = rl_study_lock_folder(&lock, study, lock_path, error);
    /* Of killed processes: a finished study writes no file that would see to it. */
    if (status == RL_OK) {
        rl_temporary_sweep(out);
        rl_temporary_sweep(runs);
        status = take_over(study, out, path, &same, error);
    }
    if (status == RL_OK && !same)
        status = rl_study_save(study, path, error);
    rl_lock_release(&lock);
    return status;
}

bool rl_study_folder_is_made(const char *out) {
    char path[RL_PATH_SIZE];
    return rl_path_join(path, sizeof path, out, RL_STUDY_FILE, NULL) == RL_OK &&
           rl_file_exists(path);
}

rl_status rl_study_folder_moved(bool *moved, const rl_study *study, const char *out,
                                rl_error *error) {
    char path[RL_PATH_SIZE];
    rl_study *there = NULL;
    rl_status status = rl_path_join(path, sizeof path, out, RL_STUDY_FILE, error);
    if (status == RL_OK)
        status = rl_study_open(&there, path, error);
    /* Adopted: those that are there come first. */
    for (size_t i = 0; status == RL_OK && i < there->run_count && i < study->run_count; i++)
        moved[i] = !rl_config_same_source(study->runs[i].config, there->runs[i].config);
    rl_study_free(there);
    return status;
}

/* <out>/runs/<before><name><after> */
static rl_status run_file(char path[RL_PATH_SIZE], const char *out, const rl_study_run *run,
                          const char *before, const char *after, rl_error *error) {
    char name[RL_PATH_SIZE];
    const int length = snprintf(name, sizeof name, RUNS_FOLDER "/%s%s%s", before, run->name, after);
    if (length < 0 || (size_t)length >= sizeof name)
        return rl_fail(error, RL_ERROR_ARGUMENT, "the name of run %zu is too long", run->number);
    return rl_path_join(path, RL_PATH_SIZE, out, name, error);
}

rl_status rl_study_run_path(char path[RL_PATH_SIZE], const char *out, const rl_study_run *run,
                            rl_error *error) {
    return run_file(path, out, run, "", "", error);
}

rl_status rl_study_lock_run(int *lock, const rl_study *study, const char *out,
                            const rl_study_run *run, rl_error *error) {
    char path[RL_PATH_SIZE];
    *lock = -1;
    const rl_status status = run_file(path, out, run, ".", ".lock", error);
    return status == RL_OK
               ? check_lock(rl_lock_take(lock, path, run->name, error), study, path, error)
               : status;
}

bool rl_study_run_is_locked(const char *out, const rl_study_run *run) {
    char path[RL_PATH_SIZE];
    return run_file(path, out, run, ".", ".lock", NULL) == RL_OK && rl_lock_is_taken(path);
}
