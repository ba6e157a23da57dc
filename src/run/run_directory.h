/* The folder of one run: made once, never over something that is there, and locked while a process
 * works in it, so that two runs cannot write into each other's records. */
#ifndef RL_RUN_RUN_DIRECTORY_H
#define RL_RUN_RUN_DIRECTORY_H

#include "reslab.h"

#define RL_PATH_SIZE 1024 /* as rl_result.run_directory */

#define RL_CONFIG_FILE "config.yaml"
#define RL_ENVIRONMENT_FILE "environment.json"
#define RL_METRICS_FILE "metrics.csv"
#define RL_STEPS_FILE "steps.csv"
#define RL_CHECKPOINT_FILE "checkpoint.safetensors"
#define RL_MODEL_FILE "model.safetensors"
#define RL_BEST_FILE "best.safetensors"       /* with option patience */
#define RL_CORRECT_FILE "correct.safetensors" /* of a run that is done */
#define RL_SUMMARY_FILE "summary.json"
#define RL_CLOCK_FILE "clock.json"
#define RL_LOCK_FILE ".lock"

typedef struct {
    char path[RL_PATH_SIZE];
    int lock; /* descriptor of the locked file; -1 when closed */
} rl_run_directory;

/* Could the run directory of option `out` be made? Changes nothing. */
rl_status rl_run_directory_check(const rl_config *config, rl_error *error);

/* Makes and locks the directory of option `out`, with its parents, or takes over one that is there
 * of a run that never began (rl_run_directory_is_unbegun); when the option is unset, a free name
 * runs/<time>-<model>-<activation>-<optimizer>. */
rl_status rl_run_directory_create(rl_run_directory *directory, const rl_config *config,
                                  rl_error *error);

/* Locks an existing run directory; RL_ERROR_EXISTS while another process has it. */
rl_status rl_run_directory_open(rl_run_directory *directory, const char *path, rl_error *error);

/* Unlocks. Calling it twice is harmless. */
void rl_run_directory_close(rl_run_directory *directory);

/* Unlocks and removes the directory with the files named above: for a run that failed before it
 * began. Parents that were made stay. */
void rl_run_directory_discard(rl_run_directory *directory);

/* Is the folder what a run leaves that was ended before its first checkpoint: empty, or with no
 * more than that run's files, and no row in its tables? Nothing is lost with it. */
bool rl_run_directory_is_unbegun(const char *path);

/* Removes the files of such a run from a locked directory, but for config.yaml, which is replaced.
 */
void rl_run_directory_clear(const rl_run_directory *directory);

/* The path of one of the files named above. */
rl_status rl_run_directory_file(const rl_run_directory *directory, const char *name,
                                char path[RL_PATH_SIZE], rl_error *error);

#endif
