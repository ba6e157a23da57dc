/* Compressed image bytes to 8-bit RGB, apart from the file system so that tests and fuzzers can
 * feed them directly. */
#ifndef RL_DATA_IMAGE_DECODE_H
#define RL_DATA_IMAGE_DECODE_H

#include "reslab.h"

/* Caps against decompression bombs: a side, and the pixels of an image (as 8-bit RGB, 384 MiB). */
#define RL_IMAGE_SIDE_MAX 16384
#define RL_IMAGE_PIXELS_MAX ((size_t)1 << 27)

/* Decodes a JPEG or PNG image, told apart by its first bytes, into *rgb (rl_free it), row stride
 * width * 3. `path` is for messages. */
rl_status rl_image_decode(const uint8_t *bytes, size_t size, uint8_t **rgb, size_t *width,
                          size_t *height, const char *path, rl_error *error);

#endif
