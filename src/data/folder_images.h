/* Decoding the images of a folder, and what becomes of those that cannot be read. */
#ifndef RL_DATA_FOLDER_IMAGES_H
#define RL_DATA_FOLDER_IMAGES_H

#include "data/dataset.h"
#include "data/folder_scan.h"

/* What became of an image. */
typedef struct {
    char *reason; /* "path: why" it cannot be read; NULL: it was read */
    rl_status code;
    char *remark;                 /* on the file of an image that was read; NULL: none */
    unsigned short width, height; /* of the image in the file; at most RL_IMAGE_SIDE_MAX */
} rl_image_outcome;

/* The files of a split, class after class. Starts as {0}. */
typedef struct {
    rl_path_list files;
    size_t *ends;               /* [class]: its files end before this one */
    rl_image_outcome *outcomes; /* [files]; NULL before they were decoded */
    size_t bad_count;
} rl_split_files;

void rl_split_files_free(rl_split_files *split);

/* Decodes all files into `set`, which must be empty, with their labels, on all cores. Images that
 * cannot be read are no error but noted in split->outcomes; their pixels are undefined. */
rl_status rl_split_files_decode(rl_split_files *split, rl_image_set *set, rl_error *error);

/* Fails with the first image of `splits` that cannot be read, saying how many more there are. */
rl_status rl_split_files_refuse_bad(const rl_split_files splits[2], rl_error *error);

/* Takes the bad images out of the splits of `dataset` and into its list. A class that has no other
 * image is an error. */
rl_status rl_split_files_skip_bad(rl_dataset *dataset, rl_split_files splits[2], rl_error *error);

#endif
