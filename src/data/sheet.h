/* A sheet of sample images: what a data set looks like, at a glance. */
#ifndef RL_DATA_SHEET_H
#define RL_DATA_SHEET_H

#include "data/augment.h"
#include "data/dataset.h"

#define RL_SHEET_COLUMNS 10 /* unless others are asked for */
#define RL_SHEET_ROWS 10
#define RL_SHEET_GAP 2 /* pixels between images */

/* What a sheet shows. */
typedef struct {
    rl_split split;
    size_t columns, rows;              /* images of a class; classes at most; > 0 */
    const rl_augment_options *augment; /* NULL: images as they are */
    uint64_t seed;                     /* of the augmentation */
} rl_sheet;

/* Writes a PNG file with a row for each of the first sheet->rows classes. A row shows the first
 * images of the class in file order; with augmentation, the first image only, as it is drawn in
 * epochs 0, 1, 2, ... Gaps, and places for which there is no image, are transparent. Replaces
 * `path`. */
rl_status rl_sheet_write(const rl_dataset *dataset, const rl_sheet *sheet, const char *path,
                         rl_error *error);

#endif
