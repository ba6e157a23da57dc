/* CIFAR-100 in its official binary layout: train.bin, test.bin, and the names of its 100 fine and
 * 20 coarse classes in fine_label_names.txt and coarse_label_names.txt, in the given folder or in
 * its cifar-100-binary. The names are not built in: a folder without them is not whole. */
#include "data/cifar_files.h"

#include "base/error.h"

#include <string.h>

static const rl_cifar_files files = {
    .layout = &rl_cifar100_layout,
    .subfolder = "cifar-100-binary",
    .files = {"train.bin", "test.bin"},
    .file_count = 2,
    .expected = "train.bin, test.bin, fine_label_names.txt and coarse_label_names.txt",
};

/* The labels that a request may name, with the files of their names. */
static const struct {
    const char *request; /* of rl_label_names */
    size_t label;        /* of the layout */
    const char *names;
} choices[] = {
    {"fine", RL_CIFAR100_FINE, "fine_label_names.txt"},
    {"coarse", RL_CIFAR100_COARSE, "coarse_label_names.txt"},
};
enum { CHOICES = sizeof choices / sizeof *choices };

static bool recognize(const char *path) {
    char folder[PATH_MAX];
    return rl_cifar_find_folder(folder, path, &files);
}

static rl_status read_folder(rl_dataset *dataset, const char *path,
                             const rl_dataset_request *request, rl_error *error) {
    char folder[PATH_MAX];
    if (!rl_cifar_find_folder(folder, path, &files))
        return rl_fail(error, RL_ERROR_IO, "%s: no CIFAR-100 files here", path);
    size_t choice = 0;
    while (choice < CHOICES && strcmp(choices[choice].request, request->labels) != 0)
        choice++;
    if (choice == CHOICES)
        return rl_fail(error, RL_ERROR_ARGUMENT, "labels '%s': expected 'fine' or 'coarse'",
                       request->labels);
    const size_t label = choices[choice].label;
    dataset->flip_keeps_label = true;
    rl_status status = rl_cifar_read_names(dataset, folder, &files, choices[choice].names,
                                           files.layout->labels[label].classes, error);
    return status == RL_OK ? rl_cifar_read(dataset, folder, &files, label, error) : status;
}

const rl_dataset_format rl_format_cifar100 = {
    .name = "cifar100",
    .help = "a folder in CIFAR-100 binary layout (train.bin, test.bin, fine_label_names.txt, "
            "coarse_label_names.txt)",
    .recognize = recognize,
    .read = read_folder,
    .has_coarse_labels = true,
};
