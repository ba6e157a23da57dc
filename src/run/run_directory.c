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
#include "run/metrics.h"

#include <dirent.h>
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
        status = rl_lock_try(&directory->lock, path, directory->path, error);
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

/* What a process that was killed before its first checkpoint has left may be used again, unless it
 * is not dead. */
static rl_status check_unused(const rl_run_directory *directory, rl_error *error) {
    char path[RL_PATH_SIZE];
    const rl_status status = rl_run_directory_file(directory, RL_LOCK_FILE, path, error);
    if (status == RL_OK && rl_lock_is_taken(path)) {
        return rl_fail(error, RL_ERROR_EXISTS, "%s: in use by another process", directory->path);
    }
    return status == RL_OK ? rl_folder_check(directory->path, error) : status;
}

/* Takes over a folder that is there, if it is of a run that never began. */
static rl_status reuse(rl_run_directory *directory, rl_error *error) {
    if (!rl_run_directory_is_unbegun(directory->path)) {
        return fail_exists(error, directory->path);
    }
    const rl_status status = lock(directory, error);
    if (status) {
        return status;
    }
    if (!rl_run_directory_is_unbegun(directory->path)) { /* another process was faster */
        rl_run_directory_close(directory);
        return fail_exists(error, directory->path);
    }
    rl_run_directory_clear(directory);
    return RL_OK;
}

rl_status rl_run_directory_check(const rl_config *config, rl_error *error) {
    rl_run_directory directory = {.lock = -1};
    struct stat info;
    rl_status status = set_path(&directory, config->out[0] ? config->out : "runs/new", error);
    if (status) {
        return status;
    }
    if (config->out[0] && !lstat(directory.path, &info)) {
        return rl_run_directory_is_unbegun(directory.path) ? check_unused(&directory, error)
                                                           : fail_exists(error, directory.path);
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
        if (config->out[0]) {
            return reuse(directory, error);
        }
        if (attempt == 1000) {
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

/* All files that a run has before its first checkpoint, ... */
static const char *const early_files[] = {RL_CONFIG_FILE, RL_ENVIRONMENT_FILE, RL_METRICS_FILE,
                                          RL_STEPS_FILE,  RL_CLOCK_FILE,       RL_LOCK_FILE};
/* ... and those that it has from then on. */
static const char *const later_files[] = {RL_CHECKPOINT_FILE, RL_MODEL_FILE, RL_BEST_FILE,
                                          RL_CORRECT_FILE, RL_SUMMARY_FILE};
enum {
    EARLY_COUNT = sizeof early_files / sizeof *early_files,
    LATER_COUNT = sizeof later_files / sizeof *later_files
};

static bool is_early(const char *name) {
    for (size_t i = 0; i < EARLY_COUNT; i++)
        if (strcmp(name, early_files[i]) == 0)
            return true;
    return rl_temporary_is_name(name);
}

/* Does a table have no row yet: nothing behind its heading, which may be cut short? */
static bool is_without_rows(const char *folder, const char *name, const rl_table_form *form) {
    char path[RL_PATH_SIZE], begin[512];
    struct stat about;
    if (rl_path_join(path, sizeof path, folder, name, NULL) != RL_OK)
        return false;
    if (lstat(path, &about) != 0)
        return true;
    if (!S_ISREG(about.st_mode))
        return false;
    const size_t length = rl_file_read_start(path, begin, sizeof begin);
    const char *end = memchr(begin, '\n', length);
    return (size_t)about.st_size <= (end ? (size_t)(end - begin) : strlen(form->heading)) + 1;
}

bool rl_run_directory_is_unbegun(const char *path) {
    DIR *folder = opendir(path);
    bool early = folder, locked = false, configured = false;
    for (const struct dirent *entry; early && (entry = readdir(folder));) {
        const char *name = entry->d_name;
        if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
            continue;
        configured = configured || strcmp(name, RL_CONFIG_FILE) == 0;
        locked = locked || strcmp(name, RL_LOCK_FILE) == 0;
        early = is_early(name);
    }
    if (folder)
        closedir(folder);
    return early && (locked || !configured) && /* a config.yaml by itself is its owner's */
           is_without_rows(path, RL_METRICS_FILE, &rl_epochs_form) &&
           is_without_rows(path, RL_STEPS_FILE, &rl_steps_form);
}

void rl_run_directory_close(rl_run_directory *directory) {
    rl_lock_release(&directory->lock);
}

/* All but `kept`. */
static void remove_files(const rl_run_directory *directory, const char *const *names, size_t count,
                         const char *kept) {
    char path[RL_PATH_SIZE];
    for (size_t i = 0; i < count; i++)
        if (strcmp(names[i], RL_LOCK_FILE) != 0 && strcmp(names[i], kept) != 0 &&
            rl_run_directory_file(directory, names[i], path, NULL) == RL_OK)
            unlink(path);
}

void rl_run_directory_clear(const rl_run_directory *directory) {
    remove_files(directory, early_files, EARLY_COUNT, RL_CONFIG_FILE); /* replaced, never gone */
}

void rl_run_directory_discard(rl_run_directory *directory) {
    char path[RL_PATH_SIZE];
    remove_files(directory, early_files, EARLY_COUNT, "");
    remove_files(directory, later_files, LATER_COUNT, "");
    if (rl_run_directory_file(directory, RL_LOCK_FILE, path, NULL) == RL_OK)
        unlink(path);
    rmdir(directory->path);
    rl_run_directory_close(directory);
}

rl_status rl_run_directory_file(const rl_run_directory *directory, const char *name,
                                char path[RL_PATH_SIZE], rl_error *error) {
    return rl_path_join(path, RL_PATH_SIZE, directory->path, name, error);
}
