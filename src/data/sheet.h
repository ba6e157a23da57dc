/* A sheet of sample images: what a data set looks like, at a glance. */
#ifndef RL_DATA_SHEET_H
#define RL_DATA_SHEET_H

#include "data/dataset.h"

#define RL_SHEET_COLUMNS 10
#define RL_SHEET_ROWS 10
#define RL_SHEET_GAP 2 /* pixels between images */

/* Writes a PNG file with a row for each of the first RL_SHEET_ROWS classes, which shows the first
 * RL_SHEET_COLUMNS training images of the class in file order. Gaps, and places for which there is
 * no image, are transparent. Replaces `path`. */
rl_status rl_dataset_sheet(const rl_dataset *dataset, const char *path, rl_error *error);

#endif
