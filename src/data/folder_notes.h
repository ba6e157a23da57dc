/* What is said of a folder of images once it was read: of what was passed over, and of what was
 * done to images that are not as the network takes them. */
#ifndef RL_DATA_FOLDER_NOTES_H
#define RL_DATA_FOLDER_NOTES_H

#include "data/folder_images.h"
#include "data/folder_splits.h"

/* Adds to the notes of `dataset`, of which the census is complete, and the splits are decoded. */
rl_status rl_folder_note(rl_dataset *dataset, const char *path, const rl_folder_splits *parts,
                         const rl_split_files splits[2], rl_error *error);

#endif
