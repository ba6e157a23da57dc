/* What paths name, and how they are put together. */
#include "base/file.h"

#include "base/error.h"

#include <string.h>
#include <sys/stat.h>

bool rl_file_exists(const char *path) {
    struct stat about;
    return stat(path, &about) == 0;
}

bool rl_file_is_folder(const char *path) {
    struct stat about;
    return stat(path, &about) == 0 && S_ISDIR(about.st_mode);
}

rl_status rl_path_join(char *buffer, size_t size, const char *folder, const char *name,
                       rl_error *error) {
    size_t length = strlen(folder);
    const char *separator = length == 0 || folder[length - 1] == '/' ? "" : "/";
    int needed = snprintf(buffer, size, "%s%s%s", folder, separator, name);
    if (needed < 0 || (size_t)needed >= size) {
        return rl_fail(error, RL_ERROR_ARGUMENT, "%s%s%s: the path is longer than %zu bytes",
                       folder, separator, name, size > 0 ? size - 1 : 0);
    }
    return RL_OK;
}
