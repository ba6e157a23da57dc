/* Making, locking and discarding run directories. The lock is one on a file of its own: it goes
 * away with the process, however that ends, and needs no cleaning up after a crash. What a killed
 * process can leave behind are temporary files, which the next one to lock the directory removes.
 */
#include "run/run_directory.h"

#include "base/error.h"
#include "base/file.h"
#include "base/lock.h"
#include "base/temporary.h"
#include "run/config.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static rl_status fail_exists(rl_error *error, const char *path) {
    return rl_fail(error, RL_ERROR_EXISTS,
                   "%s: already there; expected a new folder (or resume the run in it)", path);
}

static rl_status lock(rl_run_directory *directory, rl_error *error) {
    char path[RL_PATH_SIZE];
    rl_status status = rl_run_directory_file(directory, RL_LOCK_FILE, path, error);
    if (status == RL_OK)
        status = rl_lock_take(&directory->lock, path, directory->path, error);
    if (status == RL_OK)
        rl_temporary_sweep(directory->path);
    return status;
}

/* The path in option `out`, without trailing separators. */
static rl_status set_path(rl_run_directory *directory, const char *path, rl_error *error) {
    size_t length = strlen(path);
    while (length > 1 && path[length - 1] == '/') {
        length--;
    }
    /* room for the longest name inside it */
    if (length + sizeof RL_CHECKPOINT_FILE + 1 > RL_PATH_SIZE) {
        return rl_fail(error, RL_ERROR_ARGUMENT, "out: a path of %zu bytes is too long", length);
    }
    snprintf(directory->path, RL_PATH_SIZE, "%.*s", (int)length, path);
    return RL_OK;
}

/* runs/<time>-<model>-<activation>-<optimizer>; from the second try on with -2, -3, ... */
static void automatic_path(rl_run_directory *directory, const rl_config *config, int attempt) {
    char stamp[32], suffix[16] = "";
    time_t now = time(NULL);
    struct tm parts;
    localtime_r(&now, &parts);
    strftime(stamp, sizeof stamp, "%Y%m%d-%H%M%S", &parts);
    if (attempt > 1) {
        snprintf(suffix, sizeof suffix, "-%d", attempt);
    }
    snprintf(directory->path, RL_PATH_SIZE, "runs/%s-%s-%s-%s%s", stamp, config->model,
             config->activation, config->optimizer, suffix);
}

rl_status rl_run_directory_check(const rl_config *config, rl_error *error) {
    rl_run_directory directory = {.lock = -1};
    struct stat info;
    rl_status status = set_path(&directory, config->out[0] ? config->out : "runs/new", error);
    if (status) {
        return status;
    }
    if (config->out[0] && !lstat(directory.path, &info)) {
        return fail_exists(error, directory.path);
    }
    return rl_folder_check(directory.path, error);
}

rl_status rl_run_directory_create(rl_run_directory *directory, const rl_config *config,
                                  rl_error *error) {
    directory->lock = -1;
    rl_status status = set_path(directory, config->out, error);
    if (status) {
        return status;
    }
    for (int attempt = 1;; attempt++) {
        if (!config->out[0]) {
            automatic_path(directory, config, attempt);
        }
        status = rl_folder_make_parents(directory->path, error);
        if (status) {
            return status;
        }
        status = rl_folder_make(directory->path, error);
        if (status != RL_ERROR_EXISTS) {
            break;
        }
        if (config->out[0] || attempt == 1000) {
            return fail_exists(error, directory->path);
        }
    }
    if (status) {
        return status;
    }
    status = lock(directory, error);
    if (status) {
        rl_run_directory_discard(directory);
    }
    return status;
}

rl_status rl_run_directory_open(rl_run_directory *directory, const char *path, rl_error *error) {
    directory->lock = -1;
    rl_status status = set_path(directory, path, error);
    if (status) {
        return status;
    }
    char config[RL_PATH_SIZE];
    status = rl_run_directory_file(directory, RL_CONFIG_FILE, config, error);
    if (status) {
        return status;
    }
    if (!rl_file_exists(config)) {
        return rl_fail(error, RL_ERROR_IO,
                       "%s: holds no " RL_CONFIG_FILE "; expected a run directory",
                       directory->path);
    }
    return lock(directory, error);
}

rl_status rl_run_directory_remove_unbegun(const char *path, rl_error *error) {
    rl_run_directory directory = {.lock = -1};
    char checkpoint[RL_PATH_SIZE];
    rl_status status = set_path(&directory, path, error);
    if (status == RL_OK)
        status = rl_run_directory_file(&directory, RL_CHECKPOINT_FILE, checkpoint, error);
    if (status == RL_OK)
        status = lock(&directory, error);
    if (status != RL_OK)
        return status;
    if (rl_file_exists(checkpoint)) {
        rl_run_directory_close(&directory);
        return rl_fail(error, RL_ERROR_EXISTS, "%s: has a checkpoint to go on from", path);
    }
    rl_run_directory_discard(&directory);
    return rl_file_exists(path)
               ? rl_fail(error, RL_ERROR_EXISTS,
                         "%s: holds files that are not a run's, expected a new folder", path)
               : RL_OK;
}

void rl_run_directory_close(rl_run_directory *directory) {
    rl_lock_release(&directory->lock);
}

void rl_run_directory_discard(rl_run_directory *directory) {
    static const char *const names[] = {RL_CONFIG_FILE,  RL_ENVIRONMENT_FILE, RL_METRICS_FILE,
                                        RL_STEPS_FILE,   RL_CHECKPOINT_FILE,  RL_MODEL_FILE,
                                        RL_SUMMARY_FILE, RL_CLOCK_FILE,       RL_LOCK_FILE};
    char path[RL_PATH_SIZE];
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (!rl_run_directory_file(directory, names[i], path, NULL)) {
            unlink(path);
        }
    }
    rmdir(directory->path);
    rl_run_directory_close(directory);
}

rl_status rl_run_directory_file(const rl_run_directory *directory, const char *name,
                                char path[RL_PATH_SIZE], rl_error *error) {
    return rl_path_join(path, RL_PATH_SIZE, directory->path, name, error);
}
