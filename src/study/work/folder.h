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

/* Makes `out` with a copy of the study, or checks that the study in it is this one:
 * RL_ERROR_MISMATCH names the first difference. */
rl_status rl_study_folder_prepare(const rl_study *study, const char *out, rl_error *error);

/* Does `out` hold a study? */
bool rl_study_folder_is_made(const char *out);

/* Marks in moved[run] the runs whose data the study in `out` looks for in another place than this
 * one. Refuses what rl_study_folder_prepare refuses. */
rl_status rl_study_folder_moved(bool *moved, const rl_study *study, const char *out,
                                rl_error *error);

/* The directory of a run. */
rl_status rl_study_run_path(char path[RL_PATH_SIZE], const char *out, const rl_study_run *run,
                            rl_error *error);

/* Locks a run until *lock is given to rl_lock_release; RL_ERROR_EXISTS while another process has
 * it. */
rl_status rl_study_lock_run(int *lock, const rl_study *study, const char *out,
                            const rl_study_run *run, rl_error *error);

bool rl_study_run_is_locked(const char *out, const rl_study_run *run);

#endif
