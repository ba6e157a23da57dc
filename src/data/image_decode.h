/* Image files in memory to 8-bit RGB, apart from the file system so that tests and fuzzers can feed
 * them directly. */
#ifndef RL_DATA_IMAGE_DECODE_H
#define RL_DATA_IMAGE_DECODE_H

#include "reslab.h"

/* Caps against decompression bombs: a side, and the pixels of an image (as 8-bit RGB, 384 MiB). */
#define RL_IMAGE_SIDE_MAX 16384
#define RL_IMAGE_PIXELS_MAX ((size_t)1 << 27)

/* The content of an image file. */
typedef struct {
    const uint8_t *bytes;
    size_t size;
    const char *path; /* for messages */
} rl_image_file;

/* Decoded pixels; release `rgb` with rl_free. */
typedef struct {
    uint8_t *rgb; /* [height][width][3] */
    size_t width, height;
    char remark[128]; /* what is wrong with the file although no pixel is lost; "" for nothing */
} rl_bitmap;

/* Do the first bytes of a file (32 are enough) say that it is of a format we know? */
bool rl_image_is_known(const uint8_t *bytes, size_t size);

/* Decodes an image of any format we know, told by its first bytes, the right way up: what its EXIF
 * data say on that is followed. On failure bitmap->rgb is NULL. */
rl_status rl_image_decode(const rl_image_file *file, rl_bitmap *bitmap, rl_error *error);

#endif
