/* The folder of a study: study.yaml, and runs/<name>, each run's directory. A run is held by the
 * lock of runs/.<name>.lock, beside its directory, so that it can be kept before there is a
 * directory and while a useless one is replaced: two processes never do the same run. The locks of
 * a folder shared by several machines are as good as its file system's (base/lock.h). */
#ifndef RL_STUDY_WORK_FOLDER_H
#define RL_STUDY_WORK_FOLDER_H

#include "run/run_directory.h"
#include "study/design/study.h"

/* The copy of the study in its folder. */
#define RL_STUDY_FILE "study.yaml"

/* Makes `out` with a copy of the study, or takes over what the study in it has (rl_study_adopt) and
 * replaces its copy by the study, which may have more. */
rl_status rl_study_folder_prepare(rl_study *study, const char *out, rl_error *error);

/* Does `out` hold a study? */
bool rl_study_folder_is_made(const char *out);

/* Marks in moved[run] the runs whose data the study in `out` looks for in another place than this
 * one, which has adopted it (rl_study_adopt). */
rl_status rl_study_folder_moved(bool *moved, const rl_study *study, const char *out,
                                rl_error *error);

/* The directory of a run. */
rl_status rl_study_run_path(char path[RL_PATH_SIZE], const char *out, const rl_study_run *run,
                            rl_error *error);

/* Locks a run until *lock is given to rl_lock_release; RL_ERROR_EXISTS while another process has
 * it. */
rl_status rl_study_lock_run(int *lock, const rl_study *study, const char *out,
                            const rl_study_run *run, rl_error *error);

/* Waits for the lock of a file of the study's folder, which keeps what is done once from being done
 * by two processes. */
rl_status rl_study_lock_folder(int *lock, const rl_study *study, const char *path, rl_error *error);

bool rl_study_run_is_locked(const char *out, const rl_study_run *run);

#endif
