/* The one thing of a photograph's EXIF data that matters here: how its pixels are turned. */
#ifndef RL_DATA_EXIF_H
#define RL_DATA_EXIF_H

#include "data/orientation.h"

#include <stddef.h>
#include <stdint.h>

#define RL_EXIF_MARKER "Exif\0" /* the six bytes, with the text's end, before EXIF data */
#define RL_EXIF_SIZE_MAX 65527  /* of the data after it: what a JPEG has room for */

/* The orientation that a JPEG file, or EXIF data that begin with the marker, asks for: 1 to 8, and
 * RL_UPRIGHT where they do not say or are damaged. */
unsigned rl_exif_orientation(const uint8_t *bytes, size_t size);

/* The same of EXIF data from a chunk of their own, with or without the marker. */
unsigned rl_exif_orientation_of(const uint8_t *content, size_t size);

#endif
