/* Which folders of a data set of image files are its training and its test part. */
#ifndef RL_DATA_FOLDER_SPLITS_H
#define RL_DATA_FOLDER_SPLITS_H

#include "data/folder_scan.h"

/* Starts as {0}. */
typedef struct {
    rl_path_list folders; /* all that lie there, sorted */
    const char *names[2]; /* of `folders`, indexed by rl_split; NULL: there is none */
} rl_folder_splits;

void rl_folder_splits_clear(rl_folder_splits *splits);

/* Looks at the folders in `path`. The training part is called train or training; the test part
 * test, testing or, where there is no such, val, valid or validation; in lower case if possible. */
rl_status rl_folder_splits_find(rl_folder_splits *splits, const char *path, rl_error *error);

/* Is there a folder in `path` that is called like one of the parts? Needs no memory. */
bool rl_folder_has_splits(const char *path);

/* What is to be found, for messages. */
extern const char rl_folder_splits_expected[];

/* "the folders cat, dog", "no folder": at most eight are listed. */
void rl_folder_splits_text(char *buffer, size_t size, const rl_path_list *folders);

#endif
