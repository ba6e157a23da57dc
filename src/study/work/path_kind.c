/* Tells the folders of runs and of studies from others. */
#include "base/file.h"
#include "run/run_directory.h"
#include "study/work/folder.h"

static bool holds(const char *folder, const char *name) {
    char path[RL_PATH_SIZE];
    return rl_path_join(path, sizeof path, folder, name, NULL) == RL_OK && rl_file_exists(path);
}

rl_path_kind rl_path_look(const char *path) {
    if (!rl_file_exists(path))
        return RL_PATH_MISSING;
    if (!rl_file_is_folder(path))
        return RL_PATH_FILE;
    if (holds(path, RL_STUDY_FILE))
        return RL_PATH_STUDY;
    return holds(path, RL_CONFIG_FILE) ? RL_PATH_RUN : RL_PATH_FOLDER;
}
