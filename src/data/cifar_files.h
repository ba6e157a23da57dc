/* A CIFAR data set as files in a folder: which they are, and reading them all. */
#ifndef RL_DATA_CIFAR_FILES_H
#define RL_DATA_CIFAR_FILES_H

#include "data/cifar_records.h"

#include <limits.h>

#define RL_CIFAR_FILES_MAX 6

typedef struct {
    const rl_cifar_layout *layout;
    const char *subfolder;                 /* what the archive unpacks to */
    const char *files[RL_CIFAR_FILES_MAX]; /* of records: the training files, then the test file */
    size_t file_count;
    const char *expected; /* the same in words */
} rl_cifar_files;

/* The folder that holds any of the files: `path` itself or its subfolder. */
bool rl_cifar_find_folder(char folder[PATH_MAX], const char *path, const rl_cifar_files *files);

/* Fills both splits from the files in `folder`, with label number `label` of the layout. */
rl_status rl_cifar_read(rl_dataset *dataset, const char *folder, const rl_cifar_files *files,
                        size_t label, rl_error *error);

/* Names the classes by the text file `name` in `folder`, which must hold exactly `count` names. */
rl_status rl_cifar_read_names(rl_dataset *dataset, const char *folder, const rl_cifar_files *files,
                              const char *name, size_t count, rl_error *error);

#endif
