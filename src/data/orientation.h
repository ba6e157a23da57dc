/* Turning and mirroring pixels by EXIF's eight orientations. */
#ifndef RL_DATA_ORIENTATION_H
#define RL_DATA_ORIENTATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RL_UPRIGHT 1 /* EXIF's number of pixels that are stored as they are seen */

/* Is it one of EXIF's, 1 to 8? */
bool rl_orientation_is_known(unsigned orientation);

/* Does turning by it exchange width and height? */
bool rl_orientation_transposes(unsigned orientation);

/* Writes the RGB pixels [height][width][3] the way they are meant to be seen; `out` has as many
 * pixels, width and height exchanged where the orientation transposes, and may not overlap them. */
void rl_orientation_apply(unsigned orientation, const uint8_t *rgb, size_t width, size_t height,
                          uint8_t *out);

#endif
