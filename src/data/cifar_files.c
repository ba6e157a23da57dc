/* Reading the record files of a CIFAR set. All sizes are looked at before anything is read: a
 * broken file is then reported at once, and each split gets its memory in one piece. */
#include "data/cifar_files.h"

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "data/dataset_build.h"
#include "data/name_list.h"

#include <sys/stat.h>

typedef struct {
    char path[PATH_MAX];
    size_t count; /* records */
} record_file;

bool rl_cifar_find_folder(char folder[PATH_MAX], const char *path, const rl_cifar_files *files) {
    const char *const places[] = {"", files->subfolder};
    char file[PATH_MAX];
    for (size_t p = 0; p < sizeof places / sizeof *places; p++) {
        if (rl_path_join(folder, PATH_MAX, path, places[p], NULL) != RL_OK)
            continue;
        for (size_t f = 0; f < files->file_count; f++)
            if (rl_path_join(file, sizeof file, folder, files->files[f], NULL) == RL_OK &&
                rl_file_exists(file))
                return true;
    }
    return false;
}

/* Path and record count of one file, from its size alone. */
static rl_status measure(record_file *file, const char *folder, const char *name,
                         const rl_cifar_files *files, rl_error *error) {
    rl_status status = rl_path_join(file->path, sizeof file->path, folder, name, error);
    if (status != RL_OK)
        return status;
    struct stat info;
    if (stat(file->path, &info) != 0)
        return rl_fail_errno(error, "%s: a %s folder must hold %s", file->path, files->layout->set,
                             files->expected);
    if (!S_ISREG(info.st_mode))
        return rl_fail(error, RL_ERROR_FORMAT, "%s: not a regular file, expected %s records",
                       file->path, files->layout->set);
    return rl_cifar_count(&file->count, files->layout, (uint64_t)info.st_size, file->path, error);
}

/* Reads one file into images `first`.. of the set. */
static rl_status read_file(const record_file *file, const rl_cifar_layout *layout, size_t label,
                           rl_image_set *set, size_t first, rl_error *error) {
    const size_t expected = file->count * rl_cifar_record_size(layout);
    uint8_t *records = NULL;
    size_t size;
    rl_status status = rl_file_read(file->path, expected, &records, &size, error);
    if (status == RL_OK && size != expected)
        status =
            rl_fail(error, RL_ERROR_IO, "%s: the file changed while it was being read", file->path);
    if (status == RL_OK)
        status = rl_cifar_parse(records, file->count, layout, label,
                                set->pixels + first * RL_IMAGE_BYTES, set->labels + first,
                                file->path, error);
    rl_free(records);
    return status;
}

static rl_status read_split(rl_image_set *set, const record_file *files, size_t count,
                            const rl_cifar_layout *layout, size_t label, rl_error *error) {
    size_t images = 0;
    for (size_t f = 0; f < count; f++)
        images += files[f].count;
    rl_status status = rl_image_set_allocate(set, images, error);
    size_t first = 0;
    for (size_t f = 0; status == RL_OK && f < count; f++) {
        status = read_file(&files[f], layout, label, set, first, error);
        first += files[f].count;
    }
    return status;
}

rl_status rl_cifar_read(rl_dataset *dataset, const char *folder, const rl_cifar_files *files,
                        size_t label, rl_error *error) {
    const size_t train = files->file_count - 1;
    record_file *measured = rl_alloc(files->file_count, sizeof *measured);
    if (!measured)
        return rl_fail_memory(error, "reading the data set");
    rl_status status = RL_OK;
    for (size_t f = 0; status == RL_OK && f < files->file_count; f++)
        status = measure(&measured[f], folder, files->files[f], files, error);
    if (status == RL_OK)
        status = read_split(&dataset->split[RL_SPLIT_TRAIN], measured, train, files->layout, label,
                            error);
    if (status == RL_OK)
        status = read_split(&dataset->split[RL_SPLIT_TEST], measured + train, 1, files->layout,
                            label, error);
    rl_free(measured);
    return status;
}

rl_status rl_cifar_read_names(rl_dataset *dataset, const char *folder, const rl_cifar_files *files,
                              const char *name, size_t count, rl_error *error) {
    char path[PATH_MAX];
    rl_name_list list = {0};
    rl_status status = rl_path_join(path, sizeof path, folder, name, error);
    if (status == RL_OK && !rl_file_exists(path))
        status = rl_fail(error, RL_ERROR_IO, "%s: no such file; a %s folder must hold %s", path,
                         files->layout->set, files->expected);
    if (status == RL_OK)
        status = rl_name_list_read(&list, path, count, error);
    if (status == RL_OK)
        status = rl_dataset_name_classes(dataset, path, list.names, count, error);
    rl_name_list_clear(&list);
    return status;
}
