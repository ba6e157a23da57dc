/* CIFAR-10 in its official binary layout: data_batch_1..5.bin, test_batch.bin and, optionally,
 * batches.meta.txt with the class names, in the given folder or in its cifar-10-batches-bin. The
 * Python pickles are not read. */
#include "data/cifar_files.h"

#include "base/error.h"
#include "base/file.h"
#include "data/dataset_build.h"

#define NAMES_FILE "batches.meta.txt"

static const rl_cifar_files files = {
    .layout = &rl_cifar10_layout,
    .subfolder = "cifar-10-batches-bin",
    .files = {"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin",
              "data_batch_5.bin", "test_batch.bin"},
    .file_count = 6,
    .expected = "data_batch_1.bin to data_batch_5.bin and test_batch.bin",
};

static const char *const official_names[] = {
    "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck",
};
enum { CLASSES = sizeof official_names / sizeof *official_names };

static bool recognize(const char *path) {
    char folder[PATH_MAX];
    return rl_cifar_find_folder(folder, path, &files);
}

static rl_status name_classes(rl_dataset *dataset, const char *folder, rl_error *error) {
    char path[PATH_MAX];
    rl_status status = rl_path_join(path, sizeof path, folder, NAMES_FILE, error);
    if (status != RL_OK)
        return status;
    if (!rl_file_exists(path))
        return rl_dataset_name_classes(dataset, folder, official_names, CLASSES, error);
    return rl_cifar_read_names(dataset, folder, &files, NAMES_FILE, CLASSES, error);
}

static rl_status read_folder(rl_dataset *dataset, const char *path,
                             const rl_dataset_request *request, rl_error *error) {
    (void)request;
    char folder[PATH_MAX];
    if (!rl_cifar_find_folder(folder, path, &files))
        return rl_fail(error, RL_ERROR_IO, "%s: no CIFAR-10 batches here", path);
    dataset->flip_keeps_label = true;
    rl_status status = name_classes(dataset, folder, error);
    return status == RL_OK ? rl_cifar_read(dataset, folder, &files, 0, error) : status;
}

const rl_dataset_format rl_format_cifar10 = {
    .name = "cifar10",
    .help = "a folder in CIFAR-10 binary layout (data_batch_1.bin to data_batch_5.bin, "
            "test_batch.bin)",
    .recognize = recognize,
    .read = read_folder,
};
