/* The folder of a study: made once, and never for two studies. */
#include "study/work/folder.h"

#include "base/error.h"
#include "base/file.h"
#include "base/lock.h"
#include "base/temporary.h"
#include "run/config.h"
#include "study/design/save.h"

#include <stdio.h>
#include <string.h>

#define STUDY_LOCK ".study.lock"
#define RUNS_FOLDER "runs"

/* Is the study in `path` (`there`) the same as `study`? Runs and their settings decide; the names
 * of groups and what is drawn may be changed. */
static rl_status compare(const rl_study *study, const rl_study *there, const char *path,
                         rl_error *error) {
    if (there->run_count != study->run_count)
        return rl_fail(error, RL_ERROR_MISMATCH,
                       "%s: holds another study, of %zu runs, expected the %zu of %s", path,
                       there->run_count, study->run_count, study->path);
    for (size_t i = 0; i < study->run_count; i++) {
        const rl_study_task *old = &there->runs[i], *new = &study->runs[i];
        const char *option = rl_config_difference(old->config, new->config);
        if (option)
            return rl_fail(error, RL_ERROR_MISMATCH,
                           "%s: holds another study: %s of run %zu is '%s', expected '%s' of %s",
                           path, option, i + 1, rl_config_get(old->config, option),
                           rl_config_get(new->config, option), study->path);
        if (strcmp(old->info.name, new->info.name) != 0)
            return rl_fail(error, RL_ERROR_MISMATCH,
                           "%s: holds another study: run %zu is %s, expected %s of %s", path, i + 1,
                           old->info.name, new->info.name, study->path);
    }
    return RL_OK;
}

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

static rl_status write_or_compare(const rl_study *study, const char *path, rl_error *error) {
    if (!rl_file_exists(path))
        return rl_study_save(study, path, error);
    rl_study *there;
    rl_status status = rl_study_open(&there, path, error);
    if (status == RL_OK)
        status = compare(study, there, path, error);
    if (status == RL_OK &&
        !rl_study_same(study, there)) /* the same runs, otherwise grouped or drawn */
        status = rl_study_save(study, path, error);
    rl_study_free(there);
    return status;
}

rl_status rl_study_folder_prepare(const rl_study *study, const char *out, rl_error *error) {
    char path[RL_PATH_SIZE], lock_path[RL_PATH_SIZE], runs[RL_PATH_SIZE];
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
        status = check_lock(rl_lock_wait(&lock, lock_path, error), study, lock_path, error);
    /* Of killed processes: a finished study writes no file that would see to it. */
    if (status == RL_OK) {
        rl_temporary_sweep(out);
        rl_temporary_sweep(runs);
    }
    if (status == RL_OK)
        status = write_or_compare(study, path, error);
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
    if (status == RL_OK)
        status = compare(study, there, path, error);
    for (size_t i = 0; status == RL_OK && i < study->run_count; i++)
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
