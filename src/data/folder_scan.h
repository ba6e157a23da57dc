/* Sorted listings of a folder tree, for data sets that come as image files. Hidden entries (names
 * that begin with a dot) are passed over; symbolic links are followed, and one that leads back to a
 * folder above it is an error. Names sort by their bytes, which for UTF-8 is by code point. What is
 * passed over is counted in a census, which may be NULL. */
#ifndef RL_DATA_FOLDER_SCAN_H
#define RL_DATA_FOLDER_SCAN_H

#include "data/folder_census.h"

typedef struct {
    char **items;
    size_t count, capacity;
} rl_path_list;

void rl_path_list_free(rl_path_list *list);

/* Appends the names of the direct subfolders of `folder`. */
rl_status rl_folder_list_subfolders(rl_path_list *list, rl_census *census, const char *folder,
                                    rl_error *error);

/* Appends the paths of everything below `folder` that is called like an image (rl_image_name), be
 * it one or not, ordered by folder and then by name, as torchvision's ImageFolder does. */
rl_status rl_folder_list_images(rl_path_list *list, rl_census *census, const char *folder,
                                rl_error *error);

#endif
